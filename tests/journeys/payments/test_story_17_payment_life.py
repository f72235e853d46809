"""Story 17 in a browser: a payment from the guest who makes it to the bank that takes it back, and
one that staff added by mistake. What the billing system was told is the same at every step."""

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings
from standardwebhooks import Webhook

from accounts.models import UtilityAccount
from payments.models import Payment
from posting.models import Destination, PostingLayout, WebhookEndpoint
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD, Cast, staff
from tests.journeys.walks import approve, sign_in
from tests.payments.paying import members
from tests.payments.reconciliation.lists import csv_file, line_of, strange
from tests.posting.lines import endpoint_at
from tests.posting.paying import layout_of
from tests.posting.receiver import WebhookReceiver, receiving
from tests.sandbox_process import SandboxProcess

Line = tuple[str, str, Decimal]  # kind, PaymentGUID, amount and fee


class BillingSystem(NamedTuple):
    """What the CIS has received: files in its folder, and webhooks."""

    folder: Path
    hooks: WebhookReceiver
    endpoint: WebhookEndpoint

    def in_new_files(self) -> list[Line]:
        """The next day's file, if there is one. Whatever is in the folder is read and cleared."""
        PostingLayout.objects.update(built_for=None)
        call_command("post_payments", stdout=StringIO())
        texts = []
        for file in sorted(self.folder.rglob("*.csv")):
            texts.append(file.read_text())
            file.unlink()
        rows = [row for text in texts for row in csv.DictReader(StringIO(text))]
        return [
            (row["Type"], row["PaymentGUID"], Decimal(row["Amount"]) + Decimal(row["Fee"]))
            for row in rows
        ]

    def in_new_events(self) -> list[Line]:
        """The events since the last time, with their signatures checked."""
        call_command("send_webhooks", stdout=StringIO())
        events, self.hooks.received[:] = list(self.hooks.received), []
        verified = Webhook(self.endpoint.secret)
        for each in events:
            verified.verify(each.body, dict(each.headers.items()))
        return [self._line(json.loads(each.body)) for each in events]

    def _line(self, event: dict[str, Any]) -> Line:
        facts = event["data"]
        is_payment = facts["kind"] == "payment"
        assert event["type"] == ("payment.received" if is_payment else "payment.reversed")
        return facts["kind"], facts["payment_guid"], Decimal(facts["total"])


@pytest.fixture
def cis(cast: Cast, tmp_path: Path, settings: Settings) -> Iterator[BillingSystem]:
    settings.POSTING_FOLDER = str(tmp_path / "cis")
    layout_of(cast.biller)
    Destination.objects.create(biller=cast.biller, kind="folder")
    with receiving() as hooks:
        yield BillingSystem(tmp_path / "cis", hooks, endpoint_at(cast, hooks.url))


def upload(clerk: Page, folder: Path, name: str, *lines: dict[str, str]) -> None:
    """A list of two days, since midnight may be between a payment and its list. Which column is
    which is asked; what is guessed is right."""
    file, today = folder / name, timezone.localdate()
    yesterday = today - timedelta(days=1)
    file.write_bytes(csv_file(*lines, header=tuple(lines[0])))
    clerk.goto("/admin/payments/reconciliation/add/")
    clerk.get_by_label("From", exact=True).fill(yesterday.isoformat())
    clerk.get_by_label("To", exact=True).fill(today.isoformat())
    clerk.get_by_label("Invoice Cloud's list of payments").set_input_files(file)
    clerk.get_by_role("button", name="Upload").click()
    expect(clerk.get_by_role("heading", name="Which column is which?")).to_be_visible()
    clerk.get_by_role("button", name="Match with these columns").click()


def shows(page: Page, address: str, *words: str) -> None:
    """The page's main part says all of it."""
    page.goto(address)
    for each in words:
        expect(page.get_by_role("main")).to_contain_text(each)


def in_reports(clerk: Page) -> tuple[str, ...]:
    """Payments, amount, fees, reversed, and net of the cards, of the last days."""
    clerk.goto("/admin/payments/payment/reports/")
    row = clerk.get_by_role("row").filter(has=clerk.get_by_role("rowheader", name="Visa"))
    return tuple(text for text in row.first.get_by_role("cell").all_inner_texts() if text)


