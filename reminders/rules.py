"""Which reminders there are: when each applies, its words, and where it leads. The most important
one comes first. No reminder contradicts AutoPay or a payment that was just made.

The dashboard, the calendar feed, and the emails all follow this table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.linked_accounts.balance import Balance
from accounts.masks import number_ending
from accounts.templatetags.balance_words import dollars
from reminders.facts import Facts

SOON = 5  # days before the due date
ZERO = Decimal("0.00")


class Kind(StrEnum):
    RETURNED = "returned"
    OVERDUE = "overdue"
    DUE = "due"
    AUTOPAY = "autopay"
    PAPERLESS = "paperless"


@dataclass(frozen=True)
class Rule:
    """applies: to one account. words: one sentence about one account. words_for_several: about a
    number and a sum. emailed: whether it is also sent by email. closable: whether the member can
    close it on the dashboard. on_card: whether the account's card on the dashboard says it as
    well."""

    kind: Kind
    applies: Callable[[Facts], bool]
    words: Callable[[Facts], str]
    words_for_several: Callable[[int, Decimal], str]
    action: str | Promise
    page: str
    emailed: bool = False
    closable: bool = False
    about_account: bool = True
    on_card: bool = False

    def key(self, facts: Facts) -> str:
        """Returns what is stored once it was emailed or closed: at most 60 characters."""
        if not self.about_account:
            return self.kind.value
        return f"{facts.link.account_id}:{_bill(self, facts)}"

    def address(self, facts: Facts | None) -> str:
        """facts: None if it is about several accounts."""
        address = reverse(self.page)
        if facts is None or not self.about_account:
            return address
        return f"{address}?account={facts.link.account_id}"


def _bill(rule: Rule, facts: Facts) -> str:
    if rule.kind is Kind.RETURNED and facts.returned:
        return f"returned:{facts.returned.pk}"
    due = facts.balance.due_date if facts.balance else None
    return due.isoformat() if due else ""


def _owes(facts: Facts) -> Balance | None:
    """Returns the balance if the member has to do something about it."""
    balance = facts.balance
    if balance is None or facts.is_paid or balance.amount <= 0 or balance.autopay:
        return None
    return balance if balance.days_left is not None else None


def _is_overdue(facts: Facts) -> bool:
    balance = _owes(facts)
    return balance is not None and (balance.days_left or 0) < 0


def _is_due_soon(facts: Facts) -> bool:
    balance = _owes(facts)
    return balance is not None and 0 <= (balance.days_left or 0) <= SOON


def _is_off(facts: Facts, name: str) -> bool:
    return facts.balance is not None and facts.balance.enrolments.get(name) is False


def _said(words: str, facts: Facts, **further: Any) -> str:
    return words % {"ending": number_ending(facts.account.account_number), **further}


def _returned(facts: Facts) -> str:
    payment = facts.returned
    amount = dollars(payment.amount if payment else ZERO)
    words = _("Your payment of %(amount)s was returned (account ending in %(ending)s).")
    return _said(words, facts, amount=amount)


def _overdue(facts: Facts) -> str:
    words = _("%(amount)s was due %(day)s (account ending in %(ending)s).")
    return _said(words, facts, **_of_bill(facts))


def _due(facts: Facts) -> str:
    days = (facts.balance.days_left or 0) if facts.balance else 0
    if days == 0:
        words = _("%(amount)s is due today (account ending in %(ending)s).")
    elif days == 1:
        words = _("%(amount)s is due tomorrow (account ending in %(ending)s).")
    else:
        words = _("%(amount)s is due %(day)s (account ending in %(ending)s).")
    return _said(words, facts, **_of_bill(facts))


def _of_bill(facts: Facts) -> Mapping[str, str]:
    balance = facts.balance
    assert balance  # noqa: S101  (else the rule doesn't apply)
    assert balance.due_date  # noqa: S101
    return {"amount": dollars(balance.amount), "day": date_format(balance.due_date)}


def _always(words: Promise) -> tuple[Callable[[Facts], str], Callable[[int, Decimal], str]]:
    return lambda facts: str(words), lambda number, amount: str(words)


def _several_returned(number: int, amount: Decimal) -> str:
    said = ngettext(
        "%(number)d payment was returned, %(amount)s.",
        "%(number)d payments were returned, %(amount)s in all.",
        number,
    )
    return said % {"number": number, "amount": dollars(amount)}


def _several_overdue(number: int, amount: Decimal) -> str:
    said = ngettext(
        "%(number)d bill is overdue, %(amount)s.",
        "%(number)d bills are overdue, %(amount)s in all.",
        number,
    )
    return said % {"number": number, "amount": dollars(amount)}


def _several_due(number: int, amount: Decimal) -> str:
    said = ngettext(
        "%(number)d bill is due in the next few days, %(amount)s.",
        "%(number)d bills are due in the next few days, %(amount)s in all.",
        number,
    )
    return said % {"number": number, "amount": dollars(amount)}


AUTOPAY = _always(gettext_lazy("AutoPay pays your bills on time."))
PAPERLESS = _always(gettext_lazy("You can get your bills by email instead of on paper."))
RULES = (
    Rule(
        Kind.RETURNED,
        lambda facts: facts.returned is not None,
        _returned,
        _several_returned,
        gettext_lazy("Pay again"),
        "payments:quick",
        emailed=True,
    ),
    Rule(
        Kind.OVERDUE,
        _is_overdue,
        _overdue,
        _several_overdue,
        gettext_lazy("Pay now"),
        "payments:quick",
        emailed=True,
        on_card=True,
    ),
    Rule(
        Kind.DUE,
        _is_due_soon,
        _due,
        _several_due,
        gettext_lazy("Pay now"),
        "payments:quick",
        emailed=True,
        closable=True,
        on_card=True,
    ),
    Rule(
        Kind.AUTOPAY,
        lambda facts: _is_off(facts, "autopay"),
        *AUTOPAY,
        gettext_lazy("Turn on AutoPay"),
        "billing:autopay",
        closable=True,
        about_account=False,
    ),
    Rule(
        Kind.PAPERLESS,
        lambda facts: _is_off(facts, "paperless"),
        *PAPERLESS,
        gettext_lazy("Go paperless"),
        "billing:paperless",
        closable=True,
        about_account=False,
    ),
)


@dataclass(frozen=True)
class Reminder:
    """The result of a rule for one account, or for several."""

    rule: Rule
    facts: list[Facts]

    @property
    def kind(self) -> Kind:
        return self.rule.kind

    @property
    def keys(self) -> list[str]:
        return list(dict.fromkeys(self.rule.key(each) for each in self.facts))

    @property
    def words(self) -> str:
        if len(self.facts) == 1:
            return self.rule.words(self.facts[0])
        return self.rule.words_for_several(len(self.facts), self.amount)

    @property
    def amount(self) -> Decimal:
        return sum((_amount(self.rule, each) for each in self.facts), ZERO)

    @property
    def address(self) -> str:
        return self.rule.address(self.facts[0] if len(self.facts) == 1 else None)


def _amount(rule: Rule, facts: Facts) -> Decimal:
    if rule.kind is Kind.RETURNED:
        return facts.returned.amount if facts.returned else ZERO
    return facts.balance.amount if facts.balance else ZERO


def rule_of_email(facts: Facts) -> Rule | None:
    """Returns the most important rule with an email that applies."""
    return next((rule for rule in RULES if rule.emailed and rule.applies(facts)), None)
