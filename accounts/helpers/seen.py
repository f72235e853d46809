"""Records for the owner and for staff when helpers last looked, and that they paid."""

from collections.abc import Iterable
from datetime import datetime, time

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Helper
from backoffice.audit.events import Event, note
from icsso.billers.models import Biller


def note_seen(request: HttpRequest, helpers: Iterable[Helper], biller: Biller) -> None:
    """Records it once per day of the biller: of two requests at once, one writes."""
    midnight = datetime.combine(biller.today(), time.min, biller.zone)
    for helper in {each.pk: each for each in helpers}.values():
        if helper.used_at and helper.used_at >= midnight:
            continue
        earlier = Q(used_at=None) | Q(used_at__lt=midnight)
        if Helper.objects.filter(earlier, pk=helper.pk).update(used_at=timezone.now()):
            note(helper, Event.HELPER_SEEN, request=request)


def note_paying(request: HttpRequest, helpers: Iterable[Helper]) -> None:
    for helper in {each.pk: each for each in helpers}.values():
        note(helper, Event.HELPER_PAYING, request=request)