def change_page(thing: Payment | UtilityAccount) -> str:
    return f"/admin/{thing._meta.app_label}/{thing._meta.model_name}/{thing.pk}/change/"


@pytest.mark.contract
def test_a_guests_payment_until_it_is_charged_back(
    page: Page, clerk: Page, cis: BillingSystem, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    page.goto("/pay/")
    page.get_by_label("Account number").fill("10000101")
    page.get_by_role("button", name="Continue to payment").click()
    approve(page)
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    payment, receipt = Payment.objects.get(), page.url
    posted = [("payment", str(payment.payment_guid), Decimal("87.15"))]
    assert cis.in_new_files() == cis.in_new_events() == posted
    assert in_reports(clerk) == ("1", "$84.20", "$2.95", "$0.00", "$87.15")

    upload(clerk, tmp_path, "november.csv", line_of(payment))
    expect(clerk.get_by_role("row", name="Matched 1")).to_be_visible()
    assert cis.in_new_files() == cis.in_new_events() == []

    upload(clerk, tmp_path, "chargebacks.csv", line_of(payment) | {"Type": "Chargeback"})
    expect(clerk.get_by_role("row", name="Recorded as a reversal 1")).to_be_visible()
    taken = [("chargeback", str(payment.payment_guid), Decimal("-87.15"))]
    assert cis.in_new_files() == cis.in_new_events() == taken
    assert cis.in_new_files() == cis.in_new_events() == []

    shows(page, receipt, "Charged back", "−$87.15", "Net paid", "please pay it again")
    shows(clerk, change_page(payment), "Charged back", "−$2.95", "Left: $0.00 of $87.15")
    shows(clerk, change_page(payment.account), "charged back", "$0.00 of $87.15")
    assert in_reports(clerk) == ("1", "$84.20", "$2.95", "−$87.15", "$0.00")


def test_what_staff_added_by_mistake_is_withdrawn(
    page: Page, clerk: Page, cis: BillingSystem, cast: Cast, client: Client
) -> None:
    guid, checkout = str(uuid4()), members(cast)
    line = strange(
        cast,
        Payment_GUID=guid,
        Biller_Reference=checkout.biller_reference,
        Date_Paid=f"{timezone.localtime():%m/%d/%Y %I:%M:%S %p}",
    )
    upload(clerk, cis.folder.parent, "november.csv", line)
    clerk.get_by_role("link", name="Missing here").click()
    clerk.get_by_role("link", name="Line 2").click()
    adding = clerk.get_by_role("region", name="Add as a payment")
    adding.get_by_label("Note").fill("Its postback never came.")
    adding.get_by_role("button", name="Add the payment").click()
    expect(clerk.get_by_text("The payment was added.")).to_be_visible()
    payment = Payment.objects.get()
    assert cis.in_new_files() == cis.in_new_events() == [("payment", guid, Decimal("86.70"))]
    sign_in(page, LAUNDRY_EMAIL, LAUNDRY_PASSWORD)
    shows(page, "/pay/history/", "Paid", "$86.70")

    clerk.goto(change_page(payment))
    clerk.get_by_role("link", name="Withdraw this payment").click()
    clerk.get_by_label("Reason").fill("It was another utility's.")
    clerk.get_by_role("button", name="Withdraw").click()
    expect(clerk.get_by_role("main")).to_contain_text("It was another utility's.")
    assert cis.in_new_files() == cis.in_new_events() == [("withdrawn", guid, Decimal("-86.70"))]
    assert cis.in_new_files() == cis.in_new_events() == []

    shows(page, "/pay/history/", "Not paid", "$0.00")
    shows(page, f"/pay/{checkout.address}/receipt/", "Not paid", "recorded by mistake and removed")
    shows(clerk, change_page(payment.account), "withdrawn", "$0.00 of $86.70")
    client.force_login(staff("support", cast.biller))
    customer = client.get(f"/admin/accounts/member/{cast.laundry.pk}/change/").content.decode()
    assert "withdrawn" in customer
    assert in_reports(clerk) == ("1", "$84.20", "$2.50", "−$86.70", "$0.00")
