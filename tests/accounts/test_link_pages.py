"""Every page that an emailed link leads to: looked at by a mail scanner, opened in any language.

The list of pages is the URLconf's own, so a new one is tested from its first day.
"""

from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode

from accounts.models import Helper, Signup
from accounts.models.credential_change import CredentialChange
from accounts.models.second_factor import Passkey, SecondFactor
from accounts.notifications import mangled_links
from accounts.staff.password_links import tokens
from backoffice.retention import kept_for
from icsso.billers.models import Biller
from reminders.unsubscribing import token_for
from tests.attacks.addresses import places
from tests.attacks.links import links
from tests.cast import Cast, staff

pytestmark = pytest.mark.any_database

ROUTES = sorted({place.route for place in places() if "<secret>" in place.route})
each_link = pytest.mark.parametrize("route", ROUTES)
# A file for calendar programs, in the member's language; when it has ended, see test_calendar.py.
FEED = "/reminders/calendar/<secret>.ics"
each_page = pytest.mark.parametrize("route", [route for route in ROUTES if route != FEED])
ENGLISH = {"Accept-Language": "en-US,en;q=0.9"}
# As mail scanners, previews, and browsers that look ahead ask for it.
SCANNERS: list[tuple[str, dict[str, str]]] = [
    ("HEAD", {}),
    ("GET", {"User-Agent": "Mozilla/5.0 (compatible; LinkScanner/1.0)"}),
    ("GET", {"Sec-Purpose": "prefetch"}),
    ("GET", {"Sec-Purpose": "prefetch;prerender"}),
    ("GET", {"Purpose": "prefetch", "X-Moz": "prefetch"}),
    ("OPTIONS", {}),
]
# What stands around the link in the text, or is left of it: taken for a part of the address.
AROUND = [
    *(".", ",", ")", ">", "%3E", "&gt;", "%22", "'", "]", ";", "*", "=", "%3D", "%20", "%0D%0A"),
    *("%E2%80%8B", "%C2%A0", "%E2%80%9D", "%3C/a%3E", "//", "&utm_source=x", "%3Futm_source%3Dx"),
]
QUERIES = [
    *("?language=es.", "?language=es%3E", "?language=es&utm_source=x", "?language=es&amp;fbclid=x"),
    *("%3Flanguage=es", "%3Flanguage%3Des%26utm_source%3Dx", "./?language=es"),
    *("?language=es%E2%80%9D", "?language=es%C2%BB", "?language=es%E2%80%A6", "?language=es_"),
]
WRAPPED = ["%0A", "%0D%0A", "=%0A", "=%0D%0A", "%20"]


@pytest.fixture
def secrets(cast: Cast) -> dict[str, str]:
    return links(cast)


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of the portal and of the sessions."""
    models = [model for model in apps.get_models() if model._meta.app_label not in {"sandbox"}]
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values()) for model in models
    }


def page(client: Client, address: str) -> tuple[int, str]:
    response = client.get(address, headers=ENGLISH)
    return response.status_code, response.content.decode()


def test_every_kind_of_link_has_a_real_one_here(secrets: dict[str, str]) -> None:
    assert set(secrets) == set(ROUTES)


@each_link
@pytest.mark.parametrize(("method", "headers"), SCANNERS)
def test_a_scanner_uses_nothing_up(
    secrets: dict[str, str], route: str, method: str, headers: dict[str, str]
) -> None:
    address = route.replace("<secret>", secrets[route])
    before = everything()
    for _ in range(2):
        response = Client().generic(method, address, headers=headers)
        assert response.status_code in {200, 405}
        assert "sessionid" not in response.cookies
    assert everything() == before
    assert page(Client(), address)[0] == 200


@each_link
def test_whatever_a_mail_program_puts_around_it_a_link_works(
    secrets: dict[str, str], route: str
) -> None:
    address, secret = route.replace("<secret>", secrets[route]), secrets[route]
    half = address.index(secret) + 20
    for mangled in (
        *around(address),
        *(f"{address[:half]}{wrapped}{address[half:]}" for wrapped in WRAPPED),
        address.replace(secret, f"%20{secret}"),
        address.title().replace(secret.title(), secret),
    ):
        assert (mangled, meant(mangled)) == (mangled, address)
    assert Client().get("/", PATH_INFO=f"/{address}")["Location"] == address
    assert Client().head(f"{address}.")["Location"] == address
    assert page(Client(), address)[0] == 200
    assert Client().post(f"{address}.", {"password": "x"}).status_code in {404, 410}


def test_the_link_that_ends_reminders_works_as_well(cast: Cast) -> None:
    address = f"/reminders/stop/{token_for(cast.laundry)}/"
    assert {meant(mangled) for mangled in around(address)} == {address}
    assert page(Client(), address)[0] == 200


def test_the_link_of_staff_works_as_well(cast: Cast) -> None:
    """It says whom it is for in front of the secret."""
    person = staff("support", cast.biller)
    key = urlsafe_base64_encode(str(person.pk).encode())
    address = reverse("admin:set_password", args=[key, tokens.make_token(person)])
    half = len(address) - 10
    for mangled in (
        *around(address),
        *(f"{address[:half]}{wrapped}{address[half:]}" for wrapped in WRAPPED),
        address.replace("/admin/password/", "/Admin//Password/"),
    ):
        assert (mangled, meant(mangled)) == (mangled, address)
    assert "Choose a new password" in page(Client(), address)[1]
    for beside in (f"/admin/password/{key}/", "/admin/password_change/"):
        assert meant(beside) == f"/admin/login/?next={beside}"


def test_no_two_kinds_of_link_begin_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a link of one kind would lead to the page of the other."""
    routes = ["accounts/x/<secret>/", "accounts/x/<secret>/more/"]
    resolver = SimpleNamespace(
        url_patterns=[path(route, mangled_links.redirect) for route in routes]
    )
    monkeypatch.setattr(mangled_links, "get_resolver", lambda: resolver)
    with pytest.raises(ImproperlyConfigured, match="accounts/x"):
        mangled_links._places.__wrapped__()


