"""The periodic job for checkouts: concludes leftover postbacks and marks unconfirmed checkouts."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError
from django.db.models import Exists, QuerySet
from django.utils import timezone

from payments.models import Checkout, PaymentLine, Postback, ReviewDecision
from payments.models.checkout import CheckoutQuerySet
from payments.models.checkout_account import silent_accounts
from payments.postbacks.services import conclude

logger = logging.getLogger(__name__)
# By then, a checkout is paid, declined, or marked. Only a postback, a decision about one, or a
# payment can change that, so the money tables are not read completely every five minutes.
LOOKED_AT = timedelta(days=2)
# Errors that concern the postbacks of a single checkout: a row that the database refuses, or stored
# fields that are not in the form that `store` writes.
ERRORS_OF_ONE_CHECKOUT = (
    DatabaseError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
)


def age_checkouts(*, every: bool = False) -> int:
    """Concludes postbacks that were stored but not concluded, then marks checkouts without a
    postback for an hour. Safe to repeat; a late postback still counts.

    every: includes checkouts that are older than `LOOKED_AT` and have had no activity since.
    Returns the number of checkouts marked.
    """
    received = Postback.objects.received().values("checkout")
    for checkout in Checkout.objects.filter(pk__in=received):
        try:
            conclude(checkout)
        except ERRORS_OF_ONE_CHECKOUT:
            logger.exception("postbacks not concluded", extra={"checkout": checkout.pk})
    now = timezone.now()
    if every:
        return _expire(Checkout.objects.all(), now)
    since = now - LOOKED_AT
    older = Checkout.objects.filter(created_at__lt=since)
    # One statement each, so that each uses an index.
    changed: tuple[QuerySet[Any, Any], ...] = (
        Postback.objects.filter(received_at__gte=since).values("checkout"),
        ReviewDecision.objects.filter(at__gte=since).values("postback__checkout"),
        PaymentLine.objects.filter(recorded_at__gte=since).values("payment__checkout"),
    )
    marked = _expire(Checkout.objects.filter(created_at__gte=since), now)
    for each in changed:
        marked += _expire(older.filter(pk__in=each.order_by()), now)
    return marked


def _expire(checkouts: CheckoutQuerySet, now: datetime) -> int:
    """Closes the hosted pages of old checkouts and marks those as unconfirmed that have an account
    without a postback. Returns how many were marked."""
    old = checkouts.filter(created_at__lt=now - Checkout.UNCONFIRMED_AFTER)
    old.exclude(hosted_url="").update(hosted_url="", is_current=False)
    opened = old.filter(unconfirmed_at=None).exclude(launched_at=None)
    return opened.filter(Exists(silent_accounts())).update(unconfirmed_at=timezone.now())
