"""How checkouts stand, worked out by the database: the same as `status_of` says of one."""

from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from payments.checkout.status import Status, Verdict
from payments.models import Checkout, Payment, Postback
from payments.models.review_decision import ReviewDecision


def with_status(checkouts: QuerySet[Checkout], now: datetime | None = None) -> Any:
    """The same, with `status` on each."""
    now = now or timezone.now()
    broken_off = Q(launched_at=None, created_at__lt=now - Checkout.PATIENCE)
    unheard = Q(created_at__lt=now - Checkout.UNCONFIRMED_AFTER)
    return checkouts.annotate(
        status=Case(
            When(Exists(Payment.objects.filter(checkout=OuterRef("pk"))), _said(Status.PAID)),
            When(_told(_undecided()), _said(Status.CHECKING)),
            When(_told(Q(verdict=Verdict.DECLINED)), _said(Status.DECLINED)),
            When(_told(Q(verdict=Verdict.REVIEW)), _said(Status.REJECTED)),
            When(Q(failed_at__isnull=False) | broken_off, _said(Status.FAILED)),
            When(unheard, _said(Status.UNCONFIRMED)),
            When(returned_at__isnull=False, then=_said(Status.WAITING)),
            When(launched_at__isnull=False, then=_said(Status.OPEN)),
            default=_said(Status.OPENING),
            output_field=CharField(),
        )
    )


def _said(status: Status) -> Value:
    return Value(status.value)


def _told(what: Q) -> Exists:
    return Exists(Postback.objects.filter(what, checkout=OuterRef("pk")))


def _undecided() -> Q:
    """Not read yet, or for review without an operator's last word."""
    decided = ReviewDecision.objects.final().filter(postback=OuterRef("pk"))
    return Q(verdict=Verdict.RECEIVED) | Q(~Exists(decided), verdict=Verdict.REVIEW)
