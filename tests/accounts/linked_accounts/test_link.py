"""Linking another account: /accounts/link/."""

import pytest
from django.test import Client

from accounts.linked_accounts import services as linking
from accounts.models import LinkedAccount, UtilityAccount
from icsso.billers.models import Biller
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD, Cast, other_biller
from tests.sandbox_process import SandboxProcess

PROOF = {"account_number": "10000104", "name": "Rosa Delgado"}
MISMATCH = "find an account that matches"


def test_a_proved_account_is_linked_and_waits_for_the_password(
    sandbox: SandboxProcess, laundry: Client, cast: Cast
) -> None:
    answer = laundry.post("/accounts/link/", PROOF)
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/confirm/?next=%2Faccounts%2F"
    link = cast.laundry.links.get(account__account_number="10000104")
    assert link.state == LinkedAccount.State.PENDING
    assert not link.is_first
    page = laundry.get("/accounts/").content.decode()
    assert "Now confirm your password to see its bills" in page
    assert "see this account's bills yet" in page
    assert sandbox.control("GET", "/_control/api/calls") == []


def test_the_first_account_is_shown_first(client: Client, cast: Cast) -> None:
    cast.neighbour.links.all().delete()
    client.force_login(cast.neighbour)
    client.post("/accounts/link/", PROOF)
    assert cast.neighbour.links.get().is_first


@pytest.mark.parametrize(
    "wrong",
    [
        {"account_number": "10000104", "name": "Ana Torres"},
        {"account_number": "10000102", "name": "Rosa Delgado"},
        {"account_number": "99999999", "name": "Rosa Delgado"},
    ],
)
def test_every_mismatch_gets_the_same_words_and_links_nothing(
    laundry: Client, cast: Cast, wrong: dict[str, str]
) -> None:
    page = laundry.post("/accounts/link/", wrong)
    assert page.status_code == 200
    assert MISMATCH in page.content.decode()
    assert f'value="{wrong["account_number"]}"' in page.content.decode()
    assert cast.laundry.links.count() == 1


def test_an_account_of_another_biller_cannot_be_linked(laundry: Client, cast: Cast) -> None:
    UtilityAccount.objects.create(biller=other_biller(), account_number="777", name="Ann Burns")
    page = laundry.post("/accounts/link/", {"account_number": "777", "name": "Burns"})
    assert MISMATCH in page.content.decode()
    assert cast.laundry.links.count() == 1


def test_the_proof_is_what_the_biller_chose(laundry: Client, cast: Cast) -> None:
    cast.biller.signup_proof = Biller.Proof.ZIP
    cast.biller.save()
    page = laundry.get("/accounts/link/").content.decode()
    assert "ZIP code" in page
    assert "Full name" not in page
    laundry.post("/accounts/link/", {"account_number": "10000104", "zip": "62701"})
    assert cast.laundry.links.count() == 2


def test_an_account_that_is_in_the_list_already_stays_as_it_is(laundry: Client, cast: Cast) -> None:
    before = cast.laundry.links.get()
    page = laundry.post(
        "/accounts/link/", {"account_number": "10000101", "name": "Willows Laundry"}, follow=True
    )
    assert page.redirect_chain == [("/accounts/", 302)]
    assert "This account is already on your list" in page.content.decode()
    assert cast.laundry.links.get() == before
    with pytest.raises(linking.AlreadyLinked):
        linking.link(member=cast.laundry, account=cast.account("10000101"))


def test_two_people_of_a_household_may_link_the_same_account(laundry: Client, cast: Cast) -> None:
    laundry.post("/accounts/link/", {"account_number": "10000102", "name": "Ana Torres"})
    assert LinkedAccount.objects.filter(account__account_number="10000102").count() == 2


def test_guessing_is_stopped_before_the_account_is_looked_up(laundry: Client, cast: Cast) -> None:
    guess = {"account_number": "10000104", "name": "Nobody"}
    for _ in range(10):
        assert laundry.post("/accounts/link/", guess).status_code == 200
    page = laundry.post("/accounts/link/", PROOF)
    assert page.status_code == 429
    assert "Too many tries" in page.content.decode()
    assert cast.laundry.links.count() == 1


def test_strangers_are_sent_to_sign_in(client: Client, cast: Cast) -> None:
    assert client.get("/accounts/link/").headers["Location"] == (
        "/accounts/login/?next=/accounts/link/"
    )
    assert client.post("/accounts/link/", PROOF).status_code == 302
    assert not LinkedAccount.objects.filter(account__account_number="10000104").exists()


def test_with_the_password_confirmed_it_is_registered_at_invoice_cloud(
    sandbox: SandboxProcess, client: Client, cast: Cast
) -> None:
    credentials = {"username": LAUNDRY_EMAIL, "password": LAUNDRY_PASSWORD}
    client.post("/accounts/login/", credentials)
    confirm = client.post("/accounts/link/", PROOF)["Location"]
    assert sandbox.customer("10000104")["registered_by"] is None
    done = client.post(confirm, {"password": LAUNDRY_PASSWORD})
    assert done["Location"] == "/accounts/"
    assert sandbox.customer("10000104")["registered_by"] == LAUNDRY_EMAIL
    link = cast.laundry.links.get(account__account_number="10000104")
    assert link.state == LinkedAccount.State.REGISTERED
    page = client.get("/accounts/").content.decode()
    assert page.count("Account number 100001") == 2
    assert "see this account's bills yet" not in page
