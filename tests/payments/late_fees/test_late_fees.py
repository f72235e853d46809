"""Attempts to pay that failed because something was not available (story 19)."""

import csv
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.linked_accounts.customers import CustomerChanges, forget_balances
from accounts.models import LinkedAccount, Member
from icsso.billers.announcements.models import Announcement
from icsso.billing.session import SESSION_KEY, BillingSession, State, store
from payments.late_fees import recording
from payments.models import Checkout, FailedAttempt, Payment, PaymentLine
from tests.cast import Cast, other_biller, staff
from tests.payments.paying import opened
from tests.payments.reversals.happened import returned

pytestmark = pytest.mark.any_database

REPORT = "/admin/payments/payment/late-fees/"
Kind = FailedAttempt.Kind


@pytest.fixture(autouse=True)
def known(cast: Cast) -> None:
    account = cast.account("10000101")
    last = Balance(amount=Decimal("84.20"), due_date=date(2026, 11, 20))
    assert kept.keep(account.pk, last)


def guest_pays() -> Client:
    """Nobody answers at the cast's Invoice Cloud."""
    browser = Client()
    typed = {"account_number": "10000101", "zip": "62701", "name": "Willows Laundry"}
    answer = browser.post("/pay/", typed, follow=True)
    assert "payment page" in answer.content.decode()
    return browser


def signed_in(member: Member, state: State = State.AWAY) -> Client:
    browser = Client()
    browser.force_login(member)
    session = browser.session
    store(session, BillingSession(state=state))
    session.save()
    assert SESSION_KEY in browser.session
    return browser


def test_a_payment_page_that_could_not_be_opened(cast: Cast) -> None:
    guest_pays()
    attempt = FailedAttempt.objects.get()
    assert (attempt.kind, attempt.account) == (Kind.UNAVAILABLE, cast.account("10000101"))
    assert (attempt.balance, attempt.due_date) == (Decimal("84.20"), date(2026, 11, 20))
    assert attempt.known_at is not None
    assert attempt.member is None


def test_trying_again_within_minutes_is_the_same_attempt(cast: Cast) -> None:
    guest_pays()
    guest_pays()
    assert Checkout.objects.count() == 2
    assert FailedAttempt.objects.count() == 1
    FailedAttempt.objects.update(at=timezone.now() - timedelta(minutes=11), key="earlier")
    guest_pays()
    assert FailedAttempt.objects.count() == 2


def test_trying_again_across_a_full_ten_minutes_is_the_same_attempt(cast: Cast) -> None:
    full = timezone.now().replace(minute=10, second=0, microsecond=0)
    facts: dict[str, Any] = {"biller": cast.biller.pk, "member": None}
    accounts = [cast.account("10000101").pk]
    for seconds in (-30, 30):
        at = full + timedelta(seconds=seconds)
        recording.record("refused", accounts=accounts, at=at, **facts)
    assert FailedAttempt.objects.count() == 1


