"""Whether Invoice Cloud responded to a biller's last call, and since when."""

import logging
from collections.abc import Iterable
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
    """Called after each call. The status is kept until it changes."""
    try:
        known = last_known(slug)
        if known is None or known.available != available:
            cache.set(_key(slug), Availability(available, timezone.now()), timeout=None)
    except Exception:
        # If the cache is down, the result of the call must not be lost: it may be a payment.
        logger.exception("availability not recorded")


def last_known(slug: str) -> Availability | None:
    """Returns None if there was no call since the cache was last cleared."""
    known: Availability | None = cache.get(_key(slug))
    return known


def last_known_of(slugs: Iterable[str]) -> dict[str, Availability]:
    """Returns the same for many billers, with one call; without those that were not called."""
    names = {_key(slug): slug for slug in slugs}
    return {names[key]: known for key, known in cache.get_many(names).items()}


def _key(slug: str) -> str:
    return f"invoice-cloud:{slug}"
