"""My sign-in: /accounts/sign-in/, the list of devices where a member is signed in, and signing out
everywhere."""

import pytest
from auditlog.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.models.sign_in import SignIn
from backoffice.audit.events import Event
from backoffice.devices import browser_of, shortened, system_of
from tests import cast as people
from tests.accounts.there import There
from tests.cast import Cast

ADDRESS = "/accounts/sign-in/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/137.0.0.0 Safari/537.36 Edg/137.0.0.0"
)
GOOD = {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD}


def sign_in(user_agent: str = FIREFOX, address: str = "203.0.113.77") -> Client:
    client = Client(headers={"user-agent": user_agent}, REMOTE_ADDR=address)
    client.post("/accounts/login/", GOOD)
    return client


def words(client: Client) -> str:
    return client.get(ADDRESS).content.decode()


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200


def test_shows_e_mail_language_and_each_device(there: There, cast: Cast) -> None:
    phone = sign_in(PHONE, "2001:db8:12:34::1")
    desk = sign_in()
    page = words(desk)
    assert people.LAUNDRY_EMAIL in page
    for address in ("email/", "password/"):
        assert f'href="/accounts/sign-in/{address}"' in page
    assert 'value="es" lang="es"' in page
    assert "Firefox on Windows" in page
    assert "203.0.113.x" in page
    assert "203.0.113.77" not in page
    assert "Safari on iPhone" in page
    assert "2001:db8:12::x" in page
    assert page.count("This device") == 1
    here, other = page.index("Firefox on Windows"), page.index("Safari on iPhone")
    assert here < page.index("This device") < other  # newest first
    for client in (phone, desk):
        assert str(client.session.session_key) not in page


def test_what_has_ended_is_not_shown_and_not_kept(there: There, cast: Cast) -> None:
    phone, desk, tablet = sign_in(PHONE), sign_in(), sign_in(EDGE)
    phone.post("/accounts/logout/")
    assert SignIn.objects.count() == 2
    Session.objects.filter(pk=tablet.session.session_key).update(expire_date=timezone.now())
    page = words(desk)
    assert "Safari on iPhone" not in page
    assert "Edge on Mac" not in page
    call_command("clearsessions")
    assert SignIn.objects.get().pk == desk.session.session_key


def test_only_ones_own(there: There, cast: Cast) -> None:
    desk, neighbour = sign_in(), Client(headers={"user-agent": PHONE})
    good = {"username": people.NEIGHBOUR_EMAIL, "password": people.NEIGHBOUR_PASSWORD}
    neighbour.post("/accounts/login/", good)
    assert "Safari on iPhone" not in words(desk)
    desk.post("/accounts/sign-in/everywhere/")
    assert is_signed_in(neighbour)


def test_signing_in_again_is_the_same_line(there: There, cast: Cast) -> None:
    desk = sign_in()
    desk.post("/accounts/login/", GOOD)
    assert SignIn.objects.count() == 1


def test_somebody_else_at_the_same_browser_is_another_line(there: There, cast: Cast) -> None:
    desk = sign_in()
    good = {"username": people.NEIGHBOUR_EMAIL, "password": people.NEIGHBOUR_PASSWORD}
    desk.post("/accounts/login/", good)
    assert SignIn.objects.get().member == cast.neighbour


def test_signs_out_everywhere_at_once(there: There, cast: Cast) -> None:
    phone, desk = sign_in(PHONE), sign_in()
    assert desk.get("/accounts/sign-in/everywhere/").status_code == 405
    page = desk.post("/accounts/sign-in/everywhere/", follow=True)
    assert "been signed out everywhere." in page.content.decode()
    for client in (phone, desk):
        assert not is_signed_in(client)
    assert not SignIn.objects.exists()
    assert not User.objects.get(pk=cast.laundry.pk).sign_ins.exists()
    (entry,) = LogEntry.objects.get_for_object(cast.laundry).filter(actor=cast.laundry.pk)
    assert entry.additional_data["event"] == Event.LEFT_EVERYWHERE


def test_a_session_that_is_signed_out_is_gone_from_the_cache_too(there: There, cast: Cast) -> None:
    phone, desk = sign_in(PHONE), sign_in()
    key = f"django.contrib.sessions.cached_db{phone.session.session_key}"
    assert is_signed_in(phone)
    assert cache.get(key)
    desk.post("/accounts/sign-in/everywhere/")
    assert cache.get(key) is None


def test_only_for_members(cast: Cast, client: Client) -> None:
    assert client.get(ADDRESS)["Location"].startswith("/accounts/login/")
    assert client.post("/accounts/sign-in/everywhere/").status_code == 302
    staff = User.objects.create_superuser("operator@example.com", people.STAFF_PASSWORD)
    client.force_login(staff)
    assert client.get(ADDRESS).status_code == 302
    assert not SignIn.objects.exists()


def test_costs_one_statement_at_sign_in_and_none_afterwards(
    there: There, cast: Cast, client: Client
) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.post("/accounts/login/", GOOD)
    assert len([q for q in queries if "accounts_signin" in q["sql"]]) == 1
    with CaptureQueriesContext(connection) as queries:
        client.get("/accounts/")
    assert not [q for q in queries if "accounts_signin" in q["sql"]]
    with CaptureQueriesContext(connection) as queries:
        client.get(ADDRESS)
    assert len(queries) <= 8, [q["sql"][:90] for q in queries]


def test_a_long_list_is_bounded(cast: Cast, client: Client) -> None:
    for _ in range(52):
        Client().force_login(cast.laundry)
    client.force_login(cast.laundry)
    assert words(client).count("<tr>") == 51  # the head and fifty


@pytest.mark.parametrize(
    ("user_agent", "browser", "system"),
    [
        (FIREFOX, "Firefox", "Windows"),
        (PHONE, "Safari", "iPhone"),
        (EDGE, "Edge", "Mac"),
        ("Mozilla/5.0 (X11; CrOS x86_64) Chrome/137.0.0.0 Safari/537.36", "Chrome", "Chromebook"),
        ("curl/8.5.0", "", ""),
        ("", "", ""),
    ],
)
def test_devices_in_plain_words(user_agent: str, browser: str, system: str) -> None:
    assert (browser_of(user_agent), system_of(user_agent)) == (browser, system)


def test_an_unknown_device_is_called_so(there: There, cast: Cast) -> None:
    assert "Unknown device" in words(sign_in("<script>alert(1)</script>"))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("198.51.100.7", "198.51.100.x"),
        ("2001:db8:12:34:56::1", "2001:db8:12::x"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_network_addresses_are_shortened(address: str, shown: str) -> None:
    assert shortened(address) == shown
