"""The calendar of the sandbox, which a control can turn ahead so that bills come due. Tokens,
pages, and postbacks keep the real time, as the portal does."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from sandbox.models import Clock


def days_ahead() -> int:
    return Clock.objects.values_list("days_ahead", flat=True).first() or 0


def now() -> datetime:
    return timezone.now() + timedelta(days=days_ahead())


def today() -> date:
    return timezone.localdate(now())


def turn_ahead(*, days: int) -> None:
    ahead = days_ahead() + days
    Clock.objects.update_or_create(pk=1, defaults={"days_ahead": ahead})
