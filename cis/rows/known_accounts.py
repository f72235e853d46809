"""The accounts in the portal that the rows of a file are about, and those seen in it so far."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from accounts.models.account_numbers import fitting
from accounts.models.utility_account import AccountQuerySet
from backoffice.tables.table import Row, Table
from cis.rows.columns import numbers_in, text_of
from icsso.billers.models import Biller
from icsso.client.parsing import account_key, plain_number

BATCH = 1000
PAGE = 4096  # bits


class SeenAccounts:
    """The accounts seen in a file so far, in little memory.

    Uses one bit for each account in the database: a million take 125 kB. Numbers of accounts that
    are not in the database occur only in a preview, which has few rows.
    """

    def __init__(self) -> None:
        self.pages: defaultdict[int, bytearray] = defaultdict(lambda: bytearray(PAGE // 8))
        self.numbers: set[str] = set()

    def add(self, pk: int) -> None:
        page, bit = divmod(pk, PAGE)
        self.pages[page][bit // 8] |= 1 << bit % 8

    def __contains__(self, pk: int) -> bool:
        page, bit = divmod(pk, PAGE)
        return page in self.pages and bool(self.pages[page][bit // 8] >> bit % 8 & 1)


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


class Known(NamedTuple):
    """An account in the portal. cells: in the order of the file's columns."""

    pk: int
    number: str
    closed_at: datetime | None
    cells: tuple[str, ...]

    def has(self, values: Mapping[str, str]) -> bool:
        """Whether it is open and has these values already."""
        return self.cells == tuple(values.values()) and not self.closed_at


def lost_only_signs(one: str, other: str) -> bool:
    """Whether one spelling is the other without some zeros and punctuation. 11-1 and 1-11 are not:
    no program moves a dash."""
    short, long = sorted((_with_dashes(one), _with_dashes(other)), key=len)
    rest = iter(long)
    return all(sign in rest for sign in short)


def _with_dashes(number: str) -> str:
    plain = (plain_number(sign) or "-" for sign in number)
    return "".join(plain)


class KnownAccounts:
    """Finds accounts by number. Spreadsheets drop zeros, and programs write dashes differently: a
    number that no account has is that of the only account with the same normal form, unless another
    row of the file has this account's very number. Then they are two accounts.

    fields: of the file's columns, "" for those that are ignored. wanted: without these.
    """

    def __init__(self, table: Table, biller: Biller, fields: Sequence[str]) -> None:
        self.table, self.biller, self.fields = table, biller, fields
        self.wanted = [name for name in fields if name]
        self.respelled = SeenAccounts()

    def find(self, numbers: Collection[str], seen: SeenAccounts) -> dict[str, Known]:
        """Returns the known accounts by the numbers in the file. seen: those of earlier rows."""
        keys = {number: account_key(number) for number in numbers}
        sharing = self._by_key(set(keys.values()))
        found: dict[str, Known] = {}
        for number, key in keys.items():
            known = fitting(number, sharing[key])
            if known and (known.number == number or (key and self._is_free(known, seen))):
                found[number] = known
        return found

    def _is_free(self, known: Known, seen: SeenAccounts) -> bool:
        if known.pk in self.respelled:
            return True  # the same account again: the row will be rejected
        if known.pk in seen or known.pk in self._named:
            return False
        self.respelled.add(known.pk)
        return True

    @cached_property
    def _named(self) -> SeenAccounts:
        """The accounts whose very numbers are in the file. Reads all of it, so only if needed.

        Rejected rows name accounts, too: another row must not turn into one of these.
        """
        named = SeenAccounts()
        for rows in batches(self.table):
            for pk in self._with_numbers(rows).values_list("pk", flat=True):
                named.add(pk)
        return named

    def _with_numbers(self, rows: Iterable[Row]) -> AccountQuerySet:
        numbers = {number for row in rows for number in numbers_in(row, self.fields)}
        return self.biller.accounts.filter(account_number__in=numbers).order_by()

    def _by_key(self, keys: set[str]) -> dict[str, dict[str, Known]]:
        sharing: defaultdict[str, dict[str, Known]] = defaultdict(dict)
        rows = self.biller.accounts.filter(number_key__in=keys).order_by()
        facts = ("number_key", "pk", "account_number", "closed_at")
        for key, pk, number, closed_at, *cells in rows.values_list(*facts, *self.wanted):
            texts = map(text_of, cells) if "posted_through" in self.wanted else cells
            sharing[key][number] = Known(pk, number, closed_at, tuple(texts))
        return sharing
