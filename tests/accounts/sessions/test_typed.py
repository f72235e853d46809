"""A form that is sent after its session has ended comes back with what was typed, to its owner
alone, and nothing is carried out."""

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client

from accounts.models import LinkedAccount
from accounts.sessions import typed
from tests import cast as people
from tests.accounts.sessions.ended import opened, time_out, words
from tests.accounts.there import There
from tests.cast import Cast

LINK, EMAIL = "/accounts/link/", "/accounts/sign-in/email/"
GOOD = {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD}
OTHER = {"username": people.NEIGHBOUR_EMAIL, "password": people.NEIGHBOUR_PASSWORD}
STILL_THERE = "what you typed will still be there"
ONCE_MORE = "Nothing has been sent yet."
NUMBER = {"account_number": "10000104", "name": "Rosa Delgado"}


def sign_in(browser: Client, who: dict[str, str] = GOOD, address: str = "/accounts/login/") -> str:
    token = browser.get(address).context["csrf_token"]
    answer = browser.post(address, {**who, "csrfmiddlewaretoken": str(token)})
    assert answer.status_code == 302
    return answer["Location"]


@pytest.fixture
def browser(there: There, cast: Cast) -> Client:
    browser = Client(enforce_csrf_checks=True)
    sign_in(browser)
    return browser


@pytest.fixture
def ended(browser: Client) -> Client:
    """A form was sent too late."""
    form = opened(browser, LINK)
    time_out(browser)
    answer = browser.post(LINK, {**form, **NUMBER})
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={LINK}")
    return browser


def test_a_form_sent_too_late_comes_back_as_it_was(ended: Client, cast: Cast) -> None:
    sign_in_page = f"/accounts/login/?next={LINK}"
    assert STILL_THERE in words(ended, sign_in_page)
    assert sign_in(ended, address=sign_in_page) == LINK
    page = words(ended, LINK)
    assert 'value="10000104"' in page
    assert 'value="Rosa Delgado"' in page
    assert ONCE_MORE in page
    assert not LinkedAccount.objects.filter(account__account_number="10000104").exists()


def test_it_comes_back_once(ended: Client) -> None:
    sign_in(ended)
    assert "10000104" in words(ended, LINK)
    page = words(ended, LINK)
    assert "10000104" not in page
    assert ONCE_MORE not in page


def test_no_password_is_kept(browser: Client) -> None:
    form = opened(browser, EMAIL)
    time_out(browser)
    browser.post(EMAIL, {**form, "email": "new@example.com", "current": "a secret of mine"})
    kept = dict(browser.session)
    assert "secret of mine" not in typed.decrypt(kept[typed.SESSION_KEY])
    assert "new@example.com" not in str(kept)  # encrypted
    sign_in(browser)
    page = words(browser, EMAIL)
    assert 'value="new@example.com"' in page
    assert "a secret of mine" not in page


def test_a_form_of_secrets_alone_leads_back_and_says_that_it_is_empty(browser: Client) -> None:
    page = "/accounts/sign-in/password/"
    token = str(browser.get(page).context["csrf_token"])
    time_out(browser)
    form = {"current": "a", "password": "b", "csrfmiddlewaretoken": token}
    answer = browser.post(page, form)
    assert answer["Location"] == f"/accounts/login/?next={page}&lost=1"
    assert "please fill in the form again" in words(browser, answer["Location"])


def test_a_button_leads_back_to_the_page_it_was_on(browser: Client, cast: Cast) -> None:
    page = f"/accounts/{cast.account('10000101').pk}/"
    token = {"csrfmiddlewaretoken": str(browser.get(page).context["csrf_token"])}
    time_out(browser)
    for referer, back in (
        (f"http://testserver{page}", page),
        ("https://evil.example/accounts/", "/"),
        ("", "/"),
    ):
        answer = browser.post(f"{page}first/", token, headers={"referer": referer})
        assert answer["Location"] == f"/accounts/login/?next={back}&lost=1"


