"""Customers who tried to pay and could not, and whether they paid later."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.exports.files import Column, one_by_one
from payments.models import FailedAttempt, Payment
from payments.models.sums import is_reversed
from payments.reports.tables import Scope


def attempts(scope: Scope) -> QuerySet[Any]:
    """Returns the attempts of the period, newest first, each with `paid_later_at`: the first
    payment for the account since then that was not reversed, or None."""
    found = FailedAttempt.objects.filter(scope.within("at")).annotate(day=scope.day("at"))
    found = found.select_related("biller", "account", "member").order_by("-at", "-pk")
    return found.annotate(paid_later_at=Subquery(_paid_since(scope).values("paid_at")[:1]))


def _paid_since(scope: Scope) -> QuerySet[Payment]:
    """Returns the payments since the outer attempt, first paid first. A list may give only the day
    of each payment; then those count that were not known at the time of the attempt."""
    same_day = Q(paid_on=OuterRef("day"), created_at__gte=OuterRef("at"))
    payments = Payment.objects.filter(~is_reversed(), account=OuterRef("account"))
    payments = payments.annotate(paid_on=scope.day("paid_at"))
    return payments.filter(Q(paid_at__gte=OuterRef("at")) | same_day).order_by("paid_at")


class Totals(NamedTuple):
    attempts: int
    accounts: int
    unpaid: int  # accounts without a payment since


def totals(found: QuerySet[Any]) -> Totals:
    named = found.exclude(account=None).order_by()
    accounts = named.values("account").distinct()
    unpaid = named.filter(paid_later_at=None).values("account").distinct()
    return Totals(found.order_by().count(), accounts.count(), unpaid.count())


def is_paid_late(attempt: Any) -> bool | None:
    """Whether the later payment came after the due date; None if that is not known."""
    if attempt.due_date is None or attempt.paid_later_at is None:
        return None
    paid_on = timezone.localdate(attempt.paid_later_at, attempt.biller.zone)
    return bool(paid_on > attempt.due_date)


def who(attempt: FailedAttempt) -> str:
    if attempt.member_id is None:
        return str(_("without signing in"))
    return str(attempt.member)


def _in_zone(attempt: Any, name: str) -> Any:
    moment = getattr(attempt, name)
    return moment and timezone.localtime(moment, attempt.biller.zone)


def _late(attempt: Any) -> str:
    late = is_paid_late(attempt)
    if late is None:
        return ""
    return str(_("yes") if late else _("no"))


COLUMNS = (
    Column(_("tried"), lambda row: _in_zone(row, "at")),
    Column(_("biller"), lambda row: row.biller),
    Column(_("account number"), lambda row: row.account.account_number if row.account else ""),
    Column(_("name"), lambda row: row.account.name if row.account else ""),
    Column(_("who"), who),
    Column(_("what failed"), FailedAttempt.get_kind_display),
    Column(_("due date then"), lambda row: row.due_date),
    Column(_("balance then"), lambda row: row.balance),
    Column(_("as of"), lambda row: _in_zone(row, "known_at")),
    Column(_("paid later"), lambda row: _in_zone(row, "paid_later_at")),
    Column(_("paid after the due date"), _late),
)


def rows(scope: Scope) -> Iterator[list[Any]]:
    for attempt in one_by_one(attempts(scope)):
        yield [column.value(attempt) for column in COLUMNS]
