"""`{% sort_heading "due" %}`: the heading of a column that the list of accounts is sorted by."""

from functools import cache
from typing import Any

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from accounts.linked_accounts.dashboard import Row
from accounts.linked_accounts.received import Received
from accounts.templatetags.balance_words import dollars

register = template.Library()
# By name: the color, the icon, and the word of a pill.
PILLS: dict[str, tuple[str, str, Any]] = {
    "overdue": ("bad", "warning", _("Overdue")),
    "soon": ("wait", "clock", _("Due soon")),
    "autopay": ("good", "check", _("AutoPay")),
    "nothing": ("good", "check", _("Nothing due")),
    "credit": ("good", "check", _("Credit")),
    "paid": ("good", "check", ""),
}
# By name: the words, and the direction it is sorted in.
HEADINGS: dict[str, tuple[Any, str, str]] = {
    "name": (_("Account"), "ascending", ""),
    "due": (_("Due"), "ascending", ""),
    "amount": (_("Balance"), "descending", "number"),
}


@register.simple_tag(takes_context=True)
def sort_heading(context: Context, name: str) -> SafeString:
    words, direction, kind = HEADINGS[name]
    chosen = context["asked"].sort or ("" if context["asked"].q else "due")
    sorted_by = format_html(' aria-sort="{}"', direction) if chosen == name else ""
    return format_html(
        '<th scope="col"{}{}><a href="{}">{}</a></th>',
        format_html(' class="{}"', kind) if kind else "",
        sorted_by,
        context["sorts"][name],
        words,
    )


@register.simple_tag
def list_icons() -> SafeString:
    """The icons of the pills, once for all rows."""
    names = sorted({icon for _color, icon, _word in PILLS.values()})
    drawn = ((name, _paths(name)) for name in names)
    symbols = format_html_join("", '<symbol id="i-{}" viewBox="0 0 24 24">{}</symbol>', drawn)
    return format_html('<svg hidden aria-hidden="true">{}</svg>', symbols)


@cache
def _paths(name: str) -> SafeString:
    """Returns what stands between <svg> and </svg> in the icon."""
    drawing = render_to_string("partials/icon.html", {"name": name})
    return mark_safe(drawing.split(">", 1)[1].rsplit("</svg>", 1)[0].strip())  # noqa: S308  ours


@register.simple_tag
def list_pill(row: Row) -> SafeString | str:
    """The state of a row; a bill that is due later has its date alone."""
    if not (name := _state(row)):
        is_known = row.balance and not row.is_doubtful
        return "" if is_known else format_html("<small>{}</small>", _("Being checked"))
    color, icon, word = PILLS[name]
    if row.received:
        word = paid_lately(row.received)
    return format_html(
        '<span class="pill pill-{}"><svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>'
        "{}</span>",
        color,
        icon,
        word,
    )


@register.filter
def paid_lately(received: Received) -> str:
    today, before = _("%(amount)s paid today"), _("%(amount)s paid since yesterday")
    return str(today if received.is_today else before) % {"amount": dollars(received.amount)}


def _state(row: Row) -> str:
    balance = row.balance
    if row.received:
        return "paid"
    if balance is None or row.is_doubtful:
        return ""
    if balance.kind == "due":
        return "autopay" if balance.autopay else "soon" if balance.is_soon else ""
    return balance.kind
