"""Accounts with another customer as work for staff, and the account's page with everything about
it."""

import html
import re
from collections.abc import Callable

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.linked_accounts import services as linking
from accounts.linked_accounts.customers import Renamed, change_customers
from accounts.models import LinkedAccount, Signup, User, UtilityAccount
from accounts.signup import services as signups
from backoffice.audit.events import Event
from tests import cast as people
from tests.browser.looks import assert_accessible
from tests.cast import STAFF_PASSWORD, Cast, other_biller, staff
from tests.payments.paying import members, opened

WORK = "/admin/accounts/linkawaitingproof/"
Login = Callable[[str], Client]


@pytest.fixture
def rosa(cast: Cast) -> LinkedAccount:
    """Rosa Delgado's linked account, which the CIS has given to Priya Raman."""
    member = people.member(cast.biller, "rosa@example.com", "x", "10000104")
    UtilityAccount.objects.filter(account_number="10000104").update(name="PRIYA RAMAN")
    account = cast.account("10000104")
    change_customers([Renamed(account.pk, "Rosa Delgado", "PRIYA RAMAN")], cast.biller)
    link = member.all_links.get()
    link.settle(LinkedAccount.State.REGISTERED)
    return link


@pytest.fixture
def login(client: Client, cast: Cast) -> Login:
    people_known: dict[str, User] = {}

    def as_role(role: str) -> Client:
        if role not in people_known:
            people_known[role] = staff(role, cast.biller)
        client.force_login(people_known[role])
        return client

    return as_role


def text(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().replace("<wbr>", "").split())


def test_support_finds_who_held_it_and_what_stays_at_invoice_cloud(
    login: Login, rosa: LinkedAccount
) -> None:
    support = login("support")
    waiting = re.search(r">1<.{,200}?Accounts with another customer", text(support, "/admin/"))
    assert waiting
    listed = text(support, WORK)
    for fact in ("10000104", "Rosa Delgado", "PRIYA RAMAN", "rosa@example.com"):
        assert fact in listed
    page = text(support, f"/admin/accounts/linkedaccount/{rosa.pk}/change/")
    assert f'href="{WORK}{rosa.pk}/change/"' in page
    page = text(support, f"{WORK}{rosa.pk}/change/")
    assert "Still registered for this member" in page
    assert f"{WORK}{rosa.pk}/same-customer/" in page
    assert f"{WORK}{rosa.pk}/unlink/" in page


def test_the_same_customer_sees_it_again(login: Login, rosa: LinkedAccount) -> None:
    support, act = login("support"), f"{WORK}{rosa.pk}/same-customer/"
    asked = support.get(act)
    for name in ("Rosa Delgado", "PRIYA RAMAN"):
        assert name in asked.content.decode()
    seen = {"seen": asked.context["form"]["seen"].value()}
    refused = support.post(act, seen).content.decode()
    assert "This field is required" in refused
    assert "<title>Error: " in refused
    decision = {"reason": "Married; ID seen at the counter"}
    assert "Check it again" in support.post(act, decision).content.decode()
    assert not rosa.member.links.exists()
    done = support.post(act, seen | decision, follow=True)
    assert "Done: Same customer." in done.content.decode()
    assert done.redirect_chain[-1][0] == WORK
    assert rosa.member.links.exists()
    assert not rosa.account.customer_changes.exists()
    entry = LogEntry.objects.get(additional_data__event=Event.SAME_CUSTOMER)
    assert entry.additional_data["reason"] == "Married; ID seen at the counter"
    assert str(entry.actor) == "support@springfield-water.example"
    assert entry.object_repr == "10000104"
    changed = LogEntry.objects.get_for_object(LinkedAccount.objects.get(pk=rosa.pk)).latest("pk")
    assert "needs_proof_since" in changed.changes
    administrator = login("administrator")
    assert "ID seen at the counter" in text(
        administrator, f"/admin/auditlog/logentry/{entry.pk}/change/"
    )


