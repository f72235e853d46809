"""Reports show what was reversed on the day it happened, and what is left."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from payments.reports.queries import REPORTS
from payments.reports.tables import Scope, in_words
from payments.reversals.services import Part, reverse
from tests.cast import Cast
from tests.payments.reconciliation.lists import paid
from tests.payments.reports.test_reports import november
from tests.payments.reversals.happened import Kind, by_staff, given_back

pytestmark = [pytest.mark.any_database, pytest.mark.django_db]


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=timezone.get_default_timezone())


def rows(name: str, scope: Scope) -> dict[object, tuple[object, ...]]:
    return {row[0]: tuple(row[1:]) for row in REPORTS[name](scope).rows}


def money(*texts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(text) for text in texts)


def test_a_reversal_counts_on_the_billers_day_it_happened(cast: Cast) -> None:
    first = paid(cast, "10000101", "60.00", "24.20", paid_at=at(5, 12))
    paid(cast, paid_at=at(5, 13))
    part = Part(amount=Decimal("70.00"), fee=Decimal("3.00"))
    made = reverse(first, Kind.RETURNED, by_staff(cast, happened_at=at(9, 23)), part)
    by_day = rows("payments-by-day", november(cast.biller))
    assert by_day[date(2026, 11, 5)] == (2, *money("168.40", "7.50", "0.00", "175.90"))
    assert by_day[date(2026, 11, 9)] == (0, *money("0.00", "0.00", "-73.00", "-73.00"))
    given_back(cast, made)  # today, which is not in this November's days before it
    again = rows("payments-by-day", november(cast.biller))
    assert again[date(2026, 11, 9)] == by_day[date(2026, 11, 9)]


def test_by_method_the_net_is_what_is_left(cast: Cast) -> None:
    visa = paid(cast, paid_at=at(5, 12))
    paid(cast, paid_at=at(5, 12), method="ACH")
    reverse(visa, Kind.VOIDED, by_staff(cast, happened_at=at(6, 1)))
    assert rows("payments-by-method", november(cast.biller)) == {
        "Visa": (1, *money("84.20", "2.50", "-86.70", "0.00")),
        "ACH": (1, *money("84.20", "2.50", "0.00", "86.70")),
    }
    assert in_words(Decimal("-86.70")) == "−$86.70"


def test_a_payment_from_before_that_was_reversed_in_the_period(cast: Cast) -> None:
    old = paid(cast, method="Amex")  # a year before
    reverse(old, Kind.CHARGEBACK, by_staff(cast, happened_at=at(9, 12)))
    by_method = rows("payments-by-method", november(cast.biller))
    assert by_method == {"Amex": (0, *money("0.00", "0.00", "-86.70", "-86.70"))}


def test_started_payments_have_the_result_reversed(cast: Cast) -> None:
    payment = paid(cast)
    reverse(payment, Kind.CHARGEBACK, by_staff(cast))
    today = timezone.localdate()
    scope = Scope(billers=november(cast.biller).billers, first=today, last=today)
    results = rows("payments-begun-by-result", scope)
    assert [number for label, number in results.items() if "reversed" in str(label)] == [(1,)]
