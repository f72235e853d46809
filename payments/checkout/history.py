"""A member's payments, as far as the portal knows them."""

import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.utils.translation import gettext as _

from accounts.models import CustomerChange, Helper, Member, UtilityAccount
from payments.checkout.others import others_accounts, shown_number
from payments.checkout.received import Received, received_in
from payments.models import Checkout, Payment, Postback
from payments.models.checkout import Status

BATCH = 500
NONE = Value(None, output_field=BigIntegerField())


class Entry(NamedTuple):
    at: datetime
    accounts: Sequence[UtilityAccount]
    status: Status
    payment: Received | None
    checkout: Checkout | None  # None: paid elsewhere and added by staff, or by a helper
    others: Collection[int] = ()  # accounts (primary keys) that are not the member's
    helper: str = ""  # who paid on the member's behalf: the email that was invited

    @property
    def numbers(self) -> list[str]:
        """Returns the accounts' numbers; of other members' accounts only the end."""
        return [shown_number(each, is_helped=each.pk in self.others) for each in self.accounts]


def checkouts_of(member: Member) -> QuerySet[Checkout]:
    """Returns the member's checkouts with a result, newest first."""
    has_postback = Exists(Postback.objects.filter(checkout=OuterRef("pk")))
    paid = Exists(Payment.objects.filter(checkout=OuterRef("pk")))
    came_to_something = has_postback | Q(returned_at__isnull=False) | paid
    return (
        Checkout.objects.with_deciding_postbacks()
        .filter(came_to_something, member=member)
        .prefetch_related("payments__account__biller", "payments__reversals")
        .order_by("-created_at", "-pk")
    )


def added_payments_of(member: Member) -> QuerySet[Payment]:
    """Returns payments without a checkout for the member's linked accounts, newest first, except
    those from before the CIS gave the account to its present customer."""
    later = CustomerChange.objects.filter(account=OuterRef("account"), at__gt=OuterRef("paid_at"))
    payments = Payment.objects.filter(
        ~Exists(later), checkout=None, account__in=member.links.values("account")
    )
    payments = payments.select_related("account__biller").with_reversals()
    return payments.order_by("-paid_at")


def payments_by_helpers(member: Member) -> QuerySet[Payment]:
    """Returns what helpers paid on the member's behalf, newest first, whether or not they still
    help. Annotates `helper`: the email that the member invited; None if that is no longer kept."""
    emails = Helper.objects.filter(owner=member, person=OuterRef("checkout__member"))
    payments = Payment.objects.filter(
        checkout__parts__on_behalf_of=member, checkout__parts__account=F("account")
    )
    payments = payments.annotate(helper=Subquery(emails.order_by("-pk").values("email")[:1]))
    return payments.select_related("account__biller").with_reversals().order_by("-paid_at")


def history_of(member: Member) -> QuerySet[Any]:
    """Returns everything, newest first, as keys that `entries` turns into entries page by page."""
    checkouts = checkouts_of(member).order_by()
    keys = ("at", "checkout_key", "payment_key")
    rows = [
        checkouts.annotate(at=F("created_at"), checkout_key=F("pk"), payment_key=NONE),
        *(
            payments.order_by().annotate(at=F("paid_at"), checkout_key=NONE, payment_key=F("pk"))
            for payments in (added_payments_of(member), payments_by_helpers(member))
        ),
    ]
    first, *others = (each.values_list(*keys) for each in rows)
    return first.union(*others, all=True).order_by("-at", "-checkout_key", "-payment_key")


def entries(rows: Iterable[tuple[datetime, int | None, int | None]], member: Member) -> list[Entry]:
    keys = list(rows)
    checkouts = checkouts_of(member).in_bulk([checkout for _at, checkout, _pk in keys if checkout])
    wanted = [payment for _at, _pk, payment in keys if payment]
    payments = added_payments_of(member).in_bulk(wanted)
    others = [key for key in wanted if key not in payments]
    payments |= payments_by_helpers(member).in_bulk(others)
    found = [checkouts.get(checkout) or payments.get(payment) for _at, checkout, payment in keys]
    is_helper = any(each.helped for each in checkouts.values())
    helped = others_accounts(member) if is_helper else frozenset()
    # An account may have been unlinked in the meantime.
    return [_entry(each, helped) for each in found if each]


def every_entry(member: Member) -> Iterator[Entry]:
    """Yields everything, newest first, a batch at a time, without a cursor that stays open."""
    known = (
        _in_order(checkouts_of(member), "created_at"),
        _in_order(added_payments_of(member), "paid_at"),
        _in_order(payments_by_helpers(member), "paid_at"),
    )
    helped = others_accounts(member)
    found = ((_entry(row, helped) for row in rows) for rows in known)
    return heapq.merge(*found, key=lambda entry: entry.at, reverse=True)


def _in_order(rows: QuerySet[Any], field: str) -> Iterator[Any]:
    ordered = rows.order_by(f"-{field}", "-pk")
    batch = list(ordered[:BATCH])
    while batch:
        yield from batch
        at, pk = getattr(batch[-1], field), batch[-1].pk
        later = Q(**{f"{field}__lt": at}) | Q(**{field: at, "pk__lt": pk})
        batch = list(ordered.filter(later)[:BATCH])


def _entry(known: Checkout | Payment, others: Collection[int]) -> Entry:
    if isinstance(known, Payment):
        status = Status.REVERSED if known.is_reversed else Status.PAID
        helper = getattr(known, "helper", None) or (_("a helper") if known.checkout_id else "")
        own = [known.account]
        return Entry(known.paid_at, own, status, Received([known]), None, helper=helper)
    accounts, received = known.ordered_accounts, received_in(known)
    return Entry(known.created_at, accounts, known.status, received, known, others)
