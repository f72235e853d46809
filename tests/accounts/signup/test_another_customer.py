"""Sign-ups for an account that the CIS gives to another customer."""

import pytest
from django.core import mail
from django.test import Client

from accounts.linked_accounts.customers import Renamed, change_customers
from accounts.models import Member, Signup, UtilityAccount
from accounts.signup import existing_login
from icsso.billers.models import Biller
from tests.accounts.one_time_links import link_in
from tests.accounts.signup.bringing import EMAIL, PASSWORD, bring, brought, has_login
from tests.accounts.there import There
from tests.cast import Cast

FORM = {
    "account_number": "10000104",
    "name": "Rosa Delgado",
    "email": EMAIL,
    "password": PASSWORD,
}


@pytest.fixture(autouse=True)
def _at_a_quick_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(existing_login, "PACE", 0.01)


def give_to_priya(cast: Cast) -> None:
    account = cast.account("10000104")
    UtilityAccount.objects.filter(pk=account.pk).update(name="PRIYA RAMAN", address="77 River Road")
    change_customers([Renamed(account.pk, account.name, "PRIYA RAMAN")], cast.biller)


def test_the_link_of_a_sign_up_under_way_no_longer_works(client: Client, cast: Cast) -> None:
    assert client.post("/accounts/register/", FORM).status_code == 302
    link = link_in(mail.outbox[-1])
    give_to_priya(cast)
    assert not Signup.objects.exists()
    assert client.get(link).status_code == 410
    assert client.post(link, {"password": PASSWORD}).status_code == 410
    assert client.get("/accounts/register/sent/")["Location"] == "/accounts/register/"
    assert not Member.objects.filter(email=EMAIL).exists()


def test_a_former_customers_login_does_not_bring_it(
    there: There, client: Client, cast: Cast
) -> None:
    """Invoice Cloud lists it for the former customer for good."""
    has_login(there)
    link = brought(client)
    page = client.get("/accounts/register/sent/").content.decode()
    assert "18 Mill Street" in page
    give_to_priya(cast)
    page = client.get("/accounts/register/sent/").content.decode()
    assert "River Road" not in page
    client.post(link, {"password": PASSWORD})
    rosa = Member.objects.get(email=EMAIL)
    assert [str(linked.account) for linked in rosa.all_links.all()] == ["10000103"]


def test_a_login_with_only_such_an_account_is_refused_in_the_usual_words(
    there: There, client: Client, cast: Cast
) -> None:
    has_login(there, "10000104")
    give_to_priya(cast)
    page = bring(client).content.decode()
    assert "find an account here with that email and password" in page


def test_a_former_customers_login_with_proof_of_the_former_name_is_refused(
    there: There, client: Client, cast: Cast
) -> None:
    Biller.objects.update(listed_accounts_need_proof=True)
    has_login(there)
    link = brought(client)
    give_to_priya(cast)
    proof = {"account_number": "10000104", "name": "Rosa Delgado", "password": PASSWORD}
    page = client.post(link, proof).content.decode()
    assert "find an account that matches" in page
    assert not Member.objects.filter(email=EMAIL).exists()
