"""The calendar feed (RFC 5545): one all-day event for each bill that is due.

It contains no name, address, amount, or complete account number, because the provider of a calendar
can read everything in it.
"""

from datetime import UTC, timedelta
from typing import Any

from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from accounts.masks import number_ending
from accounts.models import Member
from icsso.billers.absolute_urls import biller_address
from reminders.facts import Facts, facts_of

MOST_ACCOUNTS = 1000
OLDEST = timedelta(days=45)  # of a balance: after that, there is a new bill
PAST = 30  # days for which an overdue bill stays
AGAIN = timedelta(hours=6)


def feed_of(member: Member, host: str) -> bytes:
    """Returns the feed, in the language that is active. host: of the portal."""
    links = list(member.links.select_related("account")[:MOST_ACCOUNTS])
    calendar = Calendar()
    calendar.add("prodid", "-//inHANCE//Member portal//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    name = _("%(biller)s bills") % {"biller": member.biller}
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    home = biller_address(member.biller, reverse("home"))
    for facts in facts_of(member, links, oldest=OLDEST, is_doubt_allowed=True):
        if _is_due(facts):
            calendar.add_component(_event(facts, member, host, home))
    feed: bytes = calendar.to_ical()
    return feed


def _is_due(facts: Facts) -> bool:
    balance = facts.balance
    if balance is None or facts.is_paid or balance.amount <= 0 or balance.days_left is None:
        return False
    return balance.days_left >= -PAST


def _event(facts: Facts, member: Member, host: str, home: str) -> Any:
    balance = facts.balance
    assert balance  # noqa: S101  (`_is_due`)
    assert balance.due_date  # noqa: S101
    event = Event()
    event.add("uid", f"{_name(facts)}@{host}")
    event.add("dtstamp", balance.asked_at.astimezone(UTC))
    event.add("dtstart", balance.due_date)
    event.add("dtend", balance.due_date + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    words = {"biller": member.biller, "ending": number_ending(facts.account.account_number)}
    said = (
        _("AutoPay pays %(biller)s (account ending in %(ending)s)")
        if balance.autopay
        else _("%(biller)s bill due (account ending in %(ending)s)")
    )
    event.add("summary", said % words)
    if home:
        event.add("url", home)
    return event


def _name(facts: Facts) -> str:
    """Returns the same name for the same bill, because calendars replace an event by its name."""
    due = facts.balance.due_date if facts.balance else ""
    bill = f"{facts.link.member_id}:{facts.link.account_id}:{due}"
    return salted_hmac("reminders.calendar", bill, algorithm="sha256").hexdigest()[:32]
