"""Makes accounts as a CIS writes them, each with the truth about its owner.

Nothing here asks the portal how it reads names. The truth is known because the name was built from
it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from bench.attack.people import People, Person, without_accents

KNOWN_AS_GIVEN = ("Maria", "Elizabeth", "Brenda", "Daniel", "Jennifer", "Christopher", "Linda")
WIDTHS = (25, 30)
UNLISTED = "words not in the lists"
BESIDE = {"mr", "mrs", "ms", "dr", "and", "the", "family", "trust", "trustee", "of", "estate"}


@dataclass
class Owner:
    """An account and its owner. known: the name in the CIS. last, whole, letter: what the owner may
    type: a last name or business name, the whole name, or the address line of a letter. given:
    names that must not prove. is_weak: whether no name may be enough."""

    kind: str
    known: str
    last: list[str]
    whole: list[str]
    letter: list[str]
    given: list[str] = field(default_factory=list)
    is_weak: bool = False


class Maker(People):
    """Makes the accounts of one CIS."""

    def __init__(self, seed: int, *, last_first: bool) -> None:
        super().__init__(seed, last_first=last_first)
        self.kinds: dict[str, tuple[int, Callable[[], Owner]]] = {
            "US": (24, lambda: self.single(self.american())),
            "two Spanish last names": (12, lambda: self.single(self.spanish())),
            "Vietnamese": (7, lambda: self.single(self.vietnamese())),
            "Korean and Chinese": (7, lambda: self.single(self.east_asian())),
            "O', Mc, Mac, Fitz, St.": (6, lambda: self.single(self.of("celtic_last"))),
            "hyphenated": (5, lambda: self.single(self.hyphenated())),
            "particles": (6, lambda: self.single(self.of("particle_last"))),
            "the world": (7, lambda: self.single(self.worldly())),
            "last name like a given name": (3, lambda: self.single(self.of("given_like_last"))),
            "initials": (4, self.initials),
            "couples": (9, self.couple),
            "two last names": (4, self.two_people),
            "trusts": (7, self.trust),
            "estates": (5, self.estate),
            "C/O": (4, self.care_of),
            "status words": (6, self.with_status),
            UNLISTED: (6, self.with_unlisted_word),
            "businesses": (10, self.business),
            "doing business as": (2, self.doing_business),
            "weak": (4, self.weak),
        }

    def owners(self, number: int) -> Iterator[Owner]:
        names = list(self.kinds)
        weights = [self.kinds[name][0] for name in names]
        for kind in self.random.choices(names, weights, k=number):
            owner = self.kinds[kind][1]()
            owner.kind = kind
            yield self.as_stored(owner)

    def as_stored(self, owner: Owner) -> Owner:
        """In most systems, names are in capitals and without accents; some cut them."""
        known = " ".join(owner.known.split())
        if self.chance(0.7):
            known = without_accents(known)
        known = known.upper() if self.chance(0.8) else known
        width = self.random.choice([*WIDTHS, 99, 99, 99])
        cut = known[:width].strip()
        if cut == known or owner.is_weak:
            return replace(owner, known=known, letter=[known, *owner.letter])
        kind = owner.kind if owner.kind == UNLISTED else "cut to 25 or 30 characters"
        owner = replace(owner, known=cut, kind=kind)
        return self.as_far_as_kept(owner)

    def as_far_as_kept(self, owner: Owner) -> Owner:
        """Returns the stored part of the truth: names that were cut off prove nothing."""
        kept = without_accents(owner.known).lower()

        def is_kept(typed: str, letters: int) -> bool:
            words = "".join(
                c if c.isalpha() else " " for c in without_accents(typed).lower()
            ).split()
            return all(word[:letters] in kept for word in words if word not in BESIDE)

        owner.last = [name for name in owner.last if is_kept(name, 5)]
        owner.whole = [name for name in owner.whole if is_kept(name, 4)]
        owner.letter = [owner.known, *(name for name in owner.letter if is_kept(name, 4))]
        return owner

    def single(self, person: Person) -> Owner:
        known = self.written(person)
        return Owner(
            "",
            known,
            self.typed(person.lasts),
            person.wholes(),
            self.letters(person),
            person.givens(),
        )

    def initials(self) -> Owner:
        person = self.american()
        given = self.choose(person.first[0], f"{person.first[0]} R", f"{person.first[0]}.R.")
        known = self.written(replace(person, suffix=""), given)
        letter = [f"{person.first[0]}. {person.last}", f"Mr. {person.last}"]
        whole = [f"{person.first} {person.last}", f"{given} {person.last}"]
        return Owner("", known, [person.last], whole, letter, [given])

    def couple(self) -> Owner:
        person, other = self.anybody(), self.pick("us_given")
        person.suffix = ""
        joined = self.choose("&", "and", "&", "/", "+", "or")
        initial = self.choose("", "", "K")
        known = self.written(person, f"{person.given} {joined} {other} {initial}".rstrip())
        if not self.last_first:
            known = f"{person.given} {joined} {other} {initial} {self.last(person.last)}"
        first, last = person.first, person.last
        whole = [f"{first} {last}", f"{other} {last}", f"{first} and {other} {last}"]
        letter = [f"{first} & {other} {last}", f"Mr. and Mrs. {first} {last}", f"Mr. & Mrs. {last}"]
        return Owner("", known, person.lasts, whole, letter, [*person.givens(), other])

    def two_people(self) -> Owner:
        one, other = self.american(), self.anybody()
        one.suffix = other.suffix = ""
        known = f"{self.written(one)} {self.choose('&', 'and', '/', 'or')} {self.written(other)}"
        whole = [f"{one.first} {one.last}", f"{other.first} {other.last}"]
        letter = [" & ".join(whole), " and ".join(whole), f"Mr. {whole[0]}"]
        return Owner(
            "", known, one.lasts + other.lasts, whole, letter, one.givens() + other.givens()
        )

    def trust(self) -> Owner:
        person = replace(self.anybody(), suffix="")
        written, last = self.written(person), self.last(person.last)
        family = self.choose(
            f"{last} Family Trust",
            f"The {last} Living Trust",
            f"{last} Revocable Trust dtd 1/2/2003",
        )
        own = self.choose(
            *(
                f"{written} {word}"
                for word in ("Trust", "Revocable Trust", "Living Trust", "Trustee")
            ),
            *(
                f"{written} {word}"
                for word in ("TTEE", "TR", "Rev Liv Tr", "Family Trust UTD 3/4/05")
            ),
            f"Trust of {written}",
        )
        if self.chance(0.3):
            return Owner("", family, person.lasts, [family], [f"The {person.last} Family Trust"])
        letter = [f"{person.first} {person.last}, Trustee", f"{person.first} {person.last} Trust"]
        return Owner("", own, person.lasts, person.wholes(), letter, person.givens())

    def estate(self) -> Owner:
        person = replace(self.anybody(), suffix="")
        written = self.written(person)
        known = self.choose(
            f"Estate of {written}", f"Est of {written}", f"{written} Estate", f"{written} Est",
            f"{written} (Deceased)", f"{written} Decd", f"Heirs of {written}", f"{written} EST OF",
        )  # fmt: skip
        letter = [
            f"Estate of {person.first} {person.last}",
            f"The Estate of {person.given} {person.last}",
        ]
        return Owner("", known, person.lasts, person.wholes(), letter, person.givens())

    def care_of(self) -> Owner:
        owner, other = self.single(self.anybody()), self.american()
        beside = self.choose("C/O", "%", "c/o", "Attn", "Care of", "C/O:")
        return replace(owner, known=f"{owner.known} {beside} {other.first} {other.last}")

    def with_status(self) -> Owner:
        owner = self.single(replace(self.anybody(), suffix=""))
        after = self.choose(
            "Etal", "Et Al", "Et Ux", "(Renter)", "Tenant", "- Tenant", "Owner", "JTRS", "POA",
            "*", "(Deceased)", "#2", "JT TEN", "TIC", "(Owner)", "H/W", "Life Est",
        )  # fmt: skip
        return replace(owner, known=f"{owner.known} {after}")

    def with_unlisted_word(self) -> Owner:
        person = self.american() if self.chance(0.8) else self.anybody()
        owner = self.single(replace(person, suffix=""))
        word = self.pick("unlisted_words")
        after = self.choose(f" {word}", f" {word}", f" - {word}", f", {word}", f" & {word}")
        is_ahead = self.last_first and self.chance(0.3)
        known = f"{word} {owner.known}" if is_ahead else f"{owner.known}{after}"
        return replace(owner, known=known)

    def business(self) -> Owner:
        name = f"{self.pick('business_words')} {self.pick('business_trades')}"
        form = self.pick("legal_forms")
        known = f"{name}{self.choose(',', '') if form else ''} {form}".strip()
        return Owner("", known, [name], [known, f"{name} {form}".strip()], [name])

    def doing_business(self) -> Owner:
        person, shop = (
            self.american(),
            f"{self.pick('business_words')} {self.pick('business_trades')}",
        )
        known = f"{self.written(replace(person, suffix=''))} {self.choose('DBA', 'd/b/a')} {shop}"
        return Owner("", known, [person.last, shop], [shop], [shop], person.givens())

    def weak(self) -> Owner:
        given = self.random.choice(KNOWN_AS_GIVEN)
        known = self.choose(
            given, f"{given} {self.choose(*'ABJ')}", f"Mr {given}", f"{given} Etal", "Mr Mrs",
            f"{given} Trustee", "Occupant", "Current Resident", "Vacant", "Tenant", "Owner", "N/A",
            self.choose(*"ABX"), "Estate of", "Unknown Customer", "C/O", "J R", "Trust",
        )  # fmt: skip
        return Owner("", known, [], [], [], [known], is_weak=True)