def test_a_name_that_changed_since_staff_saw_it_is_not_decided_about(
    login: Login, rosa: LinkedAccount
) -> None:
    support, act = login("support"), f"{WORK}{rosa.pk}/same-customer/"
    decision = {"seen": support.get(act).context["form"]["seen"].value(), "reason": "Married"}
    UtilityAccount.objects.update(name="TOM BAKER")
    change_customers([Renamed(rosa.account_id, "PRIYA RAMAN", "TOM BAKER")], rosa.account.biller)
    shown = support.post(act, decision)
    assert "This has changed since you opened the page" in shown.content.decode()
    assert "TOM BAKER" in shown.content.decode()
    assert not rosa.member.links.exists()
    decision["seen"] = re.search(r'name="seen" value="([^"]*)', shown.content.decode())[1]  # type: ignore[index]
    decision["seen"] = html.unescape(decision["seen"])
    support.post(act, decision)
    assert rosa.member.links.exists()


def test_a_name_that_changes_at_this_moment_is_not_decided_about(rosa: LinkedAccount) -> None:
    seen = LinkedAccount.objects.select_related("account").get(pk=rosa.pk)
    UtilityAccount.objects.update(name="TOM BAKER")
    with pytest.raises(linking.OtherCustomer):
        linking.accept_same_customer(seen)
    assert not rosa.member.links.exists()


def test_the_second_of_two_clicks_finds_nothing_left_to_do(
    login: Login, rosa: LinkedAccount
) -> None:
    support, act = login("support"), f"{WORK}{rosa.pk}/same-customer/"
    decision = {"seen": support.get(act).context["form"]["seen"].value(), "reason": "Married"}
    support.post(act, decision)
    second = support.post(act, decision, follow=True)
    assert second.redirect_chain == [(WORK, 302)]
    assert "There is nothing left to do here." in second.content.decode()


@pytest.mark.parametrize("where", [WORK, "/admin/accounts/linkedaccount/"])
def test_support_unlinks_with_a_reason(login: Login, rosa: LinkedAccount, where: str) -> None:
    act = f"{where}{rosa.pk}/unlink/"
    done = login("support").post(act, {"reason": "Moved out"}, follow=True)
    assert done.redirect_chain[-1][0] == where
    assert not rosa.member.all_links.exists()
    assert rosa.member.unlinked_accounts.exists()  # no sign-in links it again
    entry = LogEntry.objects.get(additional_data__event=Event.UNLINKED)
    assert (entry.object_repr, entry.additional_data["reason"]) == ("10000104", "Moved out")
    deleted = LogEntry.objects.get(action=LogEntry.Action.DELETE)
    assert "rosa@example.com" in deleted.object_repr


def test_any_linked_account_can_be_unlinked(login: Login, cast: Cast) -> None:
    link = cast.laundry.links.get()
    page = f"/admin/accounts/linkedaccount/{link.pk}/"
    support = login("support")
    assert f"{page}unlink/" in text(support, f"{page}change/")
    assert support.get(f"{WORK}{link.pk}/same-customer/").status_code == 404
    support.post(f"{page}unlink/", {"reason": "Asked for it by phone"})
    assert not cast.laundry.links.exists()


def test_finance_and_staff_of_another_biller_cannot(
    login: Login, client: Client, rosa: LinkedAccount
) -> None:
    finance = login("finance")
    assert "Accounts with another customer" not in text(finance, "/admin/")
    for page in ("", f"{rosa.pk}/change/", f"{rosa.pk}/unlink/", f"{rosa.pk}/same-customer/"):
        assert finance.get(WORK + page).status_code == 403
    client.force_login(staff("support", other_biller()))
    assert "rosa@example.com" not in text(client, WORK)
    assert "Accounts with another customer (" not in text(client, "/admin/")
    for act in ("unlink/", "same-customer/"):
        assert client.post(f"{WORK}{rosa.pk}/{act}", {"reason": "x"}).status_code == 404
    assert rosa.member.all_links.awaiting_proof().exists()


