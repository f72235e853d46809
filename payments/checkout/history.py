"""The payments that the portal knows of a member."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Value

from accounts.models import Member, UtilityAccount
from payments.checkout.status import Status, payment_of, status_of, telling_calls
from payments.models import Checkout, Payment, Postback

NONE = Value(None, output_field=BigIntegerField())


class Entry(NamedTuple):
    at: datetime
    account: UtilityAccount
    status: Status
    payment: Payment | None
    checkout: Checkout | None  # None: it was made elsewhere, and an operator added it


def of(member: Member) -> QuerySet[Checkout]:
    """The member's checkouts that came to something, newest first; not pages merely opened."""
    called = Exists(Postback.objects.filter(checkout=OuterRef("pk")))
    something = called | Q(returned_at__isnull=False) | Q(payment__isnull=False)
    return (
        Checkout.objects.filter(something, member=member)
        .select_related("account", "payment")
        .prefetch_related(telling_calls(), "payment__lines")
        .order_by("-created_at", "-pk")
    )


def added(member: Member) -> QuerySet[Payment]:
    """Those of no checkout, of the accounts that are the member's."""
    payments = Payment.objects.filter(checkout=None, account__links__member=member)
    return payments.select_related("account").prefetch_related("lines").order_by("-paid_at")


def everything(member: Member) -> QuerySet[Any]:
    """Both, newest first, as what `entries` reads: a page of it at a time."""
    checkouts = of(member).order_by().annotate(at=F("created_at"), launched=F("pk"), told=NONE)
    payments = added(member).order_by().annotate(at=F("paid_at"), launched=NONE, told=F("pk"))
    rows = [each.values_list("at", "launched", "told") for each in (checkouts, payments)]
    return rows[0].union(rows[1], all=True).order_by("-at", "-launched", "-told")


def entries(rows: Iterable[tuple[datetime, int | None, int | None]], member: Member) -> list[Entry]:
    keys = list(rows)
    checkouts = of(member).in_bulk([launched for _at, launched, _told in keys if launched])
    payments = added(member).in_bulk([told for _at, _launched, told in keys if told])
    found = [checkouts.get(launched) or payments.get(told) for _at, launched, told in keys]
    return [_entry(each) for each in found if each]  # an account may be unlinked meanwhile


def _entry(known: Checkout | Payment) -> Entry:
    if isinstance(known, Payment):
        return Entry(known.paid_at, known.account, Status.PAID, known, None)
    return Entry(known.created_at, known.account, status_of(known), payment_of(known), known)
