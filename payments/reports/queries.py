"""The reports of a period. The database computes the sums: one row for each day or kind."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Count, F, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import Signup
from backoffice.retention import kept_for
from payments.models import Checkout, PaymentLine, ReversalLine
from payments.models.checkout import CheckoutQuerySet, Status
from payments.reports.invoice_cloud_calls import calls_by_operation
from payments.reports.tables import Scope, Table, filled, whole_since

ZERO = Decimal("0.00")
MOST_METHODS = 50  # Invoice Cloud has about a dozen
MONEY = {
    "payments": Count("payment", distinct=True),
    "paid": Sum("amount"),
    "fees": Sum("fee"),
}


OF_REVERSAL = "reversal__payment__biller"
TAKEN = Sum(F("amount") + F("fee"))
Key = TypeVar("Key")


def payments_by_day(scope: Scope) -> Table:
    """A reversal counts on the day it happened, so that a day that was reported never changes."""
    day = scope.day("payment__paid_at", biller="payment__biller")
    reversed_on = scope.day("reversal__happened_at", biller=OF_REVERSAL)
    paid = _by_day(_lines(scope).values(day=day).annotate(**MONEY), "payments", "paid", "fees")
    taken = _by_day(_reversals(scope).values(day=reversed_on).annotate(taken=TAKEN), "taken")
    return Table(
        title=_("Payments by day"),
        headings=[_("Day"), *_headings()],
        rows=filled(scope, _with_net(paid, taken), (0, ZERO, ZERO, ZERO, ZERO)),
        empty=_("Invoice Cloud reported no payment and no reversal in this period."),
        drawn=2,
        by_day=True,
    )


def payments_by_method(scope: Scope) -> Table:
    paid = _by_method(_lines(scope).values(method=F("payment__method")).annotate(**MONEY))
    method = F("reversal__payment__method")
    taken = _by_method(_reversals(scope).values(method=method).annotate(taken=TAKEN), "taken")
    found = _with_net(paid, taken)
    by_amount = sorted(found.items(), key=lambda each: each[1][1], reverse=True)
    return Table(
        title=_("Payments by method"),
        headings=[_("Method"), *_headings()],
        rows=[(method or _("not specified"), *row) for method, row in by_amount[:MOST_METHODS]],
        empty=_("Invoice Cloud reported no payment and no reversal in this period."),
        drawn=2,
    )


def _headings() -> list[str]:
    return [_("Payments"), _("Amount"), _("Fees"), _("Reversed"), _("Net")]


def _by_method(rows: Any, *names: str) -> dict[str, Sequence[Any]]:
    names = names or ("payments", "paid", "fees")
    return {row["method"]: _figures(row, *names) for row in rows.order_by()}


def _with_net(
    paid: Mapping[Key, Sequence[Any]], taken: Mapping[Key, Sequence[Any]]
) -> dict[Key, Sequence[Any]]:
    """Returns payments, amount, fees, what was reversed with its fees, and what all of it makes."""
    rows: dict[Key, Sequence[Any]] = {}
    for key in {*paid, *taken}:
        number, amount, fees = paid.get(key, (0, ZERO, ZERO))
        (back,) = taken.get(key, (ZERO,))
        rows[key] = (number, amount, fees, back, amount + fees + back)
    return rows


def checkouts_by_result(scope: Scope) -> Table:
    found = _checkouts(scope).with_status().values("status_value").annotate(number=Count("pk"))
    numbers = {row["status_value"]: row["number"] for row in found.order_by()}
    return Table(
        title=_("Payments started, by result"),
        headings=[_("Result"), _("Started")],
        rows=[(status.label, numbers.get(status.value, 0)) for status in reversed(Status)],
        empty=_("No customer opened a payment page in this period."),
    )


def abandoned_by_day(scope: Scope) -> Table:
    days = _checkouts(scope).with_status().values("status_value", day=scope.day("created_at"))
    numbers: dict[date, Counter[str]] = {}
    for row in days.annotate(number=Count("pk")).order_by():
        numbers.setdefault(row["day"], Counter())[row["status_value"]] = row["number"]
    found = {
        day: (some[Status.UNCONFIRMED], some.total(), some[Status.PAID])
        for day, some in numbers.items()
    }
    return Table(
        title=_("Payments started and abandoned, by day"),
        headings=[_("Day"), _("Abandoned"), _("Started"), _("Paid")],
        rows=filled(scope, found, (0, 0, 0)),
        empty=_("No customer opened a payment page in this period."),
        by_day=True,
    )


def signups_by_day(scope: Scope) -> Table:
    asked = Signup.objects.filter(scope.within("asked_at"))
    days = asked.values(day=scope.day("asked_at")).annotate(
        asked=Count("pk"), finished=Count("finished_at")
    )
    # Unfinished ones are deleted after a while: for older days the count would be too low.
    since = scope.first_whole_day(kept_for("sign_ups_unfinished"))
    return Table(
        title=_("Sign-ups by day"),
        headings=[_("Day"), _("Finished"), _("Requested")],
        rows=[
            (day, finished, asked if day >= since else None)
            for day, finished, asked in filled(scope, _by_day(days, "finished", "asked"), (0, 0))
        ],
        empty=_("No customer began to create an online account in this period."),
        by_day=True,
        note=whole_since(scope, _("Requested"), kept_for("sign_ups_unfinished")),
    )


def _lines(scope: Scope) -> QuerySet[PaymentLine]:
    return PaymentLine.objects.filter(scope.within("payment__paid_at", biller="payment__biller"))


def _reversals(scope: Scope) -> QuerySet[ReversalLine]:
    return ReversalLine.objects.filter(scope.within("reversal__happened_at", biller=OF_REVERSAL))


def _checkouts(scope: Scope) -> CheckoutQuerySet:
    return Checkout.objects.filter(scope.within("created_at"))


def _by_day(days: QuerySet[Any, Any], *names: str) -> dict[date, Sequence[Any]]:
    return {row["day"]: _figures(row, *names) for row in days.order_by("day")}


def _figures(row: Mapping[str, Any], *names: str) -> Sequence[Any]:
    """Rounds to cents: SQLite sums in floating point."""
    found = [row[name] for name in names]
    return tuple(each.quantize(ZERO) if isinstance(each, Decimal) else each for each in found)


# By their name in URLs, in the order of the page.
REPORTS: Mapping[str, Callable[[Scope], Table]] = {
    "payments-by-day": payments_by_day,
    "payments-by-method": payments_by_method,
    "payments-begun-by-result": checkouts_by_result,
    "payments-abandoned-by-day": abandoned_by_day,
    "calls-by-operation": calls_by_operation,
    "sign-ups-by-day": signups_by_day,
}
