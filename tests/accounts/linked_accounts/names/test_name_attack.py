"""2,000 names as a CIS writes them: owners get in, strangers do not."""

import random
from collections.abc import Iterator, Sequence
from string import ascii_lowercase
from typing import NamedTuple

import pytest

from accounts.linked_accounts.names import census
from accounts.linked_accounts.names.accepted import NameProof, spellings
from accounts.linked_accounts.names.order import OrderVotes
from icsso.billers.models import Biller

Order = Biller.NameOrder
_COMMON = sorted(census._given_names(), key=census.given, reverse=True)
FIRST_NAMES, GUESSED_FIRST_NAMES = _COMMON[:1000], _COMMON[:500]
LAST_NAMES = [
    name
    for name in sorted(census._last_names(), key=census.last, reverse=True)[:3000]
    if name not in GUESSED_FIRST_NAMES
]
SPANISH = (
    "garcia",
    "rodriguez",
    "lopez",
    "torres",
    "flores",
    "rivera",
    "diaz",
    "reyes",
    "cruz",
    "ruiz",
    "moreno",
    "castillo",
)
VIETNAMESE = (
    "nguyen",
    "tran",
    "le",
    "pham",
    "huynh",
    "phan",
    "vu",
    "vo",
    "dang",
    "bui",
    "do",
    "ho",
    "ngo",
    "duong",
    "ly",
)
MIDDLE = ("thi", "van", "minh", "ngoc", "thanh", "quoc", "hong", "duc")
VIETNAMESE_FIRST = (
    "mai",
    "anh",
    "linh",
    "hoa",
    "tuan",
    "hung",
    "lan",
    "huong",
    "thao",
    "nam",
    "phuong",
    "thuy",
    "hai",
)
BUSINESSES = ["Willows Laundry", "Acme Properties LLC", "Oak Street Dental Inc", "First Church"]
BESIDE = ["TRUSTEE", "ETAL", "ET AL", "TENANT", "(RENTER)", "DECEASED", "JR", "C/O MARY JONES"]
STATUS_WORDS = (
    "trustee trustees ttee etal tenant tenants renter owner owners occupant resident deceased decd "
    "estate c/o attn landlord heirs executor guardian current mr mrs dr jr sr iii iv llc trust"
)
GUESSES = [*ascii_lowercase, *GUESSED_FIRST_NAMES, *STATUS_WORDS.split()]
STRANGERS = {form for guess in GUESSES for form in spellings(guess)}


class Account(NamedTuple):
    """last: each last name, or the business name. addressed: what letters say."""

    known: str
    last: list[str]
    whole: list[str]
    addressed: list[str]


class Names:
    def __init__(self, order: Biller.NameOrder, seed: int) -> None:
        self.order, self.random = order, random.Random(seed)  # noqa: S311
        self.weights = [census.last(name) for name in LAST_NAMES]

    def make(self) -> Iterator[Account]:
        kinds = (self.person, self.spanish, self.vietnamese, self.business, self.couple, self.trust)
        for _ in range(2000):
            made = self.random.choices(kinds, weights=[40, 15, 10, 10, 15, 10])[0]()
            beside = self.pick(BESIDE) if self.random.random() < 0.2 else ""
            yield made._replace(known=f"{made.known} {beside}".upper())

    def pick(self, words: Sequence[str]) -> str:
        return self.random.choice(words)

    def last(self) -> str:
        return self.random.choices(LAST_NAMES, self.weights)[0]

    def written(self, first: str, last: str) -> str:
        return f"{last} {first}" if self.order == Order.LAST_FIRST else f"{first} {last}"

    def person(self) -> Account:
        first, last, initial = self.pick(FIRST_NAMES), self.last(), self.pick(["", "q", "a"])
        known = self.written(f"{first} {initial}", last)
        addressed = [f"Mr. {first} {initial} {last}", f"{first[0]}. {last}", f"The {last} Family"]
        return Account(known, [last], [f"{first} {last}", f"{last}, {first}"], addressed)

    def spanish(self) -> Account:
        first, one, other = (
            self.pick(["ana", "juan", "rosa"]),
            self.pick(SPANISH),
            self.pick(SPANISH),
        )
        last = f"{one} {other}"
        whole = [f"{first} {last}", f"{last} {first}"]
        return Account(
            self.written(first, last), [one, other, last], whole, [f"Sr. {first} {last}"]
        )

    def vietnamese(self) -> Account:
        first, middle = self.pick(VIETNAMESE_FIRST), self.pick(MIDDLE)
        last = self.pick(VIETNAMESE)
        known = f"{last} {middle} {first}"
        if self.order == Order.FIRST_LAST:
            known = f"{first} {middle} {last}"
        whole = [f"{first} {middle} {last}", f"{last} {middle} {first}"]
        return Account(known, [last], whole, [f"Ms. {first} {last}"])

    def business(self) -> Account:
        name = self.pick(BUSINESSES)
        return Account(name, [name], [name], [name])

    def couple(self) -> Account:
        one, other, last = self.pick(FIRST_NAMES), self.pick(FIRST_NAMES), self.last()
        known = self.written(f"{one} & {other}", last)
        whole = [f"{one} {last}", f"{other} {last}", f"{one} and {other} {last}"]
        return Account(known, [last], whole, [f"Mr. and Mrs. {one} {last}", f"Mr. & Mrs. {last}"])

    def trust(self) -> Account:
        first, last = self.pick(FIRST_NAMES), self.last()
        known = f"{self.written(first, last)} living trust dtd 1/2/2003"
        return Account(known, [last], [f"{first} {last}", known], [f"The {last} Family Trust"])


def proofs(accounts: list[Account], order: Biller.NameOrder) -> list[tuple[NameProof, Account]]:
    """What `name_proves` asks for each name that is typed, made once for each account."""
    return [(NameProof(account.known, order), account) for account in accounts]


def opened_to_strangers(made: list[tuple[NameProof, Account]]) -> list[str]:
    return [account.known for proof, account in made if proof.accepted & STRANGERS]


@pytest.mark.parametrize("order", [Order.LAST_FIRST, Order.FIRST_LAST])
def test_owners_get_in_and_strangers_do_not(order: Biller.NameOrder) -> None:
    made = proofs(list(Names(order, 1).make()), order)
    for kind in ("last", "whole", "addressed"):
        tried = [(proof, typed) for proof, account in made for typed in getattr(account, kind)]
        refused = [(proof.known, typed) for proof, typed in tried if not proof.is_given_by(typed)]
        assert len(refused) <= 0.01 * len(tried), (kind, refused[:20])
    assert opened_to_strangers(made) == []


@pytest.mark.parametrize("order", [Order.LAST_FIRST, Order.FIRST_LAST])
def test_while_the_order_is_unknown_the_whole_name_is_needed(order: Biller.NameOrder) -> None:
    accounts = list(Names(order, 3).make())
    made = proofs(accounts, Order.UNKNOWN)
    people = [each for each in made if "TRUST " not in each[1].known]
    tried = [(proof, typed) for proof, account in people for typed in account.whole[:2]]
    refused = [(proof.known, typed) for proof, typed in tried if not proof.is_given_by(typed)]
    assert len(refused) <= 0.01 * len(tried), refused[:20]
    assert opened_to_strangers(made) == []
    votes = OrderVotes()
    for account in accounts:
        votes.add(account.known)
    assert votes.guess().order == order