def test_another_member_at_the_same_browser_never_sees_it(ended: Client) -> None:
    kept = ended.session[typed.SESSION_KEY]
    sign_in(ended, OTHER)
    assert typed.SESSION_KEY not in ended.session
    session = ended.session
    session[typed.SESSION_KEY] = kept  # even if it were still there
    session.save()
    assert "10000104" not in words(ended, LINK)
    ended.post("/accounts/logout/", opened(ended, LINK))
    sign_in(ended)
    assert "10000104" not in words(ended, LINK)


def test_another_member_who_signed_in_before_it_was_sent_never_sees_it(browser: Client) -> None:
    form = opened(browser, LINK)
    time_out(browser)
    sign_in(browser, OTHER)
    for sent in ({}, {"only_keep": "1"}):
        answer = browser.post(LINK, {**form, **NUMBER, **sent})
        assert answer.status_code == 403  # another token by now
        assert "10000104" not in answer.content.decode()
    form["csrfmiddlewaretoken"] = opened(browser, LINK)["csrfmiddlewaretoken"]
    answer = browser.post(LINK, {**form, **NUMBER, "only_keep": "1"})
    assert answer["Location"] == LINK
    assert "10000104" not in words(browser, LINK)


def test_nobody_sees_it_without_signing_in(ended: Client) -> None:
    assert ended.get(LINK)["Location"].startswith("/accounts/login/")
    assert "10000104" not in words(ended, f"/accounts/login/?next={LINK}")


def test_who_has_signed_in_again_in_another_tab_gets_the_form_at_once(browser: Client) -> None:
    form = opened(browser, LINK)
    time_out(browser)
    sign_in(browser)
    answer = browser.post(LINK, {**form, **NUMBER})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Please try again." in page
    assert 'value="10000104"' in page
    assert not LinkedAccount.objects.filter(account__account_number="10000104").exists()


def test_a_token_and_a_session_that_are_both_old_lead_the_same_way(browser: Client) -> None:
    form = opened(browser, LINK)
    time_out(browser)
    del browser.cookies[settings.CSRF_COOKIE_NAME]
    answer = browser.post(LINK, {**form, **NUMBER})
    assert answer["Location"] == f"/accounts/login/?next={LINK}"
    sign_in(browser)
    assert "10000104" in words(browser, LINK)


def test_a_forged_form_is_not_kept(browser: Client, cast: Cast) -> None:
    """The seal is not ours, or is another member's, another page's, another site's, or too old."""
    own = opened(browser, LINK)
    stranger = Client(enforce_csrf_checks=True)
    sign_in(stranger, OTHER)
    theirs = opened(stranger, LINK)["typed_by"]
    time_out(browser)
    forged = signing.Signer(salt="another").sign_object([cast.laundry.pk, cast.biller.pk, LINK])
    page = "/accounts/login/code/"
    elsewhere = typed.SIGNER.sign_object([cast.laundry.pk, cast.biller.pk, page])
    for seal in ("", "x", theirs, forged, elsewhere, own["typed_by"][:-1], "\x00"):
        browser.post(LINK, {**own, **NUMBER, "typed_by": seal})
        sign_in(browser)
        assert "10000104" not in words(browser, LINK)
        browser.post("/accounts/logout/", opened(browser, LINK))
    evil = browser.post(LINK, {**own, **NUMBER}, headers={"origin": "https://evil.example"})
    assert evil.status_code == 403
    sign_in(browser)
    assert "10000104" not in words(browser, LINK)


