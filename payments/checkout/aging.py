"""What time does to checkouts: without a call for an hour they are shown to operators."""

import logging
from datetime import datetime

from django.db import DatabaseError
from django.db.models import Exists, OuterRef
from django.utils import timezone

from payments.models import Checkout, Postback
from payments.postbacks.services import conclude

logger = logging.getLogger(__name__)
# What one checkout's calls may meet that no other's do: a row the database refuses, a kept call
# that is not as `keep` writes it.
OF_ONE_CHECKOUT = (
    DatabaseError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
)


def age_checkouts(now: datetime | None = None) -> int:
    """Marks what stayed without a call, and decides calls that were kept but not decided.

    Gives the number of checkouts marked. Safe to repeat; a late call still counts.
    """
    for checkout in Checkout.objects.filter(
        postbacks__verdict=Postback.Verdict.RECEIVED
    ).distinct():
        try:
            conclude(checkout)
        except OF_ONE_CHECKOUT:
            logger.exception("calls not decided", extra={"checkout": checkout.pk})
    old = Checkout.objects.filter(
        created_at__lt=(now or timezone.now()) - Checkout.UNCONFIRMED_AFTER
    )
    old.exclude(hosted_url="").update(hosted_url="", is_current=False)
    opened = old.filter(unconfirmed_at=None).exclude(launched_at=None)
    unheard = opened.exclude(Exists(Postback.objects.filter(checkout=OuterRef("pk"))))
    return unheard.update(unconfirmed_at=timezone.now())
