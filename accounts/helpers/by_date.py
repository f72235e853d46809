"""Ends helpers' access and reminds of its end. Access ends by itself at each request; this records
it and sends the emails."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.helpers.services import end, tell_of_end_soon
from accounts.models import Helper
from accounts.models.helpers.models import Ended
from icsso.billers.models import Biller

logger = logging.getLogger(__name__)
BEFORE = timedelta(days=7)
UNUSED = timedelta(days=30)  # since the invitation's newest link; the address may be a stranger's
AT_ONCE = 1000  # emails for one biller in one run


def end_by_date() -> int:
    """Safe to repeat, even in two processes at once. Returns how many this run has ended."""
    return sum(_of_biller(biller) for biller in Biller.objects.filter(is_active=True))


def _of_biller(biller: Biller) -> int:
    today = biller.today()
    open_ones = Helper.objects.open().filter(owner__biller=biller)
    soon = open_ones.filter(ends_on__range=(today, today + BEFORE), reminded_at=None)
    _for_each(soon.exclude(accepted_at=None), _remind)
    ended = _for_each(open_ones.filter(ends_on__lt=today), lambda helper: end(helper, Ended.DATE))
    old = timezone.now() - UNUSED
    unused = open_ones.filter(accepted_at=None, link_sent_at__lt=old)
    ended += _for_each(unused, lambda helper: end(helper, Ended.UNUSED))
    without = open_ones.filter(accounts=None)
    return ended + _for_each(without, lambda helper: end(helper, Ended.ACCOUNTS))


def _for_each(helpers: QuerySet[Helper], act: Callable[[Helper], bool]) -> int:
    """An error for one does not stop the others. Returns how many were handled."""
    done = 0
    for helper in helpers.select_related("owner__biller", "person__biller")[:AT_ONCE]:
        try:
            done += act(helper)
        except Exception:
            logger.exception("helper not handled", extra={"helper": helper.pk})
    return done


def _remind(helper: Helper) -> bool:
    """Sends the reminder, except for access that was given for only a few days."""
    first = timezone.localdate(helper.accepted_at, helper.owner.biller.zone)
    with transaction.atomic():
        mine = Helper.objects.open().filter(pk=helper.pk, reminded_at=None)
        if not mine.update(reminded_at=timezone.now()) or helper.ends_on - first <= BEFORE:
            return False
        emails = tell_of_end_soon(helper)
    for send in emails:
        send()
    return True
