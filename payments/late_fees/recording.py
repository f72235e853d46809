"""Records attempts to pay that failed because Invoice Cloud or the portal was unavailable."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import FilteredRelation, Q, QuerySet
from django.dispatch import receiver
from django.utils import timezone

from accounts.helpers.payable import helped_by, payable
from accounts.linked_accounts import kept
from accounts.models import Member, UtilityAccount
from icsso.billing.not_available import Attempt, could_not_pay
from payments.models import Checkout, FailedAttempt

logger = logging.getLogger(__name__)
Kind = FailedAttempt.Kind
MOST = 50  # accounts of a member who did not say which one
INTERRUPTED_WITHIN = timedelta(days=1)


def attempts_of(account: UtilityAccount) -> QuerySet[FailedAttempt]:
    """Returns the newest first."""
    return FailedAttempt.objects.filter(account=account)


@receiver(could_not_pay)
def _failed(sender: object, attempt: Attempt, **more: Any) -> None:
    """Receives `could_not_pay`. The sender logs an exception and continues: the customer's page
    must never fail because of this."""
    accounts = attempt.accounts if attempt.is_sure else _tried(attempt.member, attempt.accounts)
    with transaction.atomic():  # an error in here must not end a transaction around it
        record(
            attempt.kind,
            biller=attempt.biller,
            member=attempt.member,
            accounts=accounts,
            at=attempt.at,
        )


def _tried(member: int | None, accounts: Collection[int]) -> Sequence[int | None]:
    """Returns the accounts (primary keys) that the person may have meant to pay: of those that a
    URL names, those that they may pay; otherwise their own, or those they help with."""
    if member is None:
        return list(accounts)
    condition = Q(all_links__needs_proof_since=None)
    rows = list(
        Member.objects.annotate(standing=FilteredRelation("all_links", condition=condition))
        .filter(pk=member)
        .order_by("standing__pk")
        .values_list("has_helped", "standing__account")[: MOST + 1]
    )
    found = [account for _, account in rows if account]
    if accounts or (not found and any(has_helped for has_helped, _ in rows)):
        person = Member.objects.select_related("biller").get(pk=member)
        if tried := list(payable(person, list(accounts))):
            return tried
        helped = helped_by(person).order_by("pk").values_list("link__account", flat=True)
        found = found or list(helped[: MOST + 1])
    return found if len(found) <= MOST else [None]


def record(
    kind: str, *, biller: int, member: int | None, accounts: Collection[int | None], at: datetime
) -> None:
    """Records an attempt once in ten minutes for each account and kind."""
    known = kept.last([account for account in accounts if account])
    recent = _recently(kind, member=member, accounts=accounts, at=at)
    attempts = []
    for account in set(accounts) - recent:
        last = known.get(account) if account else None
        attempts.append(
            FailedAttempt(
                biller_id=biller,
                account_id=account,
                member_id=member,
                kind=kind,
                at=at,
                key=_key(kind, member=member, account=account, at=at),
                balance=last.amount if last else None,
                due_date=last.due_date if last else None,
                known_at=last.asked_at if last else None,
            )
        )
    FailedAttempt.objects.bulk_create(attempts, ignore_conflicts=True)


def _recently(
    kind: str, *, member: int | None, accounts: Collection[int | None], at: datetime
) -> set[int | None]:
    about = Q(account__in=[account for account in accounts if account])
    if None in accounts:
        about |= Q(account=None, member=member)
    apart = FailedAttempt.APART
    near = FailedAttempt.objects.filter(about, kind=kind, at__gt=at - apart, at__lt=at + apart)
    return set(near.order_by().values_list("account", flat=True))


def _key(kind: str, *, member: int | None, account: int | None, at: datetime) -> str:
    slot = int(at.timestamp() // FailedAttempt.APART.total_seconds())
    return f"{kind}:{account or f'member-{member}'}:{slot}"


def record_interrupted() -> int:
    """Records checkouts whose launch was interrupted because a process died, so that nothing
    reported them. Safe to repeat. Returns how many there were."""
    now = timezone.now()
    silent = Checkout.objects.filter(
        launched_at=None,
        failed_at=None,
        payments=None,
        created_at__gt=now - INTERRUPTED_WITHIN,
        created_at__lt=now - Checkout.LAUNCH_TIMEOUT,
    )
    interrupted = list(silent.prefetch_related("parts"))
    for each in interrupted:
        record(
            Kind.INTERRUPTED,
            biller=each.biller_id,
            member=each.member_id,
            accounts=[part.account_id for part in each.parts.all()],
            at=each.created_at,
        )
    return len(interrupted)
