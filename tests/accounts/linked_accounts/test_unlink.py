"""Unlinking an account: /accounts/<pk>/unlink/, which asks again."""

from django.test import Client

from accounts.linked_accounts import services as linking
from accounts.models import LinkedAccount, UnlinkedAccount
from tests.cast import MANAGER_EMAIL, MANAGER_PASSWORD, Cast
from tests.sandbox_process import SandboxProcess


def test_asks_again_and_says_what_happens_to_autopay_and_paperless(
    laundry: Client, cast: Cast
) -> None:
    page = laundry.get(_address(cast, "10000101")).content.decode()
    assert "Unlink this account?" in page
    assert "12 Mill Street" in page
    assert "AutoPay, Paperless, and Pay by Text will stay as they are." in page
    assert 'href="/billing/autopay/"' in page
    assert cast.laundry.links.count() == 1


def test_takes_the_account_from_the_list_and_remembers_that(laundry: Client, cast: Cast) -> None:
    page = laundry.post(_address(cast, "10000101"), follow=True)
    assert page.redirect_chain == [("/accounts/", 302)]
    assert "no longer on your list" in page.content.decode()
    assert cast.laundry.links.count() == 0
    assert UnlinkedAccount.objects.get().account == cast.account("10000101")
    assert cast.laundry.unlinked_accounts.count() == 1


def test_linking_it_again_forgets_that(laundry: Client, cast: Cast) -> None:
    laundry.post(_address(cast, "10000101"))
    linking.link(member=cast.laundry, account=cast.account("10000101"))
    assert cast.laundry.links.get().is_first
    assert UnlinkedAccount.objects.count() == 0


def test_twice_is_not_an_error_of_ours(laundry: Client, cast: Cast) -> None:
    laundry.post(_address(cast, "10000101"))
    assert laundry.post(_address(cast, "10000101")).status_code == 404
    assert UnlinkedAccount.objects.count() == 1


def test_the_neighbours_account_cannot_be_unlinked(laundry: Client, cast: Cast) -> None:
    address = _address(cast, "10000102")
    assert laundry.get(address).status_code == 404
    assert laundry.post(address).status_code == 404
    assert LinkedAccount.objects.filter(member=cast.neighbour).count() == 1


def test_the_other_person_of_a_household_keeps_theirs(laundry: Client, cast: Cast) -> None:
    linking.link(member=cast.neighbour, account=cast.account("10000101"))
    laundry.post(_address(cast, "10000101"))
    assert cast.neighbour.links.count() == 2


def _address(cast: Cast, number: str) -> str:
    return f"/accounts/{cast.account(number).pk}/unlink/"


def test_it_does_not_come_back_by_itself_at_the_next_sign_in(
    sandbox: SandboxProcess, client: Client, cast: Cast
) -> None:
    credentials = {"username": MANAGER_EMAIL, "password": MANAGER_PASSWORD}
    assert client.post("/accounts/login/", credentials).status_code == 302
    assert client.post(_address(cast, "10000233")).status_code == 302
    client.post("/accounts/logout/")
    client.post("/accounts/login/", credentials)
    assert "10000232" in client.get("/?q=1000023").content.decode()
    assert not cast.manager.links.filter(account=cast.account("10000233")).exists()
    # Invoice Cloud has no way to unregister it: the page has said so.
    assert sandbox.customer("10000233")["registered_by"] == MANAGER_EMAIL
