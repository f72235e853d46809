"""The one line on the dashboard (story 21): which, when, and never against AutoPay or a payment."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.linked_accounts import kept
from accounts.models import LinkedAccount
from icsso.billing import visits
from payments.models import Payment
from payments.reversals.services import reverse
from reminders.dashboard import line_for
from reminders.facts import Facts
from reminders.models import PastReminder
from reminders.rules import RULES
from tests.cast import Cast, member, other_biller
from tests.payments.paying import members, opened, postback_fields, send_postback
from tests.payments.reversals.happened import Kind, by_staff
from tests.reminders.knowing import known

ZERO = {"amount": Decimal("0.00")}


@pytest.fixture(autouse=True)
def _second_account(cast: Cast) -> None:
    """Of the laundry's. With one account, its card alone says when it is due."""
    LinkedAccount.objects.create(member=cast.laundry, account=cast.account("10000103"))


def line(client: Client) -> str:
    page = client.get("/").content.decode()
    return page.partition('<div class="notices">')[2].partition("<h1")[0]


def pay(cast: Cast, **facts: Any) -> Payment:
    checkout = members(cast, **facts)
    send_postback(Client(), checkout, postback_fields(checkout, PaymentGUID=str(uuid4())))
    return Payment.objects.get(checkout=checkout)


def returned(cast: Cast, payment: Payment) -> None:
    reverse(
        payment, Kind.RETURNED, by_staff(cast, happened_at=timezone.now() - timedelta(minutes=1))
    )


@pytest.mark.parametrize(
    ("days", "facts", "words"),
    [
        (-1, {}, "$84.20 was due"),
        (0, {}, "$84.20 is due today (account ending in 0101)."),
        (1, {}, "is due tomorrow"),
        (5, {}, "$84.20 is due"),
        (6, {}, ""),
        (None, {}, ""),
        (-1, {"autopay": True}, ""),
        (3, {"autopay": True}, ""),
        (3, {"autopay": False}, "$84.20 is due"),
        (3, {"amount": Decimal("-5.00")}, ""),
        (3, ZERO, ""),
        (30, {"autopay": False, "paperless": False}, "AutoPay pays your bills on time"),
        (30, {"autopay": True, "paperless": False}, "You can get your bills by email"),
        (30, {"autopay": True, "paperless": True}, ""),
        (-1, {"ago": timedelta(hours=25)}, ""),
    ],
)
def test_what_is_said(
    laundry: Client, cast: Cast, days: int | None, facts: dict[str, Any], words: str
) -> None:
    known(cast, days, **facts)
    found = line(laundry)
    assert words in found
    assert ("notice" in found.replace('role="status"', "")) is bool(words)


def test_it_leads_to_that_accounts_payment(laundry: Client, cast: Cast) -> None:
    known(cast, -3)
    assert f'href="/pay/quick/?account={cast.account("10000101").pk}"' in line(laundry)


def test_a_payment_turns_it_off(laundry: Client, cast: Cast) -> None:
    known(cast, -3)
    pay(cast)
    assert "was due" not in line(laundry)


def test_a_guests_payment_too_but_not_a_declined_one(laundry: Client, cast: Cast) -> None:
    known(cast, -3)
    guest = opened(cast, minutes_ago=30)
    send_postback(Client(), guest, postback_fields(guest, Approved="False"))
    assert "was due" in line(laundry)
    send_postback(Client(), guest, postback_fields(guest, PaymentGUID=str(uuid4())))
    assert "was due" not in line(laundry)


def test_an_old_payment_is_in_the_balance(laundry: Client, cast: Cast) -> None:
    known(cast, -3)
    payment = pay(cast)
    ago = timezone.now() - timedelta(days=5)
    Payment.objects.filter(pk=payment.pk).update(paid_at=ago, created_at=ago)
    assert "was due" in line(laundry)


@pytest.mark.parametrize(
    ("facts", "is_said"),
    [
        ({"minutes_ago": 5}, False),
        ({"minutes_ago": 20}, True),  # opened, and left
        ({"minutes_ago": 20, "returned_at": timezone.now()}, False),
    ],
)
def test_a_payment_under_way_turns_it_off(
    laundry: Client, cast: Cast, facts: dict[str, Any], is_said: bool
) -> None:
    known(cast, -3)
    members(cast, **facts)
    assert ("was due" in line(laundry)) is is_said


def test_one_being_checked_turns_it_off(laundry: Client, cast: Cast) -> None:
    known(cast, -3)
    checkout = members(cast, minutes_ago=5000)
    send_postback(Client(), checkout, postback_fields(checkout, PaymentAmount="?"))
    assert "was due" not in line(laundry)


def test_after_a_visit_to_the_billing_pages_an_older_balance_says_nothing(
    laundry: Client, cast: Cast
) -> None:
    known(cast, -3)
    visits.visited.send(sender=None, member=cast.laundry, at=timezone.now())
    assert "was due" not in line(laundry)
    known(cast, -3, ago=timedelta(0))
    assert "was due" in line(laundry)


def test_a_returned_payment_comes_first_until_it_is_paid_again(laundry: Client, cast: Cast) -> None:
    known(cast, -3)
    payment = pay(cast)
    returned(cast, payment)
    assert "Your payment of $84.20 was returned" in line(laundry)
    pay(cast)
    assert "was returned" not in line(laundry)


