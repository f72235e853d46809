"""Whether Invoice Cloud answered a biller the last time it was called, and since when."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.utils import timezone

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Availability:
    available: bool
    since: datetime


def note(slug: str, *, available: bool) -> None:
    """After each call. Kept until it changes."""
    try:
        known = last_known(slug)
        if known is None or known.available != available:
            cache.set(_key(slug), Availability(available, timezone.now()), timeout=None)
    except Exception:
        # A cache that is away must not lose the answer of the call, which may be a payment.
        logger.exception("availability not noted")


def last_known(slug: str) -> Availability | None:
    """None: not called since the cache began."""
    known: Availability | None = cache.get(_key(slug))
    return known


def _key(slug: str) -> str:
    return f"invoice-cloud:{slug}"
