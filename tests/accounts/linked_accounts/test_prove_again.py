"""A member's pages when the CIS has given their account to another customer: nothing of it shows,
and it can be proved again or removed."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.invoice_cloud.connect import connect
from accounts.invoice_cloud.sync import sync_accounts
from accounts.linked_accounts import balances, kept
from accounts.linked_accounts import services as linking
from accounts.linked_accounts.balance import Balance
from accounts.linked_accounts.customers import Renamed, change_customers, forget_balances
from accounts.models import LinkedAccount, Member, Signup, UtilityAccount
from icsso.billers.models import Biller
from payments.checkout.history import added_payments_of
from payments.models import Checkout, Payment
from tests.accounts.there import There
from tests.browser.looks import assert_accessible
from tests.cast import Cast, member
from tests.journeys.walks import sign_in
from tests.payments.paying import members, paid_lately

EMAIL, PASSWORD = "rosa@example.com", "seven herons over the mill"
PRIYA = {"name": "PRIYA RAMAN", "address": "77 River Road"}
OF_PRIYA = ("PRIYA", "RAMAN", "River Road", "10000104", "$321.00")


def give_to_priya(account: UtilityAccount) -> None:
    before = account.name
    UtilityAccount.objects.filter(pk=account.pk).update(**PRIYA)
    forget_balances(change_customers([Renamed(account.pk, before, PRIYA["name"])], account.biller))


@pytest.fixture
def rosa(cast: Cast) -> Member:
    """Rosa Delgado, whose account is Priya Raman's by now."""
    rosa = member(cast.biller, EMAIL, PASSWORD, "10000104")
    give_to_priya(cast.account("10000104"))
    return rosa


@pytest.fixture
def at_home(client: Client, rosa: Member) -> Client:
    client.force_login(rosa)
    return client