def test_of_two_at_once_one_is_kept(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither has seen the other."""
    monkeypatch.setattr(recording, "_recently", lambda *_args, **_more: set())
    facts: dict[str, Any] = {"biller": cast.biller.pk, "member": None, "at": timezone.now()}
    for _each in range(2):
        recording.record("refused", accounts=[cast.account("10000101").pk], **facts)
    assert FailedAttempt.objects.count() == 1


@pytest.mark.parametrize(
    ("state", "number"), [(State.AWAY, 1), (State.FAULT, 1), (State.RECONNECT, 0)]
)
def test_a_billing_page_that_is_not_available(cast: Cast, state: State, number: int) -> None:
    browser = signed_in(cast.laundry, state)
    for _again in range(2):
        assert browser.get("/billing/bills/").status_code == 200
    assert FailedAttempt.objects.count() == number
    if number:
        attempt = FailedAttempt.objects.get()
        assert (attempt.kind, attempt.member) == (Kind.BILLING_PAGE, cast.laundry)
        assert attempt.account == cast.account("10000101")


def test_a_page_on_which_nobody_pays_is_no_attempt(cast: Cast) -> None:
    assert signed_in(cast.laundry).get("/billing/paperless/").status_code == 200
    assert not FailedAttempt.objects.exists()


def test_of_many_accounts_nobody_knows_which(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in(cast.manager).get("/billing/bills/")
    assert FailedAttempt.objects.count() == 40
    FailedAttempt.objects.all().delete()
    monkeypatch.setattr(recording, "MOST", 39)
    browser = signed_in(cast.manager)
    for _again in range(2):
        browser.get("/billing/bills/")
    attempt = FailedAttempt.objects.get()
    assert (attempt.account, attempt.member) == (None, cast.manager)


def test_closed_for_maintenance(cast: Cast) -> None:
    now = timezone.now()
    words = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1)}
    Announcement.objects.create(biller=cast.biller, **words)
    account = cast.account("10000101")
    signed_in(cast.laundry).get(f"/pay/quick/?account={account.pk}")
    attempt = FailedAttempt.objects.get()
    assert (attempt.kind, attempt.account) == (Kind.MAINTENANCE, account)
    # Somebody else's account in the address is not theirs to try.
    stranger = cast.account("10000103").pk
    signed_in(cast.neighbour).get(f"/pay/quick/?account={stranger}")
    assert not FailedAttempt.objects.filter(account=stranger).exists()
    Client().get("/pay/")  # a guest without a number
    assert FailedAttempt.objects.count() == 2


def test_a_launch_that_was_interrupted_and_nobody_came_back(cast: Cast) -> None:
    checkout = opened(cast)
    Checkout.objects.filter(pk=checkout.pk).update(
        launched_at=None, created_at=timezone.now() - timedelta(minutes=2)
    )
    for _again in range(2):
        call_command("age_checkouts")
    attempt = FailedAttempt.objects.get()
    assert attempt.kind == Kind.INTERRUPTED
    assert Client().get(f"/pay/{checkout.address}/").status_code == 200
    assert FailedAttempt.objects.count() == 1


def test_a_customers_page_never_fails_for_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")

    monkeypatch.setattr(recording, "record", broken)
    guest_pays()
    assert signed_in(cast.laundry).get("/billing/bills/").status_code == 200
    assert Checkout.objects.get().failure == Checkout.Failure.UNAVAILABLE
    errors = [record.exc_info[0] for record in caplog.records if record.exc_info]
    assert all(error and issubclass(error, DatabaseError) for error in errors)
    assert len(errors) == 2


def pay(cast: Cast, when: Any, number: str = "10000101") -> Payment:
    payment = Payment.objects.create(
        biller=cast.biller,
        account=cast.account(number),
        source="reconciliation",
        payment_guid=f"{Payment.objects.count() + 1:032x}",
        paid_at=when,
    )
    PaymentLine.objects.create(
        payment=payment, invoice_number="1", amount=Decimal("84.20"), fee=Decimal(0)
    )
    return payment


def lines(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.post(f"{REPORT}csv/{query}")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(text.lstrip("\ufeff"))))


def test_the_report_says_whether_they_paid_later(finance: Client, cast: Cast) -> None:
    guest_pays()
    pay(cast, _midnight(cast) - timedelta(hours=1))  # before they tried
    [line] = lines(finance)
    assert (line["account number"], line["due date then"]) == ("10000101", "2026-11-20")
    assert (line["balance then"], line["paid later"]) == ("84.20", "")
    assert "not paid since" in finance.get(REPORT).content.decode()
    pay(cast, timezone.now() + timedelta(minutes=5))
    [line] = lines(finance)
    assert line["paid later"]
    assert line["paid after the due date"] == "yes"
    assert "after the due date" in finance.get(REPORT).content.decode()


def test_a_list_may_know_only_the_day(finance: Client, cast: Cast) -> None:
    """Then the payment is said to be of midnight. What was known before is not later."""
    known = pay(cast, _midnight(cast))
    Payment.objects.filter(pk=known.pk).update(created_at=timezone.now() - timedelta(hours=1))
    guest_pays()
    assert lines(finance)[0]["paid later"] == ""
    pay(cast, _midnight(cast) - timedelta(seconds=1))  # the day before
    assert lines(finance)[0]["paid later"] == ""
    pay(cast, _midnight(cast))
    assert lines(finance)[0]["paid later"]


def _midnight(cast: Cast) -> datetime:
    return datetime.combine(cast.biller.today(), time(), cast.biller.zone)


def test_a_payment_that_was_taken_back_is_none(finance: Client, cast: Cast) -> None:
    guest_pays()
    payment = pay(cast, timezone.now() + timedelta(minutes=5))
    returned(cast, payment)
    assert lines(finance)[0]["paid later"] == ""


def test_what_is_not_known_is_said(finance: Client, cast: Cast) -> None:
    kept.forget([cast.account("10000101").pk])
    guest_pays()
    assert (lines(finance)[0]["due date then"], lines(finance)[0]["balance then"]) == ("", "")
    page = finance.get(REPORT).content.decode()
    assert "not known" in page
    assert "while the portal itself was down" in page


def test_the_period_counts_days_of_the_biller(finance: Client, cast: Cast) -> None:
    guest_pays()
    FailedAttempt.objects.update(at=timezone.now() - timedelta(days=40))
    assert lines(finance) == []
    today = cast.biller.today()
    period = f"?first={today - timedelta(days=60)}&last={today}"
    assert len(lines(finance, period)) == 1
    wrong = finance.get(f"{REPORT}?first=2026-12-02&last=2026-12-01")
    assert "can&#x27;t be before the first" in wrong.content.decode()


def test_as_a_spreadsheet(finance: Client, cast: Cast) -> None:
    guest_pays()
    answer = finance.post(f"{REPORT}xlsx/")
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    answer.close()


def test_support_sees_it_and_takes_no_file(client: Client, cast: Cast) -> None:
    client.force_login(staff("support", cast.biller))
    guest_pays()
    page = client.get(REPORT).content.decode()
    assert "10000101" in page
    assert "Download CSV" not in page
    assert client.post(f"{REPORT}csv/").status_code == 403
    account = cast.account("10000101")
    shown = client.get(f"/admin/accounts/utilityaccount/{account.pk}/change/").content.decode()
    assert "Payment page: Invoice Cloud was not available" in shown


def test_nothing_of_another_biller(client: Client, cast: Cast) -> None:
    client.force_login(staff("administrator", other_biller()))
    guest_pays()
    assert "10000101" not in client.get(REPORT).content.decode()
    assert lines(client) == []


def test_the_customer_before_is_not_the_one_who_owes(cast: Cast) -> None:
    account = cast.account("10000101")
    assert kept.last([account.pk])
    assert LinkedAccount.objects.filter(account=account).exists()
    forget_balances(CustomerChanges([account.pk], 1))
    assert not kept.last([account.pk])
