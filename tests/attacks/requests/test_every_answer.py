"""What every address answers to a stranger and to a member: not cached, not framed, not redirected
to another site."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from payments.models import Postback
from tests.attacks.addresses import IN_THE_PLACE_OF, Place, places
from tests.attacks.links import links, tokens
from tests.cast import Cast
from tests.payments.paying import members, opened

pytestmark = pytest.mark.any_database

# The same for everybody, and nobody's.
NOT_PERSONAL = {"/brand.css", "/robots.txt"}
# A calendar program keeps it for an hour; no proxy does.
FEED = "/reminders/calendar/<secret>.ics"
FRAMED_BY_US = "/pay/return/<token>/"
ELSEWHERE = "https://evil.example/"
JSON = {"application/json", "application/problem+json"}  # in UTF-8 always
PLACES = places()
named = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.route)


@pytest.fixture
def known(cast: Cast) -> dict[str, str]:
    """What there is for the laundry, by what the URLconf captures."""
    checkout = members(cast)
    return {
        **IN_THE_PLACE_OF,
        "<int:pk>": str(cast.account("10000101").pk),
        "<slug:address>": checkout.address,
    }


@pytest.fixture
def secrets(cast: Cast) -> dict[str, str]:
    """A real one for each address that holds one."""
    return links(cast) | tokens(opened(cast))


def filled(route: str, known: dict[str, str], secrets: dict[str, str]) -> str:
    address = re.sub("<secret>|<token>", lambda found: secrets[route], route)
    for captured, value in known.items():
        address = address.replace(captured, value)
    return address


def answers(address: str, cast: Cast) -> Iterator[Any]:
    member = Client()
    member.force_login(cast.laundry)
    for browser in (Client(), member):
        yield browser.get(address)
        yield browser.post(address, {"next": ELSEWHERE})


def policy_of(answer: HttpResponse) -> dict[str, str]:
    parts = answer["Content-Security-Policy"].split(";")
    return {name: " ".join(sources) for name, *sources in map(str.split, parts)}


@named
def test_no_answer_is_kept_framed_sniffed_or_led_away(
    cast: Cast, known: dict[str, str], secrets: dict[str, str], place: Place
) -> None:
    address = filled(place.route, known, secrets)
    for answer in answers(f"{address}?next={ELSEWHERE}", cast):
        if place.route not in {*NOT_PERSONAL, FEED}:
            kept_by_nobody(answer)
        framed_by_nobody(answer, but_us=place.route == FRAMED_BY_US)
        with_scripts_of_ours_alone(answer)
        says_what_it_is(answer)
        # An address with a secret is told to no other site; `strict-origin` tells the origin
        # alone, to Invoice Cloud whom the page frames.
        assert answer["Referrer-Policy"] in {"same-origin", "no-referrer", "strict-origin"}
        assert urlsplit(answer.get("Location", "")).netloc in {"", "testserver"}


def test_links_and_tokens_are_real_ones(cast: Cast, secrets: dict[str, str]) -> None:
    """Otherwise, the test above would see only pages that say "this link has ended"."""
    held = {place.route for place in PLACES if re.search("<secret>|<token>", place.route)}
    assert held == set(secrets)
    for route in held - {"/pay/postback/<token>/", "/pay/postback/<token>"}:
        real, ended = (
            Client().get(re.sub("<secret>|<token>", text, route)) for text in (secrets[route], "no")
        )
        assert real.status_code == 200, route
        assert {each.name for each in real.templates} != {each.name for each in ended.templates}
    called = Client().post(f"/pay/postback/{secrets['/pay/postback/<token>/']}/", {"a": "b"})
    assert called.status_code == 200
    assert Postback.objects.count() == 1


def kept_by_nobody(answer: HttpResponse) -> None:
    if answer.status_code not in {301, 302} and (answer.streaming or answer.content):
        assert "no-store" in answer["Cache-Control"]
        assert "private" in answer["Cache-Control"]


def framed_by_nobody(answer: HttpResponse, *, but_us: bool) -> None:
    if but_us and answer.status_code in {200, 404}:
        assert policy_of(answer)["frame-ancestors"] == "'self'"
    else:
        assert policy_of(answer)["frame-ancestors"] == "'none'"
        assert answer["X-Frame-Options"] == "DENY"


def with_scripts_of_ours_alone(answer: HttpResponse) -> None:
    policy = policy_of(answer)
    for directive in ("script-src", "style-src", "connect-src"):
        assert policy[directive] == "'self'"
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == "'none'"


def says_what_it_is(answer: HttpResponse) -> None:
    assert answer["X-Content-Type-Options"] == "nosniff"
    if answer.streaming or answer.content:
        kind = answer["Content-Type"]
        assert kind in JSON or kind.endswith("charset=utf-8")


@named
def test_a_request_is_never_repeated_to_its_sender(cast: Cast, place: Place) -> None:
    """TRACE would tell a script the cookies that it may not read."""
    answer = Client().generic("TRACE", place.address, headers={"X-Marker": "repeat me"})
    assert "repeat me" not in answer.content.decode()


@pytest.mark.parametrize("folder", ["/static/", "/static/js/", "/static/../", "/.git/"])
def test_no_folder_is_listed(cast: Cast, folder: str) -> None:
    answer = Client().get(folder)
    assert answer.status_code == 404
    assert "checkout.js" not in answer.content.decode()


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model._meta.label_lower)
def test_operators_pages_are_as_strict(cast: Cast, model: Any) -> None:
    browser = Client()
    superuser = User.objects.create_superuser("operator@example.com", "quiet lanterns by the pier")
    browser.force_login(superuser)
    label = f"{model._meta.app_label}/{model._meta.model_name}"
    for address in (f"/admin/{label}/", f"/admin/{label}/add/", f"/admin/{label}/?q=x&o=-1.2"):
        answer = browser.get(address, follow=True)
        assert answer.status_code in {200, 403}
        assert "no-store" in answer["Cache-Control"]
        policy = policy_of(answer)
        assert policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        page = answer.content.decode()
        assert "<script>" not in page
        assert "<style" not in page
        assert " style=" not in page
