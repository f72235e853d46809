"""Recent payments of an account or a member, so that nobody pays twice by accident and everyone
sees what has been received."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from accounts.models import CustomerChange, Member, UtilityAccount
from payments.models import Checkout, Payment, PaymentLine, Postback

Verdict = Postback.Verdict


@dataclass(frozen=True, kw_only=True)
class RecentActivity:
    """The latest payment of an account, or the latest checkout that may become one."""

    at: datetime
    payment: Payment | None = None


def recent_activity(
    account: UtilityAccount, *, besides: Checkout | None = None
) -> RecentActivity | None:
    """Returns what was paid for the account in the last 15 minutes, or else what was started.

    besides: a checkout to leave out.
    """
    since = timezone.now() - Checkout.RECENT
    paid = account.payments.filter(created_at__gt=since)
    started = _in_progress(account, since)
    if besides:
        paid, started = paid.exclude(checkout=besides), started.exclude(pk=besides.pk)
    if payment := paid.order_by("-created_at").first():
        return RecentActivity(at=payment.created_at, payment=payment)
    checkout = started.order_by("-created_at").first()
    return RecentActivity(at=checkout.created_at) if checkout else None


def _in_progress(account: UtilityAccount, since: datetime) -> QuerySet[Checkout]:
    """Leaves out failed, declined, and rejected ones; one for review may have taken money."""
    postbacks = Postback.objects.filter(checkout=OuterRef("pk"))
    return account.checkouts.filter(created_at__gt=since, failed_at=None, payment=None).exclude(
        Exists(postbacks.filter(verdict__in=[Verdict.DECLINED, Verdict.REVIEW]))
        & ~Exists(postbacks.awaiting_decision())
    )


def received_today(member: Member) -> dict[int, Decimal]:
    """Returns what was paid here on the biller's today, without fees, by the key of each linked
    account.

    Only Invoice Cloud knows whether it is already posted, and its balance does not say.
    """
    midnight = datetime.combine(member.biller.today(), time.min, member.biller.zone)
    later = CustomerChange.objects.filter(
        account=OuterRef("payment__account"), at__gt=OuterRef("payment__paid_at")
    )
    lines = PaymentLine.objects.filter(
        ~Exists(later),
        payment__paid_at__gte=midnight,
        payment__account__in=member.links.values("account"),
    )
    sums = lines.values_list("payment__account").annotate(Sum("amount")).order_by()
    return dict(sums)