def test_it_is_bounded_in_size_and_time(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    form = opened(browser, LINK)
    time_out(browser)
    answer = browser.post(LINK, {**form, **NUMBER, "name": "x" * typed.MOST})
    assert answer["Location"].endswith("&lost=1")
    browser.post(LINK, {**form, **NUMBER})
    monkeypatch.setattr(typed, "LIFE", -1)
    sign_in(browser)
    assert "10000104" not in words(browser, LINK)


def test_not_at_another_billers_host(ended: Client) -> None:
    people.other_biller()
    there = Client(headers={"host": "power.localhost"})
    there.cookies[settings.SESSION_COOKIE_NAME] = ended.session.session_key
    there.get("/accounts/register/")
    assert "10000104" not in words(there, f"/accounts/login/?next={LINK}")
    assert STILL_THERE not in words(there, f"/accounts/login/?next={LINK}")


def test_a_seal_of_another_biller_counts_for_nothing(browser: Client, cast: Cast) -> None:
    form = opened(browser, LINK)
    power = people.other_biller()
    form["typed_by"] = typed.SIGNER.sign_object([cast.laundry.pk, power.pk, LINK])
    time_out(browser)
    assert browser.post(LINK, {**form, **NUMBER})["Location"].endswith("&lost=1")


def test_the_key_of_a_session_that_was_signed_out_opens_nothing(ended: Client) -> None:
    key = ended.session.session_key
    sign_in(ended)
    assert ended.session.session_key != key  # a new key at sign-in
    old = Client()
    old.cookies[settings.SESSION_COOKIE_NAME] = key
    assert old.get(LINK).status_code == 302
    assert typed.SESSION_KEY not in old.session
    assert "10000104" in words(ended, LINK)


def test_a_page_whose_session_has_ended_only_keeps_its_form(browser: Client) -> None:
    """Signed in again in another tab before session.js sends it: still nothing is carried out."""
    form = opened(browser, LINK)
    answer = browser.post(LINK, {**form, **NUMBER, "only_keep": "1"})
    assert answer["Location"] == LINK
    assert "10000104" in words(browser, LINK)
    assert not LinkedAccount.objects.filter(account__account_number="10000104").exists()


def test_with_only_keep_and_a_bad_seal_nothing_is_carried_out(browser: Client) -> None:
    form = {**opened(browser, LINK), "typed_by": "x", "only_keep": "1"}
    assert browser.post(LINK, {**form, **NUMBER}).status_code == 302
    assert not LinkedAccount.objects.filter(account__account_number="10000104").exists()


def test_what_is_sent_is_not_in_an_address(ended: Client) -> None:
    answer = ended.get(f"/accounts/login/?next={LINK}")
    assert "Rosa" not in answer.request["QUERY_STRING"]


class TestLanguage:
    """Switching the language keeps what was typed."""

    @pytest.mark.parametrize("page", ["/pay/", "/accounts/register/"])
    def test_of_nobody_in_particular(self, cast: Cast, page: str) -> None:
        browser = Client(enforce_csrf_checks=True)
        form = {**opened(browser, page), **NUMBER, "password": "a secret of mine"}
        answer = browser.post("/language/setlang/", {**form, "language": "es", "next": page})
        assert answer["Location"] == page
        shown = words(browser, page)
        assert '<html lang="es"' in shown
        assert 'value="10000104"' in shown
        assert "a secret of mine" not in shown
        assert ONCE_MORE not in shown
        assert "10000104" not in words(browser, page)  # once

    def test_of_a_member(self, browser: Client) -> None:
        form = {**opened(browser, EMAIL), "email": "new@example.com", "current": "x"}
        browser.post("/language/setlang/", {**form, "language": "es", "next": EMAIL})
        assert 'value="new@example.com"' in words(browser, EMAIL)

    def test_not_without_a_token(self, cast: Cast) -> None:
        browser = Client(enforce_csrf_checks=True)
        form = {"typed_by": opened(browser, "/pay/")["typed_by"], **NUMBER}
        browser.post("/language/setlang/", {**form, "language": "es", "next": "/pay/"})
        page = words(browser, "/pay/")
        assert '<html lang="es"' in page
        assert "10000104" not in page

    def test_not_of_somebody_else(self, browser: Client) -> None:
        stranger = Client()
        sign_in(stranger, OTHER)
        form = {**opened(browser, LINK), "typed_by": opened(stranger, LINK)["typed_by"]}
        browser.post("/language/setlang/", {**form, **NUMBER, "language": "es", "next": LINK})
        assert "10000104" not in words(browser, LINK)

    def test_who_types_nothing_gets_no_session(self, cast: Cast) -> None:
        browser = Client(enforce_csrf_checks=True)
        form = {**opened(browser, "/pay/"), "account_number": ""}
        browser.post("/language/setlang/", {**form, "language": "es", "next": "/pay/"})
        assert settings.SESSION_COOKIE_NAME not in browser.cookies
