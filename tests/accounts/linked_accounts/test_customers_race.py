"""An import gives an account to another customer while a request is under way that has read it
before."""

from uuid import uuid4

import pytest

from accounts.invoice_cloud import sync
from accounts.linked_accounts import services as linking
from accounts.linked_accounts.customers import Renamed, change_customers
from accounts.models import LinkedAccount, Member, Signup, UtilityAccount
from accounts.models.sync import AccountSync
from accounts.signup import existing_login
from tests.cast import Cast, member

PASSWORD = "seven herons over the mill"


def give_to_priya(account: UtilityAccount) -> None:
    UtilityAccount.objects.filter(pk=account.pk).update(name="PRIYA RAMAN", customer_guid=None)
    change_customers([Renamed(account.pk, account.name, "PRIYA RAMAN")], account.biller)


@pytest.fixture
def george(cast: Cast) -> Member:
    return member(cast.biller, "george@example.com", PASSWORD, "10000103")


def test_the_former_customers_guid_is_not_stored(cast: Cast, george: Member) -> None:
    read = cast.account("10000103")
    give_to_priya(read)
    read.learn_guid(uuid4())
    assert cast.account("10000103").customer_guid is None
    sync._learn_guids(george, {"10000103": uuid4()}, {})
    assert cast.account("10000103").customer_guid is None


def test_a_guid_is_stored_while_the_customer_is_the_same(cast: Cast, george: Member) -> None:
    first, second = uuid4(), uuid4()
    cast.account("10000103").learn_guid(first)
    assert cast.account("10000103").customer_guid == first
    sync._learn_guids(george, {"10000103": second}, {"10000103": first})
    assert cast.account("10000103").customer_guid == second


def test_invoice_clouds_list_does_not_link_it(cast: Cast) -> None:
    ana = member(cast.biller, "ana@example.com", PASSWORD, "10000106")
    numbers = ["10000103", "10000104"]
    listed = list(cast.biller.accounts.for_numbers(numbers).values())
    give_to_priya(cast.account("10000103"))
    run = AccountSync.objects.create(member=ana)
    sync._link_here(run, listed, is_empty=False)
    assert run.linked == 1
    assert not ana.links.filter(account__account_number="10000103").exists()
    assert ana.links.filter(account__account_number="10000104").exists()


def test_a_sign_up_with_an_existing_login_does_not_link_it(cast: Cast) -> None:
    accounts = [cast.account(number) for number in ("10000103", "10000104")]
    signup = Signup.objects.create(
        biller=cast.biller, email="new@example.com", kind=Signup.Kind.EXISTING_LOGIN
    )
    give_to_priya(accounts[0])
    new = existing_login.finish(
        signup, password=PASSWORD, listed=[account.pk for account in accounts]
    )
    assert [link.account for link in new.links] == accounts[1:]


def test_what_staff_have_just_unlinked_is_not_linked_again(cast: Cast, george: Member) -> None:
    give_to_priya(cast.account("10000103"))
    link = george.all_links.select_related("account__biller", "member").get()
    linking.unlink(LinkedAccount.objects.get(pk=link.pk))
    with pytest.raises(linking.NoLongerLinked):
        linking.prove_again(link, link.account)
    with pytest.raises(linking.NoLongerLinked):
        linking.accept_same_customer(link)
    assert not george.all_links.exists()


def bring(account: UtilityAccount, name: str) -> None:
    before = UtilityAccount.objects.get(pk=account.pk).name
    UtilityAccount.objects.filter(pk=account.pk).update(name=name)
    change_customers([Renamed(account.pk, before, name)], account.biller)


def test_the_right_file_after_a_wrong_one_leaves_no_change(cast: Cast, george: Member) -> None:
    """Invoice Cloud's list would otherwise never link these accounts again."""
    for number in ("10000103", "10000106"):  # with a member and without
        account = cast.account(number)
        right = account.name
        bring(account, "18 MILL STREET")
        assert account.customer_changes.exists()
        bring(account, right)
        assert not account.customer_changes.exists()
    assert george.links.exists()


def test_who_proved_it_in_between_was_a_customer(cast: Cast, george: Member) -> None:
    account = cast.account("10000103")
    right = account.name
    bring(account, "PRIYA RAMAN")
    priya = member(cast.biller, "priya@example.com", PASSWORD)
    linking.link(member=priya, account=cast.account("10000103"))
    bring(account, right)
    assert account.customer_changes.count() == 2
    assert george.links.exists()
    assert not priya.links.exists()
