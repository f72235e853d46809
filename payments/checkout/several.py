"""The page that confirms which accounts are paid at once, "Pay 3 accounts", and the next overdue
bills of a manager with hundreds of them, fifty at a time."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from accounts.helpers.payable import Payable
from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.linked_accounts.listing import Asked, found
from accounts.linked_accounts.received import Received, of_member, received_lately
from icsso.billers.models import Biller
from payments.models import Checkout
from payments.models.checkout_account import MOST_ACCOUNTS
from payments.models.checkout_status import Status

ZERO = Decimal("0.00")


class Row(NamedTuple):
    """balance: None if it is not known, or may be from before a payment that was received."""

    payable: Payable
    balance: Balance | None
    received: Received | None = None

    @property
    def due(self) -> Decimal:
        return max(self.balance.amount, ZERO) if self.balance else ZERO


class Listed(NamedTuple):
    """total: of the known balances. Invoice Cloud's page lets customers change amounts."""

    rows: Sequence[Row]

    @property
    def total(self) -> Decimal:
        return sum((row.due for row in self.rows), ZERO)

    @property
    def has_total(self) -> bool:
        """Returns whether any balance is known; else the total would be a wrong zero."""
        return any(row.balance for row in self.rows)

    @property
    def is_complete(self) -> bool:
        return all(row.balance for row in self.rows)

    @property
    def owed(self) -> dict[int, Decimal]:
        """Returns what is known to be due, by account (primary key)."""
        return {row.payable.account.pk: row.due for row in self.rows if row.balance}


def listed(chosen: Sequence[Payable], *, biller: Biller) -> Listed:
    """Does not call Invoice Cloud: the balances are those that the dashboard shows, except those
    from before a visit to the billing pages, where the bill may have been paid."""
    links = [each.link for each in chosen]
    received = received_lately(biller, [link.account_id for link in links])
    balances = kept.current(links, zone=biller.zone)
    return Listed([_row(each, received.get(each.account.pk), balances) for each in chosen])


def _row(each: Payable, received: Received | None, balances: Mapping[int, Balance]) -> Row:
    balance = balances.get(each.account.pk)
    if received and not received.is_in(balance):
        return Row(each, None, received)
    return Row(each, balance)


class NextDue(NamedTuple):
    """number: of further overdue accounts. accounts: those that can be paid together."""

    number: int
    accounts: list[int]

    @property
    def address(self) -> str:
        """Returns the page that lists them before they are paid."""
        return f"{reverse('payments:quick')}?{urlencode({'account': self.accounts}, doseq=True)}"


def next_due(checkout: Checkout, status: str) -> NextDue | None:
    """Returns None unless a member has just paid several accounts, and others are overdue. Accounts
    that were paid, or may have been, are left out."""
    if status != Status.PAID or len(checkout.ordered_accounts) < 2:
        return None
    member = checkout.member
    if member is None:
        return None
    links = found(member, Asked(show="overdue"), waiting=of_member(member).waiting)
    accounts = list(links.values_list("account_id", flat=True)[:MOST_ACCOUNTS])
    if not accounts:
        return None
    number = len(accounts) if len(accounts) < MOST_ACCOUNTS else links.count()
    return NextDue(number, accounts)
