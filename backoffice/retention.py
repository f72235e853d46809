"""How far back each kind of data is kept, from the setting `RETENTION_DAYS` (docs/privacy.md)."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

FOREVER = timedelta(days=100 * 365)


def kept_for(kind: str) -> timedelta:
    days: int | None = settings.RETENTION_DAYS[kind]
    return FOREVER if days is None else timedelta(days=days)


def kept_since(kind: str) -> datetime:
    """Returns the moment before which data of this kind is deleted."""
    return max(timezone.now() - kept_for(kind), datetime(1970, 1, 1, tzinfo=UTC))
