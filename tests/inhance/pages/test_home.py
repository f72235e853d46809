"""The first page of somebody who is not signed in."""

import pytest
from django.test import Client

from accounts.models import User, UtilityAccount
from icsso.billers.models import Biller
from tests.cast import Cast, other_biller
from tests.payments import paying

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(biller: Biller, client: Client):
    return lambda **headers: client.get("/", HTTP_HOST="localhost", **headers)


def test_two_doors_and_a_third(home):
    page = home().content.decode()
    assert 'href="/pay/"' in page
    assert 'href="/accounts/login/"' in page
    assert 'href="/accounts/register/"' in page
    assert "Springfield Water" in page
    assert "(217) 555-0100" in page
    assert "Monday to Friday, 8 am to 5 pm" in page
    assert "help@springfield-water.example" in page


def test_nobody_signed_in_gets_no_cookie_and_no_sign_out(home):
    response = home()
    assert not response.cookies
    assert "Sign out" not in response.content.decode()


def test_a_member_sees_the_dashboard(client: Client, cast: Cast):
    client.force_login(cast.laundry)
    page = client.get("/", HTTP_HOST="localhost").content.decode()
    assert "10000101" in page
    assert "Sign out" in page


def test_what_was_paid_here_today_stands_on_the_dashboard(client: Client, cast: Cast):
    checkout = paying.members(cast)
    paying.send_postback(client, checkout, paying.postback_fields(checkout))
    client.force_login(cast.laundry)
    assert "You paid $84.20 today" in client.get("/", HTTP_HOST="localhost").content.decode()
    client.force_login(cast.neighbour)
    assert "$84.20" not in client.get("/", HTTP_HOST="localhost").content.decode()


def test_addresses_hold_numbers_without_thousands_separators(client: Client, cast: Cast):
    account = UtilityAccount.objects.create(
        pk=12345, biller=cast.biller, account_number="90000001", name="Willows Laundry"
    )
    cast.laundry.all_links.create(account=account)
    client.force_login(cast.laundry)
    page = client.get("/", HTTP_HOST="localhost").content.decode()
    assert 'value="12345"' in page
    assert "12,345" not in page


def test_staff_see_the_doors(client: Client, biller: Biller):
    client.force_login(User.objects.create_superuser("staff@example.com"))
    page = client.get("/", HTTP_HOST="localhost").content.decode()
    assert "Sign out" not in page
    assert 'href="/pay/"' in page


def test_a_member_of_another_biller_is_nobody_here(client: Client, cast: Cast):
    stranger = User.objects.create_user("someone@example.com", biller=other_biller())
    client.force_login(stranger)
    assert "Sign out" not in client.get("/", HTTP_HOST="localhost").content.decode()
