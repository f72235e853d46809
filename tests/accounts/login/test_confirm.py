"""Confirm your password to continue: /accounts/confirm/?next=…"""

from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.invoice_cloud.connect import connect
from accounts.linked_accounts import services as linking
from accounts.models import User
from accounts.sessions import services as sign_ins
from icsso.billing.session import BillingSession, State, load, store
from tests import cast as people
from tests.accounts.there import There
from tests.cast import Cast
from tests.whole_dates import spaced

GOOD = {"password": people.LAUNDRY_PASSWORD}
ADDRESS = "/accounts/confirm/?next=/billing/autopay/"


@pytest.fixture
def laundry(there: There, cast: Cast, client: Client) -> Client:
    """Signed in, known to be registered, without a token."""
    connect(cast.laundry, people.LAUNDRY_PASSWORD)
    client.force_login(cast.laundry)
    there.calls()
    return client


def keep(client: Client, billing: BillingSession) -> None:
    session = client.session
    store(session, billing)
    session.save()


def token(client: Client) -> str:
    billing = load(client.session)
    return billing.token if billing else ""


def test_gets_a_new_token_and_returns_to_the_page(there: There, laundry: Client) -> None:
    page = laundry.get(ADDRESS)
    html = page.content.decode()
    assert "Confirm your password to continue" in html
    assert html.count('type="password"') == 1
    assert people.LAUNDRY_EMAIL in html  # for password managers
    assert there.operations() == []
    response = laundry.post(ADDRESS, GOOD)
    assert response["Location"] == "/billing/autopay/"
    assert token(laundry)
    assert sorted(there.operations()) == ["remote_authentication", "retrieve_user_accounts"]


def test_an_expired_token_is_replaced(laundry: Client) -> None:
    old = BillingSession(state=State.CONNECTED, token="old", expires_at=timezone.now())
    keep(laundry, old)
    laundry.post(ADDRESS, GOOD)
    assert token(laundry) not in {"", "old"}


def test_a_wrong_password_changes_nothing(there: There, laundry: Client) -> None:
    page = laundry.post(ADDRESS, {"password": "not the kettle"})
    assert page.status_code == 200
    assert "That password isn" in page.content.decode()
    assert token(laundry) == ""
    assert there.operations() == []
    assert laundry.get("/accounts/").status_code == 200


def test_only_our_own_addresses_are_followed(laundry: Client) -> None:
    response = laundry.post("/accounts/confirm/?next=https://evil.example/", GOOD)
    assert response["Location"] == "/"


def test_who_is_not_signed_in_signs_in_first(cast: Cast, client: Client) -> None:
    assert client.get(ADDRESS)["Location"].startswith("/accounts/login/?next=")


def test_is_limited(laundry: Client) -> None:
    for _ in range(10):
        laundry.post(ADDRESS, {"password": "not the kettle"})
    page = laundry.post(ADDRESS, GOOD)
    assert page.status_code == 429
    assert "wait 15 minutes" in spaced(page.content.decode())


def test_invoice_cloud_away_leads_on_and_says_so_there(there: There, laundry: Client) -> None:
    there.fault("*", "unavailable")
    assert laundry.post(ADDRESS, GOOD)["Location"] == "/billing/autopay/"
    billing = load(laundry.session)
    assert billing == BillingSession(state=State.AWAY)


def test_an_account_linked_meanwhile_is_registered(
    there: There, laundry: Client, cast: Cast
) -> None:
    laundry.post(ADDRESS, GOOD)
    linking.link(member=cast.laundry, account=cast.account("10000104"))
    laundry.post(ADDRESS, GOOD)
    assert there.sandbox.customer("10000104")["registered_by"] == people.LAUNDRY_EMAIL


