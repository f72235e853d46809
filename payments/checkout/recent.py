"""What happened a moment ago: so that nobody pays twice, and sees what came in."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from accounts.models import Member, UtilityAccount
from payments.models import Checkout, Payment, PaymentLine, Postback
from payments.review.services import undecided

Verdict = Postback.Verdict


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """The last payment of an account, or else the last checkout that may become one."""

    at: datetime
    payment: Payment | None = None


def attempt(account: UtilityAccount, *, besides: Checkout | None = None) -> Attempt | None:
    """What was paid, or is under way, for the account within the last 15 minutes."""
    since = timezone.now() - Checkout.UNDER_WAY
    paid = account.payments.filter(created_at__gt=since)
    started = _under_way(account, since)
    if besides:
        paid, started = paid.exclude(checkout=besides), started.exclude(pk=besides.pk)
    if payment := paid.order_by("-created_at").first():
        return Attempt(at=payment.created_at, payment=payment)
    checkout = started.order_by("-created_at").first()
    return Attempt(at=checkout.created_at) if checkout else None


def _under_way(account: UtilityAccount, since: datetime) -> QuerySet[Checkout]:
    """Not those that failed, were declined or rejected; one for review may have taken money."""
    calls = Postback.objects.filter(checkout=OuterRef("pk"))
    return account.checkouts.filter(created_at__gt=since, failed_at=None, payment=None).exclude(
        Exists(calls.filter(verdict__in=[Verdict.DECLINED, Verdict.REVIEW]))
        & ~Exists(undecided().filter(checkout=OuterRef("pk")))
    )


def received_today(member: Member) -> dict[int, Decimal]:
    """What was paid here today, without fees, for each linked account by its key.

    Whether it is posted already only Invoice Cloud knows, and its balance does not tell.
    """
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    lines = PaymentLine.objects.filter(
        payment__paid_at__gte=today, payment__account__links__member=member
    )
    sums = lines.values_list("payment__account").annotate(Sum("amount")).order_by()
    return dict(sums)
