"""The periodic job for checkouts: concludes leftover postbacks and marks unconfirmed checkouts."""

import logging
from datetime import datetime

from django.db import DatabaseError
from django.utils import timezone

from payments.models import Checkout, Postback
from payments.postbacks.services import conclude

logger = logging.getLogger(__name__)
# What the postbacks of a single checkout may raise: a row that the database refuses, or stored
# fields that are not in the form that `store` writes.
ERRORS_OF_ONE_CHECKOUT = (
    DatabaseError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
)


def age_checkouts(now: datetime | None = None) -> int:
    """Concludes postbacks that were stored but not concluded, then marks checkouts that got no
    postback for an hour. Safe to repeat; a late postback still counts.

    Returns the number of checkouts marked.
    """
    received = Postback.objects.received().values("checkout")
    for checkout in Checkout.objects.filter(pk__in=received):
        try:
            conclude(checkout)
        except ERRORS_OF_ONE_CHECKOUT:
            logger.exception("postbacks not concluded", extra={"checkout": checkout.pk})
    return Checkout.objects.all().expire(now or timezone.now())