def test_a_returned_payment_of_somebody_else_is_nobodys_business(
    laundry: Client, cast: Cast
) -> None:
    neighbours = pay(cast, member=cast.neighbour)
    returned(cast, neighbours)
    assert "was returned" not in line(laundry)


def test_closed_it_stays_closed_for_that_bill(laundry: Client, cast: Cast) -> None:
    known(cast, 3)
    assert "Hide" in line(laundry)
    laundry.post("/reminders/close/", {"kind": "due"})
    assert "is due" not in line(laundry)
    known(cast, 4)  # another bill
    assert "is due" in line(laundry)


def test_once_overdue_it_is_said_though_it_was_closed_before(
    laundry: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    balance = known(cast, 1)
    laundry.post("/reminders/close/", {"kind": "due"})
    assert "is due" not in line(laundry)
    monkeypatch.setattr(type(balance), "days_left", -1)
    assert "was due" in line(laundry)


def test_what_matters_is_not_closed(laundry: Client, cast: Cast) -> None:
    known(cast, -3)
    assert "Hide" not in line(laundry)
    for kind in ("overdue", "due", "", "\x00"):
        laundry.post("/reminders/close/", {"kind": kind})
    assert "was due" in line(laundry)
    assert not PastReminder.objects.exists()


def test_hints_are_closed_for_all_accounts(laundry: Client, cast: Cast) -> None:
    known(cast, 30, autopay=False)
    laundry.post("/reminders/close/", {"kind": "autopay"})
    assert "AutoPay pays" not in line(laundry)


def test_what_the_only_card_says_is_not_told_twice(laundry: Client, cast: Cast) -> None:
    cast.laundry.all_links.exclude(account=cast.account("10000101")).delete()
    for days, words in ((-3, "Was due 3 days ago"), (3, "Due in 3 days")):
        known(cast, days, autopay=False)
        assert "AutoPay pays" in line(laundry)
        assert words in laundry.get("/").content.decode()
    laundry.post("/reminders/close/", {"kind": "autopay"})
    assert "AutoPay pays" not in line(laundry)


def test_only_what_the_card_says_depends_on_whether_a_bill_is_paid(cast: Cast) -> None:
    link = cast.laundry.all_links.get(account=cast.account("10000101"))
    depends = set()
    for days in (-3, 3):
        bill = Facts(link=link, balance=known(cast, days, autopay=False, paperless=False))
        paid = replace(bill, is_paid=True)
        depends |= {rule for rule in RULES if rule.applies(bill) != rule.applies(paid)}
    assert depends == {rule for rule in RULES if rule.on_card}


def test_for_a_single_card_no_payment_is_looked_for(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cast.laundry.all_links.exclude(account=cast.account("10000101")).delete()
    known(cast, -3)
    with django_assert_num_queries(3):  # links, visits to the billing pages, returned payments
        assert line_for(cast.laundry) is None


def test_a_returned_payment_of_the_only_account_is_told_until_it_is_paid_again(
    laundry: Client, cast: Cast
) -> None:
    cast.laundry.all_links.exclude(account=cast.account("10000101")).delete()
    known(cast, -3)
    returned(cast, pay(cast))
    assert "Your payment of $84.20 was returned" in line(laundry)
    pay(cast)
    assert "was returned" not in line(laundry)


def test_several_bills_are_one_sentence(cast: Cast) -> None:
    numbers = [f"{10000200 + n}" for n in range(1, 41)]
    for number in numbers[:3]:
        known(cast, -2, number)
    known(cast, 2, numbers[5])
    found = line_for(cast.manager)
    assert found
    assert found.words == "3 bills are overdue, $252.60 in all."
    assert found.address == "/pay/quick/"


def test_the_same_queries_for_forty_accounts(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(1, 41):
        known(cast, -2, f"{10000200 + n}")
    known(cast, -2)
    for whose in (cast.manager, cast.laundry):
        with django_assert_num_queries(6):
            line_for(whose)


def test_for_many_accounts_the_table_says_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reminders.dashboard.MOST_ACCOUNTS", 39)
    known(cast, -2, "10000201")
    assert line_for(cast.manager) is None


def test_nothing_of_an_account_with_another_customer(laundry: Client, cast: Cast) -> None:
    known(cast, -3)
    LinkedAccount.objects.filter(member=cast.laundry).update(needs_proof_since=timezone.now())
    assert "was due" not in line(laundry)


def test_one_notice_at_a_time(laundry: Client, cast: Cast) -> None:
    known(cast, -3)
    session = laundry.session
    session["billing"] = {}
    laundry.post(f"/accounts/{cast.account('10000101').pk}/first/")  # leaves a message
    assert "was due" not in line(laundry)
    assert "was due" in line(laundry)


def test_another_billers_member_closes_nothing_here(cast: Cast) -> None:
    twin = member(other_biller(), "laundry@example.com", "x" * 12)
    browser = Client()
    browser.force_login(twin)
    assert browser.post("/reminders/close/", {"kind": "due"})["Location"].startswith("/accounts/")
    assert kept.last([]) == {}
