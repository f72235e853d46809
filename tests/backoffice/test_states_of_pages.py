"""Pages of staff in states that `test_looks` does not meet."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import LegalHold
from payments.models import Postback
from payments.reconciliation.resolution import add_payment
from payments.reversals.services import withdraw
from posting.models import WebhookDelivery, WebhookEndpoint
from tests.backoffice.test_looks import sign_in
from tests.browser.looks import assert_accessible
from tests.cast import Cast, staff
from tests.payments.paying import members, opened, postback_fields, send_postback
from tests.payments.reconciliation.lists import line_of, matched, on, paid, strange
from tests.payments.reversals.happened import clerk
from tests.posting.lines import endpoint_at
from tests.posting.lines import paid as received
from tests.posting.receiver import receiving, status
from tests.posting.webhooks.test_webhook_attempts import send


@pytest.fixture
def administrator(page: Page, cast: Cast) -> Page:
    sign_in(page, staff("administrator", cast.biller))
    return page


def test_a_list_that_waits_to_be_confirmed(administrator: Page, cast: Cast) -> None:
    at = f"{on(hour=15):%m/%d/%Y %I:%M:%S %p}"
    lines = [line_of(paid(cast), Amount=f"{amount}.00", Date_Paid=at) for amount in (10, 20)]
    made = matched(cast.biller, *lines, report="returns")
    administrator.goto(f"/admin/payments/reconciliation/{made.pk}/change/")
    expect(administrator.get_by_role("button", name="Record 2 reversals")).to_be_visible()
    assert_accessible(administrator)


def test_reviews_of_a_reversal_and_of_a_withdrawn_payment(administrator: Page, cast: Cast) -> None:
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    taken = {"PaymentAmount": "-84.20", "ConvenienceFee": "-2.50"}
    send_postback(Client(), checkout, postback_fields(checkout, **taken))
    other = opened(cast)
    payment = add_payment(
        matched(cast.biller, strange(cast)).lines.get(outcome="missing-here"),
        note="On the list.",
        by=clerk(cast),
    )
    withdraw(payment, by=clerk(cast), note="Not ours.")
    guid = str(payment.payment_guid)
    send_postback(Client(), other, postback_fields(other, PaymentGUID=guid))
    for postback in Postback.objects.filter(verdict="review"):
        administrator.goto(f"/admin/payments/postback/{postback.pk}/review/")
        expect(administrator.get_by_role("button", name="Save the decision")).to_be_visible()
        assert_accessible(administrator)


def test_erasing_with_autopay_and_on_hold(administrator: Page, cast: Cast) -> None:
    account = cast.laundry.all_links.get().account
    assert kept.keep(account.pk, Balance(amount=Decimal(account.pk), autopay=True))
    page = f"/admin/accounts/member/{cast.laundry.pk}"
    administrator.goto(f"{page}/erase/")
    expect(administrator.get_by_text("AutoPay was on at Invoice Cloud")).to_be_visible()
    assert_accessible(administrator)
    day = timezone.localdate() + timedelta(days=30)
    LegalHold.objects.create(biller=cast.biller, reason="Case 17", ends_on=day)
    administrator.goto(f"{page}/erase/")
    expect(administrator.get_by_text("On legal hold")).to_be_visible()
    assert_accessible(administrator)
    administrator.goto(f"{page}/change/")
    expect(administrator.get_by_role("link", name="Place a legal hold")).to_be_visible()
    assert_accessible(administrator)


def test_a_delivery_with_its_attempts(administrator: Page, cast: Cast) -> None:
    with receiving() as cis:
        endpoint_at(cast, cis.url)
        cis.always = status(500, "out of paper")
        received(cast)
        send()
        cis.always = status(200)
        send()
    assert WebhookEndpoint.objects.count() == 1
    delivery = WebhookDelivery.objects.get()
    administrator.goto(f"/admin/posting/webhookdelivery/{delivery.pk}/change/")
    expect(administrator.get_by_role("heading", name="Latest attempts")).to_be_visible()
    assert_accessible(administrator)


def test_a_new_password_by_its_link(
    administrator: Page, cast: Cast, mailoutbox: list[object]
) -> None:
    person = staff("support", cast.biller)
    administrator.goto(f"/admin/accounts/staffuser/{person.pk}/send-password-link/")
    assert_accessible(administrator)
    administrator.get_by_role("main").get_by_role("button").first.click()
    expect(administrator.locator(".messagelist .success")).to_be_visible()
    link = str(getattr(mailoutbox[-1], "body", "")).split("/admin/password/")[1].split()[0]
    for path in (link, "MQ/x-1/"):
        administrator.goto(f"/admin/password/{path}")
        assert_accessible(administrator)
