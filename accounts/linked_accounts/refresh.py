"""Keeps the balances of members with many accounts up to date in the background, so that nobody
waits for them in a list. Members with a few accounts get theirs right after the page; packages
above this one register further accounts that need them."""

import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, F, Q
from django.utils import timezone
from django_tasks import task

from accounts.linked_accounts import balances, kept
from accounts.models import LinkedAccount, Member
from accounts.models.linked_account import LinkedAccountQuerySet
from icsso.billers.models import Biller
from icsso.client.errors import InvoiceCloudError, InvoiceCloudUnavailable
from icsso.client.resilience.bulkhead import Priority

logger = logging.getLogger(__name__)
MOST_CARDS = 5  # with more accounts, a member has a list, whose balances are kept up to date
LATELY = timedelta(days=40)  # since the sign-in: managers pay once a month
APART = timedelta(minutes=30)  # between two requests for the same account
MOST_MEMBERS = 1000  # of one biller in one run
AT_ONCE = 100  # accounts, when a member signs in or presses the button
SECONDS_AT_ONCE = 20.0
NEVER = datetime.min.replace(tzinfo=UTC)
SECONDS_PER_RUN = 240.0  # the command starts every five minutes
# Returns further accounts of a biller that need balances. Closed when enough are requested.
Source = Callable[[Biller], Iterator[LinkedAccount]]
S = TypeVar("S", bound=Source)
_sources: list[Source] = []


def register(source: S) -> S:
    _sources.append(source)
    return source


def refresh_all(*, seconds: float = SECONDS_PER_RUN) -> int:
    """Asks for the oldest balances of each biller, `BALANCES_PER_RUN` at most. Safe to repeat, even
    in two processes at once. Returns how many were requested.

    Each biller has an equal share of the time, plus what those before it left of theirs: a biller
    whose Invoice Cloud is slow takes nothing from the others.
    """
    end, asked = time.monotonic() + seconds, 0
    waiting = _waiting()
    for done, (biller, wanted) in enumerate(waiting):
        now = time.monotonic()
        share = (end - now) / (len(waiting) - done)
        with closing(wanted):
            most = islice(wanted, settings.BALANCES_PER_RUN)
            asked += _ask_for_each(biller, most, until=now + share)
    return asked


def _waiting() -> list[tuple[Biller, Generator[LinkedAccount, None, None]]]:
    """Returns the billers with accounts to ask about, the one that waited longest first."""
    found = []
    for biller in Biller.objects.filter(is_active=True).order_by("pk"):
        wanted = _wanted(biller)
        first = next(wanted, None)
        if first:
            again = _with(first, wanted)
            found.append((first.asked_at or NEVER, biller.pk, biller, again))
    return [(biller, wanted) for *_since, biller, wanted in sorted(found, key=lambda one: one[:2])]


def _wanted(biller: Biller) -> Generator[LinkedAccount, None, None]:
    oldest = _oldest(LinkedAccount.objects.filter(member__in=_managers(biller)))
    # Balances that may have changed on the billing pages are requested at once.
    doubtful = Q(asked_at__lte=F("member__billing_visited_at"))
    yield from oldest.filter(_late() | doubtful)[: settings.BALANCES_PER_RUN]
    for source in _sources:
        yield from source(biller)


def _with(
    first: LinkedAccount, others: Generator[LinkedAccount, None, None]
) -> Generator[LinkedAccount, None, None]:
    with closing(others):
        yield first
        yield from others


def refresh_soon(member: Member) -> bool:
    """For a member who presses the button. Returns whether it was accepted: once a minute."""
    if not cache.add(f"refresh-balances:{member.pk}", True, 60):
        return False
    refresh_of.enqueue(member.pk)
    return True


def refresh_late(member: Member) -> None:
    """After a sign-in, requests the balances of a list that `refresh_all` has not requested: for a
    new member, or after a long time."""
    links = member.links.order_by()
    if links.count() > MOST_CARDS and links.filter(_late()).exists():
        refresh_of.enqueue(member.pk, only_late=True)


@task()
def refresh_of(member: int, only_late: bool = False) -> None:
    """member: the primary key."""
    found = Member.objects.select_related("biller").filter(pk=member, is_active=True).first()
    if found:
        wanted = found.all_links.filter(_late()) if only_late else found.all_links.all()
        _ask_for_each(
            found.biller, _oldest(wanted)[:AT_ONCE], until=time.monotonic() + SECONDS_AT_ONCE
        )


def _late() -> Q:
    return Q(asked_at=None) | Q(asked_at__lt=timezone.now() - APART)


def _managers(biller: Biller) -> list[int]:
    """Returns the members with many accounts who signed in recently, the latest first."""
    standing = Count("all_links", filter=Q(all_links__needs_proof_since=None))
    lately = Member.objects.filter(
        biller=biller, is_active=True, last_login__gte=timezone.now() - LATELY
    )
    found = lately.annotate(number=standing).filter(number__gt=MOST_CARDS)
    return list(found.order_by("-last_login").values_list("pk", flat=True)[:MOST_MEMBERS])


def _oldest(links: LinkedAccountQuerySet) -> LinkedAccountQuerySet:
    """Returns them sorted: those never requested, or paid since, come first."""
    loaded = links.standing().select_related("account__biller", "member")
    return loaded.order_by(F("asked_at").asc(nulls_first=True), "pk")


def _ask_for_each(biller: Biller, links: Iterable[LinkedAccount], *, until: float) -> int:
    """Stops as soon as Invoice Cloud is unavailable or must not be called, because its breaker is
    open or it wants fewer calls: the next run tries again."""
    asked = 0
    for link in links:
        if time.monotonic() > until:
            break
        if not kept.claim(link):
            continue  # another process, or another member's link to the same account
        asked += 1
        try:
            balances.ask(link.account, member=link.member, priority=Priority.BACKGROUND)
        except InvoiceCloudUnavailable as error:
            logger.warning("balances not refreshed: %s", error, extra={"biller": biller.slug})
            break
        except InvoiceCloudError as error:
            logger.info("balance not refreshed: %s", error, extra={"account": link.account_id})
    return asked