def test_a_hash_with_other_parameters_does_not_end_the_session(
    argon2: None, laundry: Client, cast: Cast
) -> None:
    hasher = Argon2PasswordHasher()
    encoded = hasher.encode(people.LAUNDRY_PASSWORD, hasher.salt())
    User.objects.filter(pk=cast.laundry.pk).update(password=encoded)
    cast.laundry.refresh_from_db()
    laundry.force_login(cast.laundry)
    laundry.post(ADDRESS, GOOD)
    assert laundry.get("/accounts/").status_code == 200


ANEW = f"{ADDRESS}&anew=1"


def test_anew_it_connects_though_the_token_still_counts_here(there: There, laundry: Client) -> None:
    laundry.post(ADDRESS, GOOD)
    old = token(laundry)
    there.calls()
    assert laundry.post(ADDRESS, GOOD)["Location"] == "/billing/autopay/"
    assert there.operations() == []
    assert laundry.get(ANEW).status_code == 200
    assert there.operations() == []  # looking changes nothing
    assert token(laundry) == old
    assert laundry.post(ANEW, GOOD)["Location"] == "/billing/autopay/"
    assert "remote_authentication" in there.operations()
    assert token(laundry) not in {"", old}


def test_anew_with_a_wrong_password_keeps_what_there_is(there: There, laundry: Client) -> None:
    laundry.post(ADDRESS, GOOD)
    old = token(laundry)
    there.calls()
    assert laundry.post(ANEW, {"password": "not the kettle"}).status_code == 200
    assert token(laundry) == old
    assert there.operations() == []


def test_anew_is_limited_too(laundry: Client) -> None:
    for _ in range(10):
        laundry.post(ANEW, {"password": "not the kettle"})
    assert laundry.post(ANEW, GOOD).status_code == 429


FAILURES = [
    ("unavailable", "Billing pages aren't available right now"),
    ("server_error", "Billing pages aren't available right now"),
    ("html", "Billing pages aren't available right now"),
    ("wrong_password", "we sent an email to laundry@example.com"),
]


@pytest.mark.parametrize(("kind", "said"), FAILURES)
def test_anew_without_success_the_page_says_why_and_not_the_dead_token(
    there: There, laundry: Client, kind: str, said: str
) -> None:
    laundry.post(ADDRESS, GOOD)
    there.fault("remote_authentication", kind)
    assert laundry.post(ANEW, GOOD)["Location"] == "/billing/autopay/"
    page = unescape(laundry.get("/billing/autopay/").content.decode())
    assert said in page
    assert "<iframe" not in page
    assert token(laundry) == ""


def test_while_another_tab_gets_no_answer_nobody_is_led_to_the_dead_token(
    laundry: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    laundry.post(ADDRESS, GOOD)
    monkeypatch.setattr("accounts.login.services.LONGEST_WAIT", 0.2)
    cache.set(f"connecting:{cast.laundry.pk}:{laundry.session.session_key}", True, 60)
    laundry.post(ANEW, GOOD)
    assert load(laundry.session) == BillingSession(state=State.AWAY)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_make_one_call(there: There, laundry: Client) -> None:
    there.fault("*", "slow", seconds=3)
    tabs = [Client(), Client()]
    for tab in tabs:
        tab.cookies = laundry.cookies

    def confirm(tab: Client) -> str:
        try:
            return tab.post(ADDRESS, GOOD)["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(confirm, tabs))
    assert answers == ["/billing/autopay/"] * 2
    assert there.operations().count("remote_authentication") == 1
    assert token(laundry)


def test_signed_out_elsewhere_while_billing_is_asked(
    laundry: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended_meanwhile(*args: object) -> BillingSession:
        sign_ins.end_all(cast.laundry.pk)
        return connect(cast.laundry, people.LAUNDRY_PASSWORD)

    monkeypatch.setattr("accounts.login.services.connect", ended_meanwhile)
    response = laundry.post(ADDRESS, GOOD)
    assert (response.status_code, response["Location"]) == (302, ADDRESS)
    assert "/accounts/login/" in laundry.get("/accounts/confirm/")["Location"]
