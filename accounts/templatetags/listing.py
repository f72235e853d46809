"""The list of a member's many accounts: its headings and its rows. A template would take several
times as long to render the rows."""

from collections.abc import Container, Iterable
from datetime import date
from functools import cache
from typing import Any

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.linked_accounts.dashboard import Row
from accounts.linked_accounts.received import Received
from accounts.models import LinkedAccount
from accounts.templatetags.balance_words import dollars, signed_dollars
from backoffice.bidi import isolated_in_html, isolated_number_in_html

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


# HTML needs no end tags in a table, and 25 rows of them are most of the page.
ROW = (
    '<tr><td class="pick"><label><input type="checkbox" name="account" value="{pk}"'
    ' data-cents="{cents}" aria-labelledby="n{pk}"{checked}></label>'
    '<th scope="row" id="n{pk}"><b>{title}</b> <small>{number}{remarks}</small>'
    '<td class="due">{state}{due}<td class="number">{amount}'
    '<td class="go"><button class="button button-secondary" form="pay" name="account"'
    ' value="{pk}" aria-describedby="n{pk}">{pay}</button>\n'
)
NO_WORDS = SafeString("")
NOT_CONNECTED = {LinkedAccount.State.ELSEWHERE, LinkedAccount.State.REFUSED}


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
def list_rows(rows: Iterable[Row], chosen: Container[int]) -> SafeString:
    """chosen: the accounts (primary keys) that are selected."""
    words = Words()
    return format_html_join("", ROW, (_facts(row, chosen, words) for row in rows))


class Words:
    """What many rows of one page have in common, drawn once for all of them."""

    def __init__(self) -> None:
        self.pay = escape(gettext("Pay"))
        self.pill, self.day = cache(_pill), cache(_day)


def _facts(row: Row, chosen: Container[int], words: Words) -> dict[str, object]:
    """Returns the values for ROW. Keys and cents are numbers and need no escaping, which would take
    longer than the rest."""
    link, balance, title = row.link, row.balance, isolated_in_html(row.link.title)
    pk = link.account_id
    cents = 0 if row.waits_for_payment else link.balance_cents or 0
    due = balance.due_date if balance and not row.received else None
    return {
        "pk": SafeString(pk),
        "cents": SafeString(cents),
        "checked": SafeString(" checked") if pk in chosen else NO_WORDS,
        "title": title,
        "number": isolated_number_in_html(link.account.account_number),
        "remarks": _remarks(link),
        "state": words.pill(_state(row), row.received),
        "due": words.day(due) if due else NO_WORDS,
        "amount": signed_dollars(balance.amount) if balance else _show(pk, title),
        "pay": words.pay,
    }


def _remarks(link: LinkedAccount) -> SafeString:
    closed = format_html(", {}", gettext("closed")) if link.account.closed_at else NO_WORDS
    if link.state not in NOT_CONNECTED:
        return closed
    page = reverse("accounts:account", args=[link.account_id])
    return closed + format_html(', <a href="{}">{}</a>', page, gettext("not connected"))


def _show(account: int, title: str) -> SafeString:
    return format_html(
        '<a href="{}">{}<span class="visually-hidden">, {}</span></a>',
        reverse("accounts:balance", args=[account]),
        gettext("Show"),
        title,
    )


def _day(due: date) -> SafeString:
    return format_html(" <small>{}</small>", date_format(due, "SHORT_DATE_FORMAT"))


def _pill(name: str, received: Received | None) -> SafeString:
    """The state of a row; a bill that is due later has its date alone."""
    if name == "later":
        return NO_WORDS
    if name == "unknown":
        return format_html("<small data-waiting>{}</small>", _("Being checked"))
    color, icon, word = PILLS[name]
    if received:
        word = paid_lately(received)
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
        return "unknown"
    if balance.kind == "due":
        return "autopay" if balance.autopay else "soon" if balance.is_soon else "later"
    return balance.kind
