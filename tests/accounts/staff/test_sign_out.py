"""Staff who signed in by single sign-on can also end their session at the identity provider."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from icsso.billers.identity_provider import client as provider_client
from icsso.billers.identity_provider.models import IdentityProvider
from tests.accounts.staff.conftest import set_up
from tests.accounts.staff.providers import CALLBACK, LyingProvider, RealProvider, sign_on
from tests.browser.looks import assert_accessible
from tests.cast import Cast, staff

CLERK = "support@springfield-water.example"
CLAIMS = {"sub": "clerk-1", "email": CLERK, "email_verified": True}
STILL_IN = "still signed in at Springfield&#x27;s directory"


@pytest.fixture
def clerk(cast: Cast) -> User:
    return staff("support", cast.biller)


def sign_out(browser: Client) -> str:
    answer = browser.post("/admin/logout/", follow=True)
    assert not browser.session.keys()
    return str(answer.content.decode())


def test_it_says_so_and_leads_there(
    client: Client, provider: IdentityProvider, clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_on(client, CLAIMS)
    cache.clear()
    monkeypatch.setattr(provider_client, "_get", None)  # nobody is asked while somebody signs out
    answer = client.post("/admin/logout/")
    page = answer.content.decode()
    assert STILL_IN in page
    [link] = [line.split('"')[3] for line in page.splitlines() if "Sign out at" in line]
    address = urlsplit(link.replace("&amp;", "&"))
    assert f"{address.scheme}://{address.netloc}" == provider.issuer
    assert parse_qs(address.query) == {
        "client_id": ["portal"],
        "post_logout_redirect_uri": ["http://testserver/admin/login/"],
    }  # and nothing about the person
    assert client.get("/admin/accounts/member/").status_code == 302


def test_who_came_by_password_is_asked_nothing(
    client: Client, provider: IdentityProvider, clerk: User
) -> None:
    sign_on(client, CLAIMS)
    client.force_login(clerk)  # the same session, another sign-in
    assert STILL_IN not in sign_out(client)


@pytest.mark.parametrize("place", [None, 7, "javascript:alert(1)", "/session/end", ""])
def test_a_provider_without_such_a_place(
    client: Client, liar: LyingProvider, clerk: User, place: Any
) -> None:
    cache.clear()
    if place is not None:
        liar.document["end_session_endpoint"] = place
    begun = client.get("/admin/single-sign-on/")
    asked = parse_qs(urlsplit(begun["Location"]).query)
    liar.asked = {"nonce": asked["nonce"][0]}
    client.get(f"{CALLBACK}?code=x&state={asked['state'][0]}")
    page = sign_out(client)
    assert STILL_IN in page
    assert "Sign out at" not in page


def test_in_production_only_by_https(cast: Cast, liar: LyingProvider, settings: Settings) -> None:
    liar.document["end_session_endpoint"] = "http://plain.example/end"
    cache.clear()
    known = IdentityProvider.objects.get()
    assert provider_client.end_session_url(known, back="x").startswith("http://plain")
    settings.PRODUCTION = True
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        liar.document[name] = "https://secure.example/x"
    cache.set(provider_client._cache_key("discovery", known.issuer), liar.discovery())
    assert provider_client.end_session_url(known, back="x") == ""


def test_at_the_provider_and_back(page: Page, cast: Cast, live_server: LiveServer) -> None:
    clerk = staff("support", cast.biller)
    provider = RealProvider(f"{live_server}{CALLBACK}")
    try:
        set_up(cast.biller, provider.issuer)
        page.goto("/admin/")
        page.get_by_role("link", name="Sign in with Springfield's directory").click()
        page.get_by_label("Claims").fill(json.dumps({**CLAIMS, "email": clerk.email}))
        page.get_by_role("button", name="Continue").click()
        page.locator("#user-tools summary").click()
        page.locator("#logout-form").get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="You're signed out here")).to_be_visible()
        assert_accessible(page)
        page.get_by_role("link", name="Sign out at Springfield's directory").click()
        page.get_by_role("button", name="Yes, sign me out").click()
        page.wait_for_url(f"{live_server}/admin/login/**")
        page.get_by_role("link", name="Sign in with Springfield's directory").click()
        expect(page.get_by_label("Claims")).to_be_visible()  # nobody is signed in there either
    finally:
        provider.stop()
