"""A second tab: its sign-in form was opened before the first tab signed in."""

from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.fixtures import Settings

from tests import cast as people
from tests.accounts.codes import right_code, sign_in, turn_on
from tests.accounts.one_time_links import link_in
from tests.cast import Cast

LOGIN, ADMIN = "/accounts/login/", "/admin/login/"
GOOD = {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD}
AGAIN = "Please try again."


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True)


def opened(browser: Client, address: str) -> dict[str, str]:
    """Returns the token of the form in a tab."""
    return {"csrfmiddlewaretoken": str(browser.get(address).context["csrf_token"])}


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


@pytest.mark.parametrize("second", [GOOD, {**GOOD, "password": "wrong"}, {}])
def test_whoever_is_signed_in_is_led_to_the_page_asked_for(
    cast: Cast, browser: Client, second: dict[str, str]
) -> None:
    tab, other = opened(browser, LOGIN), opened(browser, f"{LOGIN}?next=/accounts/")
    assert browser.post(LOGIN, {**GOOD, **tab}).status_code == 302
    answer = browser.post(f"{LOGIN}?next=/accounts/", {**second, **other})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/")
    page = browser.get("/accounts/")
    assert page.status_code == 200
    assert AGAIN not in page.content.decode()


def test_only_to_a_page_of_ours(cast: Cast, browser: Client) -> None:
    tab, other = opened(browser, LOGIN), opened(browser, LOGIN)
    browser.post(LOGIN, {**GOOD, **tab})
    answer = browser.post(f"{LOGIN}?next=https://evil.example/", {**GOOD, **other})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_the_others_get_the_form_again_with_their_address(cast: Cast, browser: Client) -> None:
    """Somebody signed in and out in the first tab, or the cookie is gone."""
    tab, other = opened(browser, LOGIN), opened(browser, f"{LOGIN}?next=/accounts/")
    browser.post(LOGIN, {**GOOD, **tab})
    browser.post("/accounts/logout/", opened(browser, "/accounts/"))
    answer = browser.post(f"{LOGIN}?next=/accounts/", {**GOOD, **other})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert AGAIN in page
    assert f'value="{people.LAUNDRY_EMAIL}"' in page
    assert people.LAUNDRY_PASSWORD not in page
    assert not is_signed_in(browser)
    token = {"csrfmiddlewaretoken": str(answer.context["csrf_token"])}
    answer = browser.post(f"{LOGIN}?next=/accounts/", {**GOOD, **token})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/")


def test_a_browser_that_lost_its_cookie_gets_the_form_again(cast: Cast, browser: Client) -> None:
    tab = opened(browser, LOGIN)
    browser.cookies.clear()
    answer = browser.post(LOGIN, {**GOOD, **tab})
    assert (answer.status_code, AGAIN in answer.content.decode()) == (200, True)
    assert not is_signed_in(browser)
    assert answer.cookies[settings.CSRF_COOKIE_NAME].value


def test_nobody_is_signed_in_as_somebody_else(cast: Cast, browser: Client) -> None:
    """A stranger's form cannot sign a victim in: with the stranger's token, none, or from another
    origin."""
    foreign = opened(Client(), LOGIN)
    strangers = {"username": people.NEIGHBOUR_EMAIL, "password": people.NEIGHBOUR_PASSWORD}
    own = opened(browser, LOGIN)
    evil = {"origin": "https://evil.example"}
    answers = [
        browser.post(LOGIN, {**strangers, **foreign}),
        browser.post(LOGIN, strangers),
        browser.post(LOGIN, {**strangers, **own}, headers=evil),
    ]
    assert [answer.status_code for answer in answers] == [200, 403, 403]
    assert not is_signed_in(browser)
    browser.post(LOGIN, {**GOOD, **own})
    assert browser.post(LOGIN, {**strangers, **foreign})["Location"] == "/"
    assert int(browser.session["_auth_user_id"]) == cast.laundry.pk


def test_an_attempt_that_is_not_read_is_not_counted(cast: Cast, browser: Client) -> None:
    foreign = opened(Client(), LOGIN)
    for _ in range(12):
        assert browser.post(LOGIN, {**GOOD, **foreign}).status_code == 200
    assert browser.post(LOGIN, {**GOOD, **opened(browser, LOGIN)}).status_code == 302


def test_at_the_second_step(cast: Cast, browser: Client) -> None:
    turn_on(sign_in())
    browser.post(LOGIN, {**GOOD, **opened(browser, LOGIN)})
    page = "/accounts/login/code/?next=/accounts/"
    tab, other = opened(browser, page), opened(browser, page)
    assert browser.post(page, {"code": right_code(cast.laundry), **tab}).status_code == 302
    answer = browser.post(page, {"code": "000000", **other})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/")


def test_staff(cast: Cast, browser: Client, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = False
    clerk = people.staff("support", cast.biller)
    given = {"username": clerk.email, "password": people.STAFF_PASSWORD}
    page = f"{ADMIN}?next=/admin/accounts/member/"
    tab, other, third = opened(browser, page), opened(browser, page), opened(browser, page)
    assert browser.post(page, {**given, **tab}).status_code == 302
    answer = browser.post(page, {**given, **other}, follow=True)
    assert answer.redirect_chain[-1] == ("/admin/accounts/member/", 302)
    browser.cookies.clear()
    answer = browser.post(page, {**given, **third})
    assert answer.status_code == 200
    assert AGAIN in answer.content.decode()
    assert f'value="{clerk.email}"' in answer.content.decode()
    assert not is_signed_in(browser)


def test_every_other_form_is_refused_as_before(cast: Cast, browser: Client) -> None:
    foreign = opened(Client(), LOGIN)
    browser.post(LOGIN, {**GOOD, **opened(browser, LOGIN)})
    for address in ("/accounts/logout/", "/accounts/sign-in/email/", "/pay/quick/", "/pay/"):
        assert browser.post(address, foreign).status_code == 403
    assert is_signed_in(browser)
    assert marked(get_resolver().url_patterns) == {
        *("accounts.login.views.login", "accounts.login.views.confirm"),
        *("accounts.mfa.login_stage.enter_code", "accounts.mfa.staff_views.enter_code"),
        *("accounts.signup.views.finish", "accounts.signup.existing_login_views.begin"),
        "accounts.helpers.invitation_views.invitation",
        "accounts.mfa.passkeys.sign_in_views.sign_in",
        "inhance.admin.login",
    }


def marked(patterns: list[Any]) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= marked(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and getattr(pattern.callback, "reopens", False):
            found.add(f"{pattern.callback.__module__}.{pattern.callback.__name__}")
    return found


def test_the_last_step_of_signing_up(cast: Cast, browser: Client) -> None:
    given = {"account_number": "10000102", "name": "Ana Torres", "email": "ana@example.com"}
    password = "seven herons over the mill"
    Client().post("/accounts/register/", {**given, "password": password})
    link = link_in(mail.outbox.pop())
    foreign = opened(Client(), LOGIN)
    answer = browser.post(link, {"password": password, **foreign})
    assert (answer.status_code, AGAIN in answer.content.decode()) == (200, True)
    assert not is_signed_in(browser)
    token = {"csrfmiddlewaretoken": str(answer.context["csrf_token"])}
    assert browser.post(link, {"password": password, **token}).status_code == 302
