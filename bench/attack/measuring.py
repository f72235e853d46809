"""Counts who proves an account: owners, and strangers who guess."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from random import Random
from string import ascii_lowercase

from accounts.linked_accounts.names import census
from accounts.linked_accounts.names.accepted import NameProof, Typed, is_weak
from accounts.linked_accounts.proof import zip_proves
from bench.attack.owners import Maker, Owner
from bench.attack.people import LISTS, without_accents
from bench.attack.shapes import Shapes
from icsso.billers.models import Biller

GOAL = 0.99
TYPED = ("last", "whole", "letter")
Order = Biller.NameOrder
# Whose last name is a particle (Van) needs the whole name. The spec, story 2: "What never proves: a
# given name alone, an initial, one letter, a title, a status word, a particle alone."
PARTICLES = {"".join(words.split()) for words in LISTS["particles"]}
SHUT_OUT = 'last names that are "a particle alone", which never proves'
COMMONEST = sorted(census._given_names(), key=census.given, reverse=True)[:500]
GIVEN, OWN_GIVEN = "one of 500 given names", "a given name in the owner's own line"
COMMON_LAST = sorted(census._last_names(), key=census.last, reverse=True)[:500]
SHORTEST_CUT, COMMON = 20, 0.02  # characters; percent of the population
LAST = "one of 500 last names"
UNKNOWN_WORD = "a word about somebody that the portal does not know"
# More than the goal asks: no list of words is complete. It is printed, and does not fail the run.
BEYOND_GOAL = {UNKNOWN_WORD}
WORD = re.compile(r"[^\W\d_]+")
LAST_PART = re.compile(r"[\s-]+")
GUESSES = {
    "one of 26 letters": list(ascii_lowercase),
    GIVEN: COMMONEST,
    "a status word": LISTS["status_words"],
    UNKNOWN_WORD: LISTS["unlisted_words"],
    "a title": LISTS["titles"],
    "a particle": LISTS["particles"],
    "a legal form": [form for form in LISTS["legal_forms"] if form],
}


@dataclass
class Result:
    order: str
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    accounts: Counter[str] = field(default_factory=Counter)
    strangers: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    weak: int = 0
    namesakes: int = 0
    shut_out: list[tuple[str, str]] = field(default_factory=list)
    unproved: list[str] = field(default_factory=list)

    def share(self, way: str, kinds: Iterable[str] = ()) -> float:
        keys = [key for key in self.tried if key[1] == way and (not kinds or key[0] in kinds)]
        tried = sum(self.tried[key] for key in keys)
        refused = sum(len(self.refused.get(key, [])) for key in keys)
        return 1 - refused / tried if tried else 1.0

    def is_good(self) -> bool:
        is_closed = self.strangers.keys() <= BEYOND_GOAL
        return is_closed and all(self.share(way) >= GOAL for _, way in self.tried)

    def table(self) -> str:
        ways = list(dict.fromkeys(way for _, way in self.tried))
        head = f"{self.order:34}{'accounts':>9}" + "".join(f"{way:>9}" for way in ways)
        lines = [head]
        for kind in [*sorted(self.accounts), "all"]:
            kinds = [] if kind == "all" else [kind]
            number = self.accounts.total() if kind == "all" else self.accounts[kind]
            shares = "".join(f"{self.share(way, kinds):9.1%}" for way in ways)
            lines.append(f"{kind:34}{number:9}{shares}")
        for guess, opened in self.strangers.items():
            who = "Owners" if guess == OWN_GIVEN else "Strangers"
            beyond = " (more than the goal asks)" if guess in BEYOND_GOAL else ""
            lines.append(f"{who} with {guess}{beyond}: {len(opened)}: {opened[:8]}")
        if self.shut_out:
            lines.append(f"{len(self.shut_out)} not counted: {SHUT_OUT}: {self.shut_out[:8]}")
        if self.weak:
            lines.append(f"{self.weak} weak; {self.namesakes} last names are among the guesses")
        return "\n".join(lines)


def attack_names(
    number: int,
    *,
    seed: int,
    last_first: bool,
    every: int = 1,
    maker: type[Maker | Shapes] = Maker,
) -> Result:
    """every: of how many common names strangers try one: each (1), every tenth (10). With 0, no
    stranger tries anything."""
    order = Order.LAST_FIRST if last_first else Order.FIRST_LAST
    result = Result("last name first" if last_first else "given name first")
    for owner in maker(seed, last_first=last_first).owners(number):
        proof = NameProof(owner.known, order)
        result.accounts[owner.kind] += 1
        result.weak += is_weak(owner.known, order)
        if is_weak(owner.known, order) != owner.is_weak:
            result.unproved.append(owner.known)
        _let_in(owner, proof, result)
        if every:
            _keep_out(owner, proof, result, every)
    return result


def _let_in(owner: Owner, proof: NameProof, result: Result) -> None:
    for way in TYPED:
        for typed in [] if owner.is_weak else getattr(owner, way):
            is_accepted = proof.is_given_by(typed)
            if not is_accepted and way == "last" and plain(typed) in PARTICLES:
                result.shut_out.append((owner.known, typed))
                continue
            result.tried[owner.kind, way] += 1
            if not is_accepted:
                result.refused.setdefault((owner.kind, way), []).append((owner.known, typed))


def _keep_out(owner: Owner, proof: NameProof, result: Result, every: int) -> None:
    own = {plain(name) for name in owner.last}
    result.namesakes += any(plain(name) in COMMONEST for name in owner.last)
    # A given name in the owner's own line is no stranger's guess; alone, it must prove nothing.
    line = {plain(word) for word in owner.known.split()}
    of_strangers = [name for name in COMMONEST if plain(name) not in line]
    standing = [name for name in COMMONEST if plain(name) in line]
    beside = {plain(word) for word in WORD.findall(owner.known)}
    # Whose last name was cut off may be any of those that begin like this, unless it is common.
    cut = plain(LAST_PART.split(owner.known.strip())[-1])
    begun = cut if len(owner.known) >= SHORTEST_CUT and census.last(cut) < COMMON else "-"
    lasts = [
        name for name in COMMON_LAST if name not in line | beside and not name.startswith(begun)
    ]
    of_own = [*owner.given, *standing]
    tries = {**GUESSES, GIVEN: of_strangers, LAST: lasts, OWN_GIVEN: of_own}
    for kind, guesses in tries.items():
        tried = guesses[::every] if len(guesses) > 300 else guesses
        strange = [guess for guess in tried if not own & {plain(guess), *map(plain, guess.split())}]
        if opened := [guess for guess in strange if proof.accepts(_typed(guess))]:
            result.strangers.setdefault(kind, []).append((owner.known, opened[0]))


@cache
def _typed(guess: str) -> Typed:
    return Typed(guess)


def attack_zip_codes(number: int) -> Result:
    """Codes as spreadsheets and systems write them; typed as people do; and those next to them."""
    random, result = Random(1), Result("ZIP codes")
    for n in range(number):
        code = f"{random.choice([601 + n % 400, 2134 + n % 2000, 10001 + n % 80000]):05}"
        four = f"{random.randrange(1, 10000):04}"
        for kind, known in _written(code, four).items():
            result.accounts[kind] += 1
            for typed in (code, f"{code}-{four}", f" {code} ", f"{code} {four}", f"{code}-0000"):
                result.tried[kind, "typed"] += 1
                if not zip_proves(typed, known):
                    result.refused.setdefault((kind, "typed"), []).append((known, typed))
            near = f"{(int(code) + 1) % 99999:05}"
            strange = [
                near,
                code.lstrip("0")[:4],
                code[1:] + code[0],
                "",
                "0",
                "00000",
                four,
                code[:4],
            ]
            for guess in strange:
                if guess != code and zip_proves(guess, known):
                    result.strangers.setdefault("another ZIP code", []).append((known, guess))
    return result


def _written(code: str, four: str) -> dict[str, str]:
    lost = code.lstrip("0")
    return {
        "five digits": code,
        "ZIP+4": f"{code}-{four}",
        "nine digits": f"{code}{four}",
        "zeros lost": lost,
        "zeros of ZIP+4 lost": f"{lost}{four}",
        "zeros of ZIP+4 lost, with a dash": f"{lost}-{four}",
        "ZIP+4 and carrier route": f"{code}-{four}-5",
    }


@cache
def plain(text: str) -> str:
    return "".join(sign for sign in without_accents(text).lower() if sign.isalnum())
