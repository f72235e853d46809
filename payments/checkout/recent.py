"""Recent payments of an account or a member, so that nobody pays twice by accident and everyone
sees what has been received."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from accounts.linked_accounts.received import MAY_BE_STALE, Accounts, Paid, register
from accounts.models import CustomerChange, LinkedAccount, Member, UtilityAccount
from icsso.billers.models import Biller
from icsso.queries import MadeOnce
from payments.models import Checkout, CheckoutAccount, Payment, PaymentLine
from payments.models.checkout_account import about_outer_account
from payments.models.sums import dollars_of

MOST = 20  # payments of one account in 15 minutes


@dataclass(frozen=True, kw_only=True)
class RecentActivity:
    """The latest payment of an account, or the latest checkout that may become one. is_known:
    whether the account is the visitor's own, so that they may see how much was paid."""

    account: UtilityAccount
    at: datetime
    payment: Payment | None = None
    is_known: bool = False


def recent_activities(
    accounts: Iterable[UtilityAccount],
    *,
    own: Collection[int] = (),
    besides: Checkout | None = None,
) -> list[RecentActivity]:
    """Returns what was paid for each account in the last 15 minutes, or else what was started;
    accounts without either are left out. Takes two queries for any number of accounts.

    own: the accounts (primary keys) that are the visitor's own. besides: a checkout to leave out.
    """
    since = timezone.now() - Checkout.RECENT
    by_key = {account.pk: account for account in accounts}
    paid = Payment.objects.filter(account__in=by_key, created_at__gt=since)
    started = _in_progress(since).filter(account__in=by_key)
    if besides:
        paid, started = paid.exclude(checkout=besides), started.exclude(checkout=besides)
    found = {
        key: RecentActivity(account=by_key[key], at=at)
        for key, at in started.order_by()
        .values_list("account")
        .annotate(Max("checkout__created_at"))
    }
    for payment in _newest_left(paid, most=MOST * len(by_key)):
        at, key = payment.created_at, payment.account_id
        found[key] = RecentActivity(
            account=by_key[key], at=at, payment=payment, is_known=key in own
        )
    return [found[key] for key in by_key if key in found]


def _newest_left(paid: QuerySet[Payment], *, most: int) -> list[Payment]:
    """Returns unreversed payments, the newest last: a reversed one can be paid again."""
    newest = Payment.objects.filter(pk__in=paid.values("pk")).with_net().order_by("-created_at")
    return [each for each in newest[:most] if not each.is_reversed][::-1]


def _in_progress(since: datetime) -> Any:
    """Leaves out failed, paid, declined, and rejected ones; review may mean money was taken."""
    postbacks = about_outer_account()
    begun = CheckoutAccount.objects.filter(checkout__created_at__gt=since, checkout__failed_at=None)
    return begun.unpaid().exclude(Exists(postbacks.denying()) & ~Exists(postbacks.undecided()))


def _one_paid(biller_id: Any, since: Any, accounts: Any) -> "QuerySet[Payment, Any]":
    paid = Payment.objects.filter(biller_id=biller_id, paid_at__gt=since, account__pk__in=accounts)
    return paid.order_by().values_list("pk")[:1]


_any_paid = MadeOnce(
    _one_paid,
    biller_id=Payment._meta.get_field("biller"),
    since=Payment._meta.get_field("paid_at"),
    accounts=UtilityAccount._meta.pk,
)


def _one_paid_of(biller_id: Any, since: Any, member: Any) -> "QuerySet[Payment, Any]":
    return _one_paid(biller_id, since, _seen_by(member))


def _seen_by(member: Any) -> "QuerySet[LinkedAccount, Any]":
    return LinkedAccount.objects.standing().filter(member=member).order_by().values("account")


_any_paid_of = MadeOnce(
    _one_paid_of,
    biller_id=Payment._meta.get_field("biller"),
    since=Payment._meta.get_field("paid_at"),
    member=LinkedAccount._meta.get_field("member"),
)


@register
def paid_lately(biller: Biller, accounts: Accounts) -> dict[int, Paid]:
    """Returns what was paid in the portal in the last 24 hours, less reversals and without fees, by
    account.

    Leaves out payments that the CIS has posted. Otherwise, only Invoice Cloud knows whether its
    balance includes them, and it does not say so.
    """
    since = timezone.now() - MAY_BE_STALE
    # Nothing, as for most: making and planning the other query costs ten times this.
    if not _is_any_paid(biller, accounts, since):
        return {}
    among: Any = _seen_by(accounts.pk) if isinstance(accounts, Member) else accounts
    later = CustomerChange.objects.filter(
        account=OuterRef("payment__account"), at__gt=OuterRef("payment__paid_at")
    )
    lines = (
        PaymentLine.objects.with_cents_left()
        .filter(
            ~Exists(later),
            payment__biller=biller,
            payment__paid_at__gt=since,
            payment__account__in=among,
        )
        .exclude(_is_posted(biller))
    )
    rows = lines.values_list("payment__account").order_by()
    sums = rows.annotate(Sum("cents_left"), Min("payment__paid_at"))
    return {
        account: Paid(dollars_of(left), timezone.localdate(first, biller.zone))
        for account, left, first in sums
        if left
    }


def _is_any_paid(biller: Biller, accounts: Accounts, since: datetime) -> bool:
    values = {"biller_id": biller.pk, "since": since}
    if isinstance(accounts, Member):
        return bool(_any_paid_of(**values, member=accounts.pk))
    return bool(_any_paid(**values, accounts=list(accounts)))


def _is_posted(biller: Biller) -> Q:
    today = biller.today()
    midnight = datetime.combine(today, time.min, biller.zone)
    yesterdays = Q(
        payment__paid_at__lt=midnight,
        payment__account__posted_through__gte=today - timedelta(days=1),
    )
    return Q(payment__account__posted_through__gte=today) | yesterdays
