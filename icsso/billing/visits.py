"""When a member last opened a billing page: data from before may have changed."""

import logging
from datetime import datetime

from django.core.cache import cache
from django.utils import timezone

logger = logging.getLogger(__name__)
SECONDS_KEPT = 300  # longer than any data that may have changed is cached


def note(member_pk: int) -> None:
    try:
        cache.set(_key(member_pk), timezone.now(), SECONDS_KEPT)
    except Exception:
        # If the cache is down, the billing page must still open.
        logger.exception("billing page visit not recorded")


def last(member_pk: int) -> datetime | None:
    """Returns None if there was no visit in the last few minutes."""
    visited: datetime | None = cache.get(_key(member_pk))
    return visited


def _key(member_pk: int) -> str:
    return f"billing-visit:{member_pk}"