def text(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def keep_balance(account: UtilityAccount) -> None:
    """What Priya's page keeps, or nobody's."""
    assert kept.keep(account.pk, Balance(amount=Decimal("321.00")))


def test_no_page_shows_anything_of_it(at_home: Client, rosa: Member, cast: Cast) -> None:
    account = cast.account("10000104")
    keep_balance(account)
    pages = ("/", "/accounts/", "/pay/quick/", f"/pay/quick/?account={account.pk}", "/pay/history/")
    for page in (*pages, f"/accounts/{account.pk}/prove/"):
        shown = text(at_home, page)
        assert not [secret for secret in OF_PRIYA if secret in shown], page
    for page in ("", "balance/"):
        assert at_home.get(f"/accounts/{account.pk}/{page}").status_code == 404
    assert at_home.post(f"/accounts/{account.pk}/first/").status_code == 404
    moved = at_home.get(f"/accounts/{account.pk}/unlink/")
    assert moved["Location"] == f"/accounts/{account.pk}/prove/"


def test_it_cannot_be_paid_from_the_members_list(at_home: Client, rosa: Member, cast: Cast) -> None:
    linking.link(member=rosa, account=cast.account("10000106"))
    answer = at_home.post("/pay/quick/", {"account": cast.account("10000104").pk})
    assert "Choose one of your accounts." in answer.content.decode()
    assert not Checkout.objects.exists()


def test_dashboard_and_list_say_so_and_lead_to_the_proof(at_home: Client, cast: Cast) -> None:
    for page in ("/", "/accounts/"):
        shown = text(at_home, page)
        assert "has changed the customer name of this account" in shown
        assert f'href="/accounts/{cast.account("10000104").pk}/prove/"' in shown
        assert "Account ending in 0104" in shown
        assert "haven&#x27;t linked an account" not in shown


def test_who_proves_the_new_name_sees_it_again(at_home: Client, rosa: Member, cast: Cast) -> None:
    address = f"/accounts/{cast.account('10000104').pk}/prove/"
    for wrong in ("Rosa Delgado", "Delgado", "Priya", ""):
        assert at_home.post(address, {"name": wrong}).status_code == 200
        assert not rosa.links.exists()
    answer = at_home.post(address, {"name": "Priya Raman"})
    assert answer["Location"] == "/accounts/confirm/?next=%2Faccounts%2F"
    link = rosa.links.get()
    assert (link.state, link.origin, link.held_as) == ("pending", "proof", "")
    assert at_home.get(address).status_code == 404


def test_where_the_zip_code_proves_the_name_is_needed_too(
    at_home: Client, rosa: Member, cast: Cast
) -> None:
    """The former customer knows the ZIP code as well as the next one."""
    Biller.objects.update(signup_proof=Biller.Proof.ZIP)
    address = f"/accounts/{cast.account('10000104').pk}/prove/"
    at_home.post(address, {"zip": "62701"})
    at_home.post(address, {"zip": "62701", "name": "Rosa Delgado"})
    assert not rosa.links.exists()
    entered = {"account_number": "10000104", "zip": "62701"}
    assert at_home.post("/accounts/link/", entered).status_code == 200
    entered["name"] = "Priya Raman"
    assert at_home.post("/accounts/link/", entered)["Location"] == address
    assert not rosa.links.exists()
    at_home.post(address, {"zip": "62701", "name": "Priya Raman"})
    assert rosa.links.exists()


def test_removing_it_first_does_not_get_around_the_name(
    at_home: Client, rosa: Member, cast: Cast
) -> None:
    Biller.objects.update(signup_proof=Biller.Proof.ZIP)
    at_home.post(f"/accounts/{cast.account('10000104').pk}/unlink/")
    entered = {"account_number": "10000104", "zip": "62701"}
    for name in ({}, {"name": ""}, {"name": "Rosa Delgado"}):
        asked = " ".join(at_home.post("/accounts/link/", entered | name).content.decode().split())
        assert 'name="name"' in asked
        assert not [secret for secret in OF_PRIYA if secret in asked.replace("10000104", "")]
        assert not rosa.all_links.exists()
    at_home.post("/accounts/link/", entered | {"name": "Priya Raman"})
    assert rosa.links.exists()


def test_signing_up_with_another_email_does_not_get_around_the_name(
    client: Client, rosa: Member
) -> None:
    Biller.objects.update(signup_proof=Biller.Proof.ZIP)
    entered = {"account_number": "10000104", "zip": "62701", "email": "new@example.com"}
    entered["password"] = "a long copper kettle porch"
    page = client.post("/accounts/register/", entered).content.decode()
    assert "This account has had another customer" in page
    assert 'name="name"' in page
    wrong = client.post("/accounts/register/", entered | {"zip": "99999"}).content.decode()
    assert "another customer" not in wrong
    assert 'name="name"' not in wrong
    client.post("/accounts/register/", entered | {"name": "Rosa Delgado"})
    assert not Signup.objects.exists()
    client.post("/accounts/register/", entered | {"name": "Priya Raman"})
    assert Signup.objects.exists()


def test_an_account_that_never_changed_needs_the_zip_code_alone(
    at_home: Client, rosa: Member
) -> None:
    Biller.objects.update(signup_proof=Biller.Proof.ZIP)
    at_home.post("/accounts/link/", {"account_number": "10000106", "zip": "62701"})
    assert rosa.links.exists()


def test_attempts_are_limited(at_home: Client, cast: Cast) -> None:
    address = f"/accounts/{cast.account('10000104').pk}/prove/"
    answers = [at_home.post(address, {"name": f"Guess{n}"}).status_code for n in range(30)]
    assert 429 in answers


def test_it_can_be_removed(at_home: Client, rosa: Member, cast: Cast) -> None:
    at_home.post(f"/accounts/{cast.account('10000104').pk}/unlink/")
    assert not rosa.all_links.exists()
    assert rosa.unlinked_accounts.exists()
    assert "linked an account yet" in text(at_home, "/")


def test_nobody_else_may_prove_or_remove_it(client: Client, rosa: Member, cast: Cast) -> None:
    client.force_login(cast.laundry)
    for page in ("prove/", "unlink/"):
        address = f"/accounts/{cast.account('10000104').pk}/{page}"
        assert client.get(address).status_code == 404
        assert client.post(address, {"name": "Priya Raman"}).status_code == 404
    assert rosa.all_links.exists()


def test_each_customer_sees_the_payments_of_their_own_time(rosa: Member, cast: Cast) -> None:
    account, now = cast.account("10000104"), timezone.now()
    LinkedAccount.objects.update(needs_proof_since=now)
    account.customer_changes.update(at=now)
    for at, method in ((now - timedelta(minutes=1), "former"), (now, "present")):
        payment = Payment.objects.create(
            biller=cast.biller,
            account=account,
            paid_at=at,
            method=method,
            payment_guid=uuid4(),
            source=Payment.Source.RECONCILIATION,
        )
        payment.lines.create(amount=Decimal(len(method)), fee=Decimal(0))
    priya = member(cast.biller, "priya@example.com", PASSWORD, "10000104")
    assert list(added_payments_of(rosa)) == []
    assert paid_lately(rosa) == {}
    assert [payment.method for payment in added_payments_of(priya)] == ["present"]
    assert paid_lately(priya) == {account.pk: Decimal(len("present"))}


def test_what_the_member_paid_from_here_stays_theirs(
    at_home: Client, rosa: Member, cast: Cast
) -> None:
    checkout = members(cast, "10000104", member=rosa)
    checkout.mark_returned()
    for page in ("/pay/history/", f"/pay/{checkout.address}/receipt/"):
        shown = text(at_home, page)
        assert "10000104" in shown
        assert not [secret for secret in ("RAMAN", "River Road") if secret in shown]


def test_a_balance_kept_from_before_is_forgotten(cast: Cast) -> None:
    member(cast.biller, EMAIL, PASSWORD, "10000104")
    account = cast.account("10000104")
    keep_balance(account)
    give_to_priya(account)
    assert balances.known(account) is None
    assert kept.last([account.pk]) == {}


def test_invoice_clouds_list_neither_links_it_again_nor_is_it_registered(
    there: There, cast: Cast
) -> None:
    """The former customer's registration stays there for good."""
    rosa = member(cast.biller, EMAIL, PASSWORD, "10000104")
    there.register(EMAIL, PASSWORD, "10000104")
    connect(rosa, PASSWORD)
    sync_accounts(rosa, PASSWORD)
    give_to_priya(cast.account("10000104"))
    there.calls()
    connect(rosa, PASSWORD)
    run = sync_accounts(rosa, PASSWORD)
    assert (run.linked, run.registered, run.failure) == (0, 0, "")
    assert "register_accounts" not in there.operations()
    assert not rosa.links.exists()
    assert cast.account("10000104").customer_guid is None
    rosa.all_links.all().delete()  # nor when support has deleted it and what was noted of that
    sync_accounts(rosa, PASSWORD)
    assert not rosa.all_links.exists()


def test_a_member_without_a_registration_does_not_get_one_for_it(
    there: There, rosa: Member
) -> None:
    connect(rosa, PASSWORD)
    assert not [name for name in there.operations() if "register" in name or "create" in name]
    assert LinkedAccount.objects.get(member=rosa).state == LinkedAccount.State.PENDING


def test_it_looks_right_and_works_in_a_browser(
    there: There, page: Page, rosa: Member, cast: Cast
) -> None:
    rosa.all_links.update(nickname="Beach house")
    sign_in(page, EMAIL, PASSWORD)
    page.goto("/")
    assert_accessible(page)
    page.get_by_role("link", name="Prove or remove it").click()
    expect(page.get_by_role("button", name="Prove it's mine")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Name on your bill").fill("Rosa Delgado")
    page.get_by_role("button", name="Prove it's mine").click()
    expect(page.get_by_role("alert")).to_contain_text("That doesn't match what we have")
    assert_accessible(page)
    page.get_by_label("Name on your bill").fill("priya raman")
    page.get_by_role("button", name="Prove it's mine").click()
    expect(page.get_by_role("heading", name="Confirm your password")).to_be_visible()
    assert rosa.links.exists()
