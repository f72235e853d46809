"""The daily email to staff users for whom work waits: what kind and how much, without any customer
data.

One per person and day, however often the command runs and in however many processes: the process
that sets the day also queues the email, in one transaction.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import StaffUser
from accounts.notifications.delivery import Later, prepare
from icsso.billers.absolute_urls import biller_address
from icsso.billers.models import Biller
from icsso.billers.time_zones import zone_named
from support.work.counts import Work, work_of

logger = logging.getLogger(__name__)
# In the time zone of their biller, or of the first one of several. If the server was down until
# later, the email is sent the next morning, never at night.
FROM, UNTIL = 7, 11


def send_daily_emails(now: datetime | None = None) -> int:
    """Returns how many emails were queued."""
    moment = now or timezone.now()
    people = StaffUser.objects.filter(is_staff=True, is_active=True, work_email=True)
    return sum(_sent(person, moment) for person in people.order_by("pk").iterator())


def _sent(person: StaffUser, moment: datetime) -> bool:
    """An error for one person does not keep the email from the others."""
    try:
        return _send(person, moment)
    except Exception:
        logger.exception("no daily email", extra={"staff": person.pk})
        return False


def _send(person: StaffUser, moment: datetime) -> bool:
    biller = person.managed_billers().order_by("name", "pk").first()
    if biller is None:
        return False
    local = moment.astimezone(zone_named(biller.time_zone))
    if not FROM <= local.hour < UNTIL or person.work_emailed_on == local.date():
        return False
    work = work_of(person)
    if not work:
        return False
    with transaction.atomic():
        unsent = Q(work_emailed_on=None) | Q(work_emailed_on__lt=local.date())
        rows = StaffUser.objects.filter(unsent, pk=person.pk, work_email=True)
        if not rows.update(work_emailed_on=local.date()):
            return False  # another process was faster
        send = _prepared(person, biller, work)
    try:
        send()  # with a work queue, it was queued above
    except Exception:
        rows_of_today = StaffUser.objects.filter(pk=person.pk, work_emailed_on=local.date())
        rows_of_today.update(work_emailed_on=None)  # the next run tries again
        raise
    return True


def _prepared(person: StaffUser, biller: Biller, work: list[Work]) -> Later:
    context = {"work": work, "link": biller_address(biller, reverse("admin:index"))}
    return prepare(
        "work_waiting", to=person.email, biller=biller, language=person.language, context=context
    )
