"""A member's payments, as far as the portal knows them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Value

from accounts.models import CustomerChange, Member, UtilityAccount
from payments.models import Checkout, Payment, Postback
from payments.models.checkout import Status

NONE = Value(None, output_field=BigIntegerField())


class Entry(NamedTuple):
    at: datetime
    account: UtilityAccount
    status: Status
    payment: Payment | None
    checkout: Checkout | None  # None: paid elsewhere and added by staff


def checkouts_of(member: Member) -> QuerySet[Checkout]:
    """Returns the member's checkouts with a result, newest first, without pages merely opened."""
    has_postback = Exists(Postback.objects.filter(checkout=OuterRef("pk")))
    came_to_something = has_postback | Q(returned_at__isnull=False) | Q(payment__isnull=False)
    return (
        Checkout.objects.with_deciding_postbacks()
        .filter(came_to_something, member=member)
        .select_related("account", "payment")
        .prefetch_related("payment__lines")
        .order_by("-created_at", "-pk")
    )


def added_payments_of(member: Member) -> QuerySet[Payment]:
    """Returns payments without a checkout for the member's linked accounts, newest first. None
    from before the CIS gave the account to its present customer."""
    later = CustomerChange.objects.filter(account=OuterRef("account"), at__gt=OuterRef("paid_at"))
    payments = Payment.objects.filter(
        ~Exists(later), checkout=None, account__in=member.links.values("account")
    )
    return payments.select_related("account").prefetch_related("lines").order_by("-paid_at")


def history_of(member: Member) -> QuerySet[Any]:
    """Returns both, newest first, as keys that `entries` turns into entries page by page."""
    checkouts = checkouts_of(member).order_by()
    payments = added_payments_of(member).order_by()
    keys = ("at", "checkout_key", "payment_key")
    rows = [
        checkouts.annotate(at=F("created_at"), checkout_key=F("pk"), payment_key=NONE),
        payments.annotate(at=F("paid_at"), checkout_key=NONE, payment_key=F("pk")),
    ]
    first, second = (each.values_list(*keys) for each in rows)
    return first.union(second, all=True).order_by("-at", "-checkout_key", "-payment_key")


def entries(rows: Iterable[tuple[datetime, int | None, int | None]], member: Member) -> list[Entry]:
    keys = list(rows)
    checkouts = checkouts_of(member).in_bulk([checkout for _at, checkout, _ in keys if checkout])
    payments = added_payments_of(member).in_bulk([payment for _at, _, payment in keys if payment])
    found = [checkouts.get(checkout) or payments.get(payment) for _at, checkout, payment in keys]
    return [_entry(each) for each in found if each]  # an account may have been unlinked since


def _entry(known: Checkout | Payment) -> Entry:
    if isinstance(known, Payment):
        return Entry(known.paid_at, known.account, Status.PAID, known, None)
    return Entry(known.created_at, known.account, known.status, known.recorded_payment, known)