def test_a_path_of_thousands_of_pieces_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Places(dict[str, mangled_links.Link]):
        def get(self, place: str, otherwise: Any = None) -> Any:
            asked.append(place)
            return super().get(place, otherwise)

    known = Places(mangled_links._places())
    monkeypatch.setattr(mangled_links, "_places", lambda: known)
    assert mangled_links._meant("/a" * 4000) == ""
    assert 0 < len(asked) < 10


@each_page
def test_another_secret_is_none_whatever_is_around_it(secrets: dict[str, str], route: str) -> None:
    for changed in ("{}x", "x{}", "3D{}"):
        address = route.replace("<secret>", changed.format(secrets[route]))
        assert Client().get(f"{address}%3E", follow=True).status_code == 410


@each_page
def test_in_its_language_however_the_query_is_written(secrets: dict[str, str], route: str) -> None:
    address = route.replace("<secret>", secrets[route])
    for query in QUERIES:
        response = Client().get(address + query, headers=ENGLISH, follow=True)
        assert '<html lang="es"' in response.content.decode(), query


def test_pages_beside_the_links_stay_where_they_are(cast: Cast) -> None:
    for beside in ("/accounts/password-reset/sent/", "/accounts/register/", "/reminders/calendar/"):
        assert meant(beside[:-1]) == beside


def around(address: str) -> list[str]:
    """Returns it with each sign, behind the last slash and in its place."""
    return [f"{place}{sign}" for place in (address, address.rstrip("/")) for sign in AROUND]


def meant(address: str) -> str:
    """Returns where this address leads; "" if nowhere else."""
    return Client().get(address).get("Location", "")


@each_page
def test_in_the_language_of_the_email(secrets: dict[str, str], route: str) -> None:
    address = route.replace("<secret>", secrets[route])
    assert '<html lang="es"' in page(Client(), f"{address}?language=es")[1]
    assert '<html lang="en"' in page(Client(), address)[1]


@each_page
def test_an_ended_link_is_in_the_language_of_the_email(secrets: dict[str, str], route: str) -> None:
    address = route.replace("<secret>", secrets[route])
    long_ago = timezone.now() - kept_for("sign_ups_unfinished")
    Signup.objects.update(link_sent_at=long_ago)
    CredentialChange.objects.update(asked_at=long_ago, approved_at=None)
    CredentialChange.objects.all().expire()
    Helper.objects.update(link_sent_at=long_ago)
    SecondFactor.objects.update(set_up_at=timezone.now() - 2 * SecondFactor.UNDO_LIFE)
    Passkey.objects.update(added_at=timezone.now() - 2 * Passkey.UNDO_LIFE)
    for ended in (address, route.replace("<secret>", "never-sent")):
        status, html = page(Client(), f"{ended}?language=es")
        assert status == 410
        assert '<html lang="es"' in html
        # The pages that its links and forms lead to are in the same language.
        for onward in ("accounts/login/", "accounts/register/", "accounts/password-reset/"):
            assert f'/{onward}"' not in html


@each_link
def test_a_wrong_post_is_answered_in_it_too(secrets: dict[str, str], route: str) -> None:
    address = route.replace("<secret>", secrets[route])
    response = Client().post(f"{address}?language=es", {"password": "x"}, headers=ENGLISH)
    if response.status_code == 302:
        assert response["Location"].endswith("?language=es")
    else:
        assert '<html lang="es"' in response.content.decode()


def test_a_biller_that_is_closed_says_so_in_it(cast: Cast, secrets: dict[str, str]) -> None:
    Biller.objects.update(is_active=False)
    status, html = page(Client(), "/accounts/finish/any/?language=es")
    assert status == 503
    assert '<html lang="es"' in html


def test_who_has_chosen_a_language_keeps_it(secrets: dict[str, str]) -> None:
    """Otherwise, the switch on the page itself would do nothing."""
    client = Client()
    address = "/accounts/password-reset/never-sent/?language=es"
    client.post("/language/setlang/", {"language": "en", "next": address})
    assert '<html lang="en"' in page(client, address)[1]


@pytest.mark.parametrize("asked", ["xx", "", "es-MX", "<script>", "es" * 100, "\x00"])
def test_another_language_is_none(secrets: dict[str, str], asked: str) -> None:
    response = Client().get("/accounts/login/", {"language": asked}, headers=ENGLISH)
    assert '<html lang="en"' in response.content.decode()


def test_the_language_leads_nobody_away(secrets: dict[str, str]) -> None:
    response = Client().post(
        "/accounts/password-reset/?language=es", {"email": "nobody@example.com"}
    )
    assert response["Location"] == "/accounts/password-reset/sent/?language=es"