def test_a_name_changed_by_hand_means_the_same_as_in_a_file(
    login: Login, cast: Cast, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    administrator, account = login("administrator"), cast.account("10000101")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        answer = rename(administrator, account, "Priya Raman")
    assert "1 member has to prove it again" in answer
    assert not cast.laundry.links.exists()
    assert [each.to for each in mail.outbox] == [["laundry@example.com"]]
    rename(administrator, account, "Willows Laundry LLC")  # back again, with its legal form
    assert cast.laundry.links.exists()


def rename(administrator: Client, account: UtilityAccount, name: str) -> str:
    address = f"/admin/accounts/utilityaccount/{account.pk}/change/"
    entered = {"name": name, "zip": "62701"}
    return administrator.post(address, entered, follow=True).content.decode()


def test_the_accounts_page_shows_everything_about_it(
    login: Login, rosa: LinkedAccount, cast: Cast
) -> None:
    account = rosa.account
    signups.ask(account=account, email="priya@example.com", password="x", language="en")
    quick, guest = members(cast, "10000104", member=rosa.member), opened(cast, "10000104")
    page = text(login("support"), f"/admin/accounts/utilityaccount/{account.pk}/change/")
    for fact in ("rosa@example.com", "proved by the member", "Rosa Delgado", "priya@example.com"):
        assert fact in page
    assert str(quick.biller_reference) in page
    assert str(guest.biller_reference) in page
    for record in ("accounts/linkedaccount", "accounts/signup"):
        assert f"/admin/{record}/?account__id__exact={account.pk}" in page
    assert "/admin/payments/payment/?account__id__exact=" not in page  # there are none
    assert f"/admin/accounts/linkedaccount/{rosa.pk}/change/" in page
    listed = f"/admin/payments/checkout/?accounts__id__exact={account.pk}"
    assert f'href="{listed}"' in page
    other = opened(cast, "10000101")
    found = text(login("support"), listed)
    assert str(guest.biller_reference) in found
    assert str(other.biller_reference) not in found


def test_finance_sees_what_was_paid_but_nobody_who_signed_up(
    login: Login, rosa: LinkedAccount, cast: Cast
) -> None:
    checkout = opened(cast, "10000104")
    address = f"/admin/accounts/utilityaccount/{rosa.account.pk}/change/"
    page = text(login("finance"), address)
    assert str(checkout.biller_reference) in page
    assert "rosa@example.com" not in page
    assert Signup._meta.verbose_name_plural.capitalize() not in page


def test_its_lists_are_cut_short(login: Login, cast: Cast) -> None:
    for number in range(25):
        people.member(cast.biller, f"tenant{number}@example.com", "x", "10000104")
    address = f"/admin/accounts/utilityaccount/{cast.account('10000104').pk}/change/"
    assert text(login("support"), address).count("@example.com</a>") <= 20


def test_the_pages_look_right(page: Page, rosa: LinkedAccount, cast: Cast) -> None:
    opened(cast, "10000104")
    staff("support", cast.biller)
    page.goto(WORK)
    page.get_by_label("Email").fill("support@springfield-water.example")
    page.get_by_label("Password").fill(STAFF_PASSWORD)
    with page.expect_navigation(wait_until="commit"):
        page.get_by_role("button", name="Sign in").click()
    for address in (
        "",
        WORK,
        f"{WORK}{rosa.pk}/change/",
        f"{WORK}{rosa.pk}/unlink/",
        f"{WORK}{rosa.pk}/same-customer/",
        f"/admin/accounts/utilityaccount/{rosa.account.pk}/change/",
    ):
        page.goto(address or "/admin/")
        assert_accessible(page)
    page.goto(f"{WORK}{rosa.pk}/same-customer/")
    page.get_by_role("button", name="Same customer").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Reason: This field is required.")
    assert_accessible(page)
