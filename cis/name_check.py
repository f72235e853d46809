"""The names in an account file: their order, and accounts that no name proves."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from accounts.linked_accounts.names.accepted import is_weak
from accounts.linked_accounts.names.order import Guess, Order, OrderVotes
from cis.rows import Batch
from icsso.billers.models import Biller

SHOWN = 20


@dataclass
class NameCheck:
    """order: the biller's. weak: how many names prove nothing alone. first_weak: their account
    numbers."""

    order: Biller.NameOrder = Order.UNKNOWN
    weak: int = 0
    first_weak: list[str] = field(default_factory=list)
    votes: OrderVotes = field(default_factory=OrderVotes)

    def add(self, batch: Batch) -> None:
        for number, name in _names(batch):
            self.votes.add(name)
            if is_weak(name, self.order):
                self.weak += 1
                self.first_weak += [number][: SHOWN - len(self.first_weak)]

    @property
    def guess(self) -> Guess:
        return self.votes.guess()

    @property
    def differs(self) -> bool:
        """Whether the file looks unlike what the biller says."""
        return self.order != Order.UNKNOWN != self.guess.order != self.order


def _names(batch: Batch) -> Iterator[tuple[str, str]]:
    """Returns the account number and the name of each account that the file has."""
    for account in (*batch.created, *(change.account for change in batch.changed)):
        yield account.account_number, account.name
    number, name = batch.columns.index("account_number"), batch.columns.index("name")
    for known in batch.unchanged:
        yield known.cells[number], known.cells[name]
