"""When a member last opened a page of Invoice Cloud's: what was known before may have changed."""

import logging
from datetime import datetime

from django.core.cache import cache
from django.utils import timezone

logger = logging.getLogger(__name__)
SECONDS_KEPT = 300  # longer than anything is kept that may have changed


def note(member_pk: int) -> None:
    try:
        cache.set(_key(member_pk), timezone.now(), SECONDS_KEPT)
    except Exception:
        # A cache that is away must not keep the billing page from anybody.
        logger.exception("visit of a billing page not noted")


def last(member_pk: int) -> datetime | None:
    """None: not within the last minutes."""
    visited: datetime | None = cache.get(_key(member_pk))
    return visited


def _key(member_pk: int) -> str:
    return f"billing-visit:{member_pk}"
