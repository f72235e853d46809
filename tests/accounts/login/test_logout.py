"""Signing out: /accounts/logout/."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from tests import cast as people
from tests.accounts.there import There
from tests.cast import Cast


def test_ends_the_session_and_forgets_the_token(there: There, cast: Cast, client: Client) -> None:
    good = {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD}
    client.post("/accounts/login/", good)
    key = client.session.session_key
    response = client.post("/accounts/logout/")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert not Session.objects.filter(session_key=key).exists()
    assert client.get("/accounts/").status_code == 302


@pytest.mark.parametrize("is_staff", [False, True])
def test_a_copy_of_the_cookie_opens_nothing_afterwards(
    cast: Cast, client: Client, *, is_staff: bool
) -> None:
    person = people.staff("support", cast.biller) if is_staff else cast.laundry
    home, out = ("/admin/", "/admin/logout/") if is_staff else ("/accounts/", "/accounts/logout/")
    client.force_login(person)
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert thief.get(home).status_code == 200
    client.post(out)
    assert thief.get(home).status_code == 302


def test_a_link_from_elsewhere_does_not_sign_out(cast: Cast, client: Client) -> None:
    client.force_login(cast.laundry)
    assert client.get("/accounts/logout/").status_code == 405
    assert client.get("/accounts/").status_code == 200


def test_works_for_who_is_not_signed_in(cast: Cast, client: Client) -> None:
    assert client.post("/accounts/logout/").status_code == 302


def test_staff_are_led_to_their_own_sign_in_page_and_told(cast: Cast, client: Client) -> None:
    client.force_login(people.staff("support", cast.biller))
    answer = client.post("/admin/logout/", follow=True)
    assert answer.redirect_chain == [("/admin/login/", 302)]
    page = answer.content.decode()
    assert "You are signed out." in page
    assert 'name="password"' in page
    assert "You are signed out." not in client.get("/admin/login/").content.decode()
