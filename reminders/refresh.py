"""Which balances reminders need. Members with a few accounts get theirs when they look at them, but
who is to be reminded of a bill has often not looked since it was issued.

Asked for by `refresh_balances`, after those of managers and within the same bounds. Each run looks
at some members, where the last one ended.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.linked_accounts.refresh import register
from accounts.models import LinkedAccount, Member
from icsso.billers.models import Biller
from reminders.rules import SOON

APART = timedelta(days=2)  # between two requests for an account that has nothing due soon
MEMBERS = 5000  # in one run
PLACE_KEPT = 2 * 24 * 60 * 60  # seconds


@register
def wanted(biller: Biller) -> Iterator[LinkedAccount]:
    """Returns accounts to ask for, member by member."""
    key = f"reminders-refreshed:{biller.pk}"
    reached = cache.get(key, 0)
    found = _reminded(biller).filter(pk__gt=reached).order_by("pk")
    members = list(found.values_list("pk", flat=True)[:MEMBERS])
    try:
        for link in _links(biller, members):
            reached = link.member_id - 1  # once more, unless all of theirs are asked for
            yield link
        reached = members[-1] if len(members) == MEMBERS else 0
    finally:
        cache.set(key, reached, PLACE_KEPT)


def _reminded(biller: Biller) -> QuerySet[Member]:
    members = Member.objects.filter(biller=biller, is_active=True)
    by_calendar = Q(calendar_feed__isnull=False)
    if not biller.sends_reminders:
        return members.filter(by_calendar)
    return members.filter(by_calendar | Q(reminder_opt_out=None))


def _links(biller: Biller, members: list[int]) -> Iterator[LinkedAccount]:
    """Leaves out what is known to be due later: then nothing has to be asked until it is soon."""
    if not members:
        return iter(())
    links = LinkedAccount.objects.standing().filter(
        Q(asked_at=None) | Q(asked_at__lt=timezone.now() - APART),
        Q(due_on=None) | Q(due_on__lte=biller.today() + timedelta(days=SOON)),
        member__in=_reminded(biller).filter(pk__gte=members[0], pk__lte=members[-1]),
    )
    return links.select_related("account__biller", "member").order_by("member", "pk").iterator()
