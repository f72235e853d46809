"""Texts for balances."""

from decimal import Decimal
from typing import NamedTuple

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.linked_accounts.balance import Balance
from icsso.billing.sections import BILLING_PAGES, BillingPage

register = template.Library()


@register.filter
def dollars(amount: Decimal) -> str:
    """Returns $1,234.50, without a sign: the text next to it says whether it is a credit."""
    return f"${abs(amount):,.2f}"


@register.filter
def signed_dollars(amount: Decimal) -> str:
    """Returns $1,234.50, with a minus sign in front of it if it is negative."""
    return f"{'−' if amount < 0 else ''}{dollars(amount)}"


@register.filter
def due_in_words(balance: Balance) -> str:
    """Returns “Due in 5 days, on Nov 28, 2026” and the like."""
    if balance.due_date is None or balance.days_left is None:
        return ""
    day, days = date_format(balance.due_date), balance.days_left
    if days < 0:
        said = ngettext(
            "was due %(days)d day ago, on %(day)s", "was due %(days)d days ago, on %(day)s", -days
        )
        return said % {"days": -days, "day": day}
    if days < 2:
        return (_("Due tomorrow, %(day)s") if days else _("Due today, %(day)s")) % {"day": day}
    # One day is “tomorrow”, but translations may still need a singular.
    said = ngettext("Due in %(days)d day, on %(day)s", "Due in %(days)d days, on %(day)s", days)
    return said % {"days": days, "day": day}


PAGES = {page.name: page for page in BILLING_PAGES}
OPTIONS = {name: PAGES[name] for name in ("autopay", "paperless", "pay_by_text")}


class Option(NamedTuple):
    """A billing page that is on or off. state: None means unknown."""

    page: BillingPage
    state: bool | None

    @property
    def said(self) -> str:
        return _("On") if self.state else _("Off")

    @property
    def verb(self) -> str:
        if self.state is None:
            return _("Open")
        return _("Change") if self.state else _("Turn on")


@register.filter
def enrolments(balance: Balance | None) -> list[Option]:
    """Returns AutoPay, Paperless, and Pay by Text with their states, as far as they are known."""
    known = balance.enrolments if balance else {}
    return [Option(page, known.get(name)) for name, page in OPTIONS.items()]
