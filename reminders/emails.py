"""Reminder emails, only for billers that say that Invoice Cloud's own are off.

There is at most one for each account and bill, however often the command runs and in however many
processes: the process that records it also queues the email, in one transaction. Invoice Cloud is
first asked about each account, so nobody is reminded of a bill that they have paid elsewhere;
without an answer there is no email. A run that has used its share of questions, or finds Invoice
Cloud unavailable, leaves the rest to the next one, which begins with the next member.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation

from accounts.linked_accounts import balances
from accounts.models import LinkedAccount, Member
from accounts.notifications.delivery import Later, prepare
from icsso.billers.absolute_urls import biller_address
from icsso.billers.models import Biller
from icsso.billers.time_zones import zone_named
from icsso.client.errors import InvoiceCloudError, InvoiceCloudUnauthorized
from reminders.facts import Facts, facts_of
from reminders.models import PastReminder, ReminderOptOut
from reminders.rules import Kind, Reminder, rule_of_email
from reminders.unsubscribing import token_for

logger = logging.getLogger(__name__)
FROM, UNTIL = 8, 11  # on the biller's clock
MOST_ASKED = 500  # balances that one run asks Invoice Cloud for; the next run continues
MOST_UNANSWERED = 10  # in a row: then Invoice Cloud is unavailable
PLACE_KEPT = 2 * 24 * 60 * 60  # seconds for which the place to continue is kept
MOST_NAMED = 10  # accounts in one email
BATCH = 200  # linked accounts
KNOWN_FOR = timedelta(days=45)
LATE = 7  # days after the due date; older bills are known
How = PastReminder.How


class Asked:
    """How many more balances this run may ask for."""

    def __init__(self) -> None:
        self.left, self.unanswered = MOST_ASKED, 0

    @property
    def is_over(self) -> bool:
        return self.left <= 0 or self.unanswered >= MOST_UNANSWERED

    def again(self, facts: Facts, member: Member) -> bool:
        """Returns whether Invoice Cloud gave a balance. A refusal concerns only its own account;
        only an outage, or a key that is not accepted, says something about the others."""
        self.left -= 1
        try:
            answer = balances.ask(facts.account, member=member)
        except InvoiceCloudError as error:
            is_away = error.is_outage or isinstance(error, InvoiceCloudUnauthorized)
            self.unanswered = self.unanswered + 1 if is_away else 0
            logger.warning("balance not available: %s", error, extra={"account": facts.account.pk})
            return False
        self.unanswered = 0
        return answer is not None


def send_reminders(now: datetime | None = None) -> int:
    """Returns how many emails were queued."""
    moment, sent = now or timezone.now(), 0
    for biller in Biller.objects.filter(is_active=True, sends_reminders=True).order_by("pk"):
        if FROM <= moment.astimezone(zone_named(biller.time_zone)).hour < UNTIL:
            sent += _of_biller(biller)
    return sent


def _of_biller(biller: Biller) -> int:
    if not biller_address(biller, "/"):
        logger.error("no reminders: no host name", extra={"biller": biller.slug})
        return 0
    asked, sent = Asked(), 0
    place = f"reminders-after:{biller.pk}"
    for links in _by_member(biller, after=cache.get(place, 0)):
        sent += _sent(links, asked)
        if asked.is_over:
            cache.set(place, links[0].member_id, PLACE_KEPT)
            break
    return sent


def _sent(links: list[LinkedAccount], asked: Asked) -> bool:
    """An error for one member does not keep the email from the others."""
    try:
        return _remind(links, asked)
    except Exception:
        logger.exception("no reminder", extra={"member": links[0].member_id})
        return False


def _by_member(biller: Biller, *, after: int) -> Iterator[list[LinkedAccount]]:
    """Yields the accounts member by member, in groups of at most a batch.

    after: the primary key of the member to end with.
    """
    rows = LinkedAccount.objects.standing().filter(
        member__biller=biller, member__is_active=True, member__reminder_opt_out=None
    )
    ordered = rows.select_related("account__biller", "member__biller").order_by("member", "pk")
    yield from _grouped(ordered.filter(member__gt=after))
    yield from _grouped(ordered.filter(member__lte=after))


def _grouped(ordered: QuerySet[LinkedAccount]) -> Iterator[list[LinkedAccount]]:
    batch = list(ordered[:BATCH])
    while batch:
        for _pk, own in groupby(batch, key=lambda link: link.member_id):
            yield list(own)
        last = batch[-1]
        more = ordered.filter(member=last.member_id, pk__gt=last.pk)[:BATCH]
        batch = list(more) or list(ordered.filter(member__gt=last.member_id)[:BATCH])


def _remind(links: list[LinkedAccount], asked: Asked) -> bool:
    member = links[0].member
    # Invoice Cloud is asked about each of them before anything is sent.
    known = facts_of(member, links, oldest=KNOWN_FOR, is_doubt_allowed=True)
    candidates = _due(known)
    new = _not_yet(member, candidates)
    if not new:
        return False
    chosen = set[int]()
    for facts in new:
        if facts.returned is not None or (not asked.is_over and asked.again(facts, member)):
            chosen.add(facts.link.pk)
    again = LinkedAccount.objects.standing().filter(pk__in=chosen).select_related("account")
    fresh = facts_of(member, list(again.order_by("pk")))
    return _send(member, [facts for facts in _due(fresh) if facts.balance or facts.returned])


def _due(facts: list[Facts]) -> list[Facts]:
    return [each for each in facts if rule_of_email(each) and not _is_old(each)]


def _is_old(facts: Facts) -> bool:
    """Whether the bill is long overdue: members know such bills, and must not be reminded of them
    when the setting is new."""
    days = facts.balance.days_left if facts.balance else None
    return facts.returned is None and days is not None and days < -LATE


def _key(facts: Facts) -> str:
    rule = rule_of_email(facts)
    return rule.key(facts) if rule else ""


def _not_yet(member: Member, facts: list[Facts]) -> list[Facts]:
    keys = {_key(each) for each in facts}
    if not keys:
        return []
    known = member.past_reminders.filter(how=How.EMAILED, about__in=keys)
    had = set(known.values_list("about", flat=True))
    return [each for each in facts if _key(each) not in had]


def _send(member: Member, facts: list[Facts]) -> bool:
    if not facts:
        return False
    try:
        with transaction.atomic():
            # A second process waits here, and then finds what the first one recorded.
            if not Member.objects.select_for_update().filter(pk=member.pk, is_active=True).exists():
                return False
            new = _not_yet(member, facts)
            if not new or ReminderOptOut.objects.filter(member=member).exists():
                return False
            rows = [PastReminder(member=member, how=How.EMAILED, about=_key(one)) for one in new]
            PastReminder.objects.bulk_create(rows)
            send = _prepared(member, new)
    except IntegrityError:
        return False  # another process was faster, or the account was just closed
    try:
        send()  # with a work queue, it was queued above
    except Exception:
        keys = [row.about for row in rows]
        member.past_reminders.filter(how=How.EMAILED, about__in=keys).delete()  # will be retried
        raise
    return True


def _prepared(member: Member, facts: list[Facts]) -> Later:
    biller = member.biller
    stop = biller_address(biller, reverse("reminders:stop", args=[token_for(member)]))
    with translation.override(member.language), biller.in_zone():
        lines = [_line(each) for each in facts[:MOST_NAMED]]
    page = reverse("payments:quick") if len(facts) == 1 else reverse("home")
    context = {
        "lines": lines,
        "further": max(0, len(facts) - MOST_NAMED),
        "is_returned": any(_is_returned(each) for each in facts),
        "link": biller_address(biller, page),
        "other_link": stop,
    }
    return prepare(
        "reminder",
        to=member.email,
        biller=biller,
        language=member.language,
        context=context,
        about=member,
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def _line(facts: Facts) -> str:
    rule = rule_of_email(facts)
    assert rule  # noqa: S101  (`_due`)
    return Reminder(rule, [facts]).words


def _is_returned(facts: Facts) -> bool:
    rule = rule_of_email(facts)
    return rule is not None and rule.kind is Kind.RETURNED
