"""What the portal knows about accounts that a reminder could be about: the same number of queries
for any number of accounts, and no call to Invoice Cloud."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cache
from typing import Any

from django.db.models import Exists, Q, QuerySet
from django.utils import timezone

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import LinkedAccount, Member, UtilityAccount
from icsso.queries import MadeOnce
from payments.models import Checkout, CheckoutAccount, Payment, Postback, Reversal
from payments.models.checkout import Status
from payments.models.checkout_status import has

FRESH = timedelta(hours=24)  # a reminder states a balance as if it were current
# A payment may take this long to show in Invoice Cloud's balance.
SHOWS_AFTER = timedelta(days=3)
RETURNED_FOR = timedelta(days=30)  # how long a returned payment is worth a line
TAKEN_BACK = (Reversal.Kind.RETURNED, Reversal.Kind.CHARGEBACK)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """balance: None if it isn't known, or is too old. returned: the member's own payment that was
    taken back and not made again. is_paid: something is owed or was returned, and a payment was
    received since the balance was read, or so recently that the balance may not show it, or is in
    progress."""

    link: LinkedAccount
    balance: Balance | None = None
    returned: Payment | None = None
    is_paid: bool = False

    @property
    def account(self) -> UtilityAccount:
        return self.link.account


def facts_of(  # noqa: PLR0913  all but two keyword-only
    member: Member,
    links: Sequence[LinkedAccount],
    *,
    oldest: timedelta = FRESH,
    is_doubt_allowed: bool = False,
    current: Mapping[int, Balance] | None = None,
    about_bills: bool = True,
) -> list[Facts]:
    """links: some of the member's, with their accounts. oldest: how old a balance may be.
    is_doubt_allowed: also use balances that may have changed on the billing pages since. current:
    the result of `kept.current`, if it is already known. about_bills: False if nothing is said of
    what is owed, so that payments are looked for only where one was returned."""
    keys = [link.account_id for link in links]
    known = _balances(links, oldest, zone=member.biller.zone)
    if current is not None:
        known = {key: balance for key, balance in known.items() if key in current}
    elif not is_doubt_allowed:
        known = kept.undoubted(known)
    returned = _returned(member, keys)
    # Whatever was paid, nothing is said about the others.
    owing = [key for key, balance in known.items() if about_bills and balance.amount > 0]
    about = [*owing, *returned]
    paid, under_way = (_paid(about), _under_way(about)) if about else ({}, set())
    found = []
    for link in links:
        account, balance = link.account_id, known.get(link.account_id)
        last = paid.get(account)
        taken = returned.get(account)
        if taken and (account in under_way or (last and _returned_at(taken) < last.paid_at)):
            taken = None  # paid again
        found.append(
            Facts(
                link=link,
                balance=balance,
                returned=taken,
                is_paid=account in under_way or _counts(last, balance),
            )
        )
    return found


def _balances(
    links: Iterable[LinkedAccount], oldest: timedelta, *, zone: tzinfo
) -> dict[int, Balance]:
    since = timezone.now() - oldest
    last = {link.account_id: kept.of(link, zone=zone) for link in links}
    return {key: balance for key, balance in last.items() if balance and balance.asked_at > since}


def _counts(payment: Payment | None, balance: Balance | None) -> bool:
    if payment is None:
        return False
    read = balance.asked_at if balance else timezone.now()
    return payment.created_at > read or payment.paid_at > timezone.now() - SHOWS_AFTER


def _paid(keys: Iterable[int]) -> dict[int, Payment]:
    """Returns the last payment of each account that was not completely reversed."""
    since = timezone.now() - RETURNED_FOR
    payments = Payment.objects.filter(account__in=keys, paid_at__gt=since).with_net()
    rows = payments.order_by("paid_at", "pk")
    return {each.account_id: each for each in rows if not each.is_reversed}


def _under_way(keys: Iterable[int]) -> set[int]:
    now = timezone.now()
    lately = Q(created_at__gt=now - Checkout.UNCONFIRMED_AFTER)
    # There are hardly ever any. The status is computed only for these, because planning it takes
    # the database 20 ms.
    begun = Checkout.objects.filter(lately | Q(_in_doubt()), accounts__in=keys)
    candidates = list(begun.order_by().values_list("pk", flat=True))
    if not candidates:
        return set()
    opened = Q(status_value__in=[Status.OPENING, Status.OPEN], created_at__gt=now - Checkout.RECENT)
    waits = Q(status_value__in=[Status.WAITING, Status.CHECKING, Status.PARTLY_PAID])
    known = Checkout.objects.filter(pk__in=candidates).with_status().filter(opened | waits)
    parts = CheckoutAccount.objects.filter(account__in=keys, checkout__in=known.values("pk"))
    return set(parts.unpaid().values_list("account", flat=True))


@cache
def _in_doubt() -> Exists:
    """Returns the query, which is built once and not for each page."""
    return has(Postback.objects.undecided())


def _returned(member: Member, keys: Iterable[int]) -> dict[int, Payment]:
    """Returns the last payment of each account that was taken back and not reinstated."""
    since = timezone.now() - RETURNED_FOR
    taken = set(_taken_back_of(accounts=list(keys), since=since))
    if not taken:  # hardly any member has one
        return {}
    found: defaultdict[int, list[Payment]] = defaultdict(list)
    payments = Payment.objects.filter(pk__in=taken, checkout__member=member).with_reversals()
    for payment in payments.order_by("paid_at", "pk"):
        last = payment.last_reversal
        if payment.is_reversed and last and last.kind in TAKEN_BACK:
            found[payment.account_id].append(payment)
    return {account: payments[-1] for account, payments in found.items()}


def _taken_back(accounts: list[Any], since: Any) -> "QuerySet[Reversal, int]":
    """Returns the payments, as primary keys."""
    events = Reversal.objects.filter(
        kind__in=TAKEN_BACK, payment__account__pk__in=accounts, happened_at__gt=since
    )
    return events.order_by().values_list("payment", flat=True)


_taken_back_of = MadeOnce(
    _taken_back,
    accounts=UtilityAccount._meta.pk,
    since=Reversal._meta.get_field("happened_at"),
)


def _returned_at(payment: Payment) -> datetime:
    last = payment.last_reversal
    return last.happened_at if last else payment.paid_at
