"""The support pages in a browser: at both widths, light and dark, and by keyboard."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import SentEmail, UndeliveredEmail
from payments.models import Checkout, FailedAttempt, Payment
from tests.backoffice.test_looks import sign_in
from tests.browser.looks import assert_accessible
from tests.cast import LAUNDRY_EMAIL, Cast, staff
from tests.payments.paying import OTHER_GUID, members, opened, postback_fields, send_postback
from tests.payments.reversals.happened import returned


@pytest.fixture
def lived(cast: Cast) -> Cast:
    """A customer with a bit of everything."""
    now, account = timezone.now(), cast.account("10000101")
    for number, guid in enumerate((None, OTHER_GUID)):
        checkout = members(cast, minutes_ago=number * 60)
        fields = postback_fields(checkout, InvoiceNumber=f"INV-{number}")
        send_postback(Client(), checkout, fields | ({"PaymentGUID": guid} if guid else {}))
    returned(cast, Payment.objects.earliest("pk"), "4.20", kind="refunded")
    failed, silent = opened(cast, minutes_ago=30), members(cast, minutes_ago=90)
    Checkout.objects.filter(pk=failed.pk).update(
        member=cast.laundry, launched_at=None, failed_at=now, failure="unavailable"
    )
    Checkout.objects.filter(pk=silent.pk).update(unconfirmed_at=now)
    wrong = {"username": LAUNDRY_EMAIL, "password": "not this one"}
    Client(headers={"User-Agent": "Mozilla/5.0 (iPhone) Safari/604"}).post(
        "/accounts/login/", wrong
    )
    Client().force_login(cast.laundry)
    mail = {"biller": cast.biller, "member": cast.laundry, "email": LAUNDRY_EMAIL}
    SentEmail.objects.create(**mail, notification="reset_password")
    UndeliveredEmail.objects.create(
        **mail, notification="two_step", reason="refused", code="550 5.1.1"
    )
    cast.laundry.credential_changes.create(kind="reset")
    cast.laundry.account_syncs.create(linked=1, registered=1)
    account.customer_changes.create(
        before="Ana Torres", after="Willows Laundry", at=now.replace(year=2020)
    )
    FailedAttempt.objects.create(
        biller=cast.biller,
        account=account,
        kind="unavailable",
        key="one",
        at=now - timedelta(hours=3),
        due_date=date(2026, 11, 20),
        balance=Decimal("84.20"),
    )
    FailedAttempt.objects.create(
        biller=cast.biller, member=cast.manager, kind="billing_page", key="two"
    )
    kept.keep(account.pk, Balance(amount=Decimal("84.20"), due_date=cast.biller.today()))
    return cast


def test_the_pages_look_right(page: Page, lived: Cast) -> None:
    sign_in(page, staff("administrator", lived.biller))
    member = f"/admin/accounts/member/{lived.laundry.pk}/"
    account = lived.account("10000101").pk
    for address in (
        f"{member}change/",
        f"/admin/accounts/member/{lived.manager.pk}/change/",
        f"/admin/accounts/utilityaccount/{account}/change/",
        "/admin/payments/payment/late-fees/",
        f"{member}privacy/",
        f"{member}erase/",
        "/admin/accounts/member/erased/",
    ):
        page.goto(address)
        assert_accessible(page)


def test_from_the_search_to_the_page_by_keyboard(page: Page, lived: Cast) -> None:
    sign_in(page, staff("support", lived.biller))
    page.get_by_role("searchbox").focus()
    page.keyboard.type("Acct 1000-0101")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("10000101")
    page.get_by_role("link", name=LAUNDRY_EMAIL).first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(LAUNDRY_EMAIL)
    page.get_by_role("searchbox").first.fill("Maple")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Utility accounts", exact=True)).to_be_visible()
    assert_accessible(page)
    page.get_by_role("searchbox").first.fill("nobody at all")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No matches.")).to_be_visible()


def test_an_erasure_says_what_is_missing(page: Page, lived: Cast) -> None:
    sign_in(page, staff("administrator", lived.biller))
    page.goto(f"/admin/accounts/member/{lived.laundry.pk}/erase/")
    page.get_by_role("button", name="Erase this member").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert_accessible(page)
    page.get_by_label("Reason").fill("asked by phone")
    page.get_by_label("AutoPay and scheduled payments are turned off").check()
    page.get_by_label("I made sure").check()
    page.get_by_role("button", name="Erase this member").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The member is erased")
