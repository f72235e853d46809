"""Recent payments in the portal, to be shown with what is owed. Payments are in a package above
this one, which registers its function here."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple, TypeVar

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import Member
from icsso.billers.models import Biller

# For this long after a payment, Invoice Cloud may still give the balance from before it.
MAY_BE_STALE = timedelta(hours=24)


class Paid(NamedTuple):
    """dollars: without fees. since: the biller's day of the first payment that counts."""

    dollars: Decimal
    since: date


# By their primary keys, or all that a member sees.
Accounts = Collection[int] | Member
# Returns what was paid in the last 24 hours, by account (primary keys).
Source = Callable[[Biller, Accounts], Mapping[int, Paid]]
S = TypeVar("S", bound=Source)
_sources: list[Source] = []


def register(source: S) -> S:
    _sources.append(source)
    return source


@dataclass(frozen=True)
class Received:
    """amount: dollars. before: what was owed before the first payment, if known. is_today: whether
    all of it was paid on the biller's today."""

    amount: Decimal
    before: Decimal | None = None
    is_today: bool = True

    def is_in(self, balance: Balance | None) -> bool:
        """Returns whether the balance includes the payment. Invoice Cloud does not say so; it is
        assumed if nothing is owed, or no more than what was owed before less the payment."""
        if balance is None:
            return False
        if balance.amount <= 0:
            return True
        return self.before is not None and balance.amount <= self.before - self.amount

    def is_said(self, balance: Balance | None) -> bool:
        """Returns whether to show the payment: one from yesterday only if the balance may lack
        it."""
        return self.is_today or not self.is_in(balance)


class Lately(NamedTuple):
    """What was paid for a member's accounts in the last 24 hours. waiting: accounts whose balance
    may be from before the payment, so that they must not be called due or overdue."""

    received: Mapping[int, Received]
    waiting: Collection[int]


def received_lately(biller: Biller, accounts: Accounts) -> Mapping[int, Received]:
    """Returns what was paid here in the last 24 hours by account (primary keys); none for most."""
    paid: dict[int, Paid] = {}
    for source in _sources:
        paid |= source(biller, accounts)
    before = kept.owed_before({account: each.since for account, each in paid.items()})
    today = biller.today()
    return {
        account: Received(each.dollars, before.get(account), each.since == today)
        for account, each in paid.items()
    }


def of_member(member: Member) -> Lately:
    """Two queries for any number of accounts."""
    received = received_lately(member.biller, member)
    if not received:
        return Lately({}, ())
    zone = member.biller.zone
    links = member.links.filter(account__in=list(received)).order_by()
    balances = {link.account_id: kept.of(link, zone=zone) for link in links}
    waiting = {key for key, each in received.items() if not each.is_in(balances.get(key))}
    return Lately(received, waiting)
