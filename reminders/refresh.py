"""The balances that reminders need. Members with a few accounts get theirs when they look at them,
but a member who should be reminded of a bill has often not looked since it was issued.

`refresh_balances` asks for these balances after those of managers, within the same limits. Each run
continues with the members where the last one ended.
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

APART = timedelta(days=2)  # between two requests for an account that has no bill due soon
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
            reached = link.member_id - 1  # asked again, unless all of theirs are
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
    """Leaves out accounts with a known bill that is not due soon."""
    if not members:
        return iter(())
    links = LinkedAccount.objects.standing().filter(
        Q(asked_at=None) | Q(asked_at__lt=timezone.now() - APART),
        Q(due_on=None) | Q(due_on__lte=biller.today() + timedelta(days=SOON)),
        member__in=_reminded(biller).filter(pk__gte=members[0], pk__lte=members[-1]),
    )
    return links.select_related("account__biller", "member").order_by("member", "pk").iterator()
