"""Texts for balances."""

from decimal import Decimal

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.linked_accounts.balances import Balance

register = template.Library()


@register.filter
def dollars(amount: Decimal) -> str:
    """Returns $1,234.50, without a sign: the text next to it says whether it is a credit."""
    return f"${abs(amount):,.2f}"


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


@register.filter
def enrolment(balance: Balance | None, name: str) -> str:
    """Returns “AutoPay: on” and the like; empty for a billing page whose state is unknown."""
    words = {
        "autopay": (_("AutoPay: off"), _("AutoPay: on")),
        "paperless": (_("Paperless: off"), _("Paperless: on")),
        "pay_by_text": (_("Pay by Text: off"), _("Pay by Text: on")),
    }
    known = balance.enrolments if balance else {}
    return words[name][known[name]] if name in known else ""
