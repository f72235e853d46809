"""Forged forms: every address that takes a post refuses one without its token."""

import re

import pytest
from django.conf import settings
from django.test import Client

from tests.attacks.addresses import Place, places
from tests.cast import Cast

pytestmark = pytest.mark.any_database

# Told by servers and by frames that have no token of ours: each with a secret in its address, or
# (the language) without power over anybody's data; a stranger's form brings no session with it.
POSTBACKS = {"/pay/postback/<token>/", "/pay/postback/<token>"}
# Programs of a biller: no cookie counts there, only a token in a header.
API = {"/api/v1/payments", "/api/v1/accounts"}
# One click in a mail program (RFC 8058): signed, and it can only turn reminders off.
UNSUBSCRIBE = "/reminders/stop/<token>/"
# Who is signed in keeps the navigation, and the way out in it is a form as everywhere.
OWN_FORMS = re.compile(r'<input type="hidden" name="csrfmiddlewaretoken" value="\w+">')
EXEMPT = {*POSTBACKS, UNSUBSCRIBE, "/pay/return/<token>/", "/language/setlang/", *API}
PLACES = places()


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.route)
def test_a_form_of_another_site_is_refused(cast: Cast, place: Place) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.laundry)
    answer = browser.post(place.address, {"password": "a form of another site"})
    if place.route in EXEMPT:
        assert answer.status_code != 403
    else:
        assert answer.status_code == 403
        page = answer.content.decode()
        assert "a form of another site" not in page
        assert "token" not in OWN_FORMS.sub("", page).lower()


def test_nothing_else_is_exempt() -> None:
    assert {place.route for place in PLACES if place.is_exempt_from_csrf} == EXEMPT


@pytest.mark.parametrize(
    "route", ["/", "login/", "accounts/staffuser/add/", "icsso/biller/1/change/"]
)
def test_no_form_of_the_admin_is_exempt(cast: Cast, route: str) -> None:
    answer = Client(enforce_csrf_checks=True).post(f"/admin/{route}", {"username": "x"})
    assert answer.status_code == 403


def test_a_token_of_another_browser_is_refused(cast: Cast) -> None:
    other, browser = Client(), Client(enforce_csrf_checks=True)
    foreign = other.get("/accounts/login/").context["csrf_token"]
    browser.get("/accounts/login/")
    form = {"username": "laundry@example.com", "csrfmiddlewaretoken": str(foreign)}
    assert browser.post("/accounts/register/", form).status_code == 403
    own = {**form, "csrfmiddlewaretoken": browser.cookies[settings.CSRF_COOKIE_NAME].value}
    assert browser.post("/accounts/register/", own).status_code == 200


def test_a_form_of_another_origin_is_refused_token_or_not(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get("/accounts/login/")
    own = {"csrfmiddlewaretoken": browser.cookies[settings.CSRF_COOKIE_NAME].value}
    for origin in ("https://evil.example", "null"):
        answer = browser.post("/accounts/login/", own, headers={"origin": origin})
        assert answer.status_code == 403
