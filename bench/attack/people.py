"""Draws people from lists, and writes their names as a CIS does."""

import tomllib
import unicodedata
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

LISTS = {
    key: [" ".join(name.split()) for name in (text.split(";") if ";" in text else text.split())]
    for key, text in tomllib.loads((Path(__file__).parent / "lists.toml").read_text()).items()
}
TITLES = ("Mr.", "Ms.", "Mrs.", "Dr.")


@dataclass
class Person:
    first: str
    last: str
    initial: str = ""
    lasts: list[str] = field(default_factory=list)  # each of two last names
    suffix: str = ""

    def __post_init__(self) -> None:
        self.lasts = [self.last, *self.lasts]

    @property
    def given(self) -> str:
        return f"{self.first} {self.initial}".strip()

    def wholes(self) -> list[str]:
        return [f"{self.first} {self.last}", f"{self.last}, {self.first}"] + (
            [f"{self.given} {self.last}"] if self.initial else []
        )

    def givens(self) -> list[str]:
        return [self.first, *self.first.split(), self.initial] if self.initial else [self.first]


class People:
    """The people of one CIS, which writes the last name first or the given name first."""

    def __init__(self, seed: int, *, last_first: bool) -> None:
        self.random, self.last_first = Random(seed), last_first

    def pick(self, key: str) -> str:
        return self.random.choice(LISTS[key])

    def choose(self, *texts: str) -> str:
        return self.random.choice(texts)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def american(self) -> Person:
        initial = self.choose("", "", *"ABCDEJLMRSTW") if self.chance(0.7) else ""
        if self.chance(0.15):
            initial = self.pick("us_given")
        suffix = (
            self.choose("Jr", "Sr", "II", "III", "IV", "Jr.", "MD") if self.chance(0.08) else ""
        )
        return Person(self.pick("us_given"), self.pick("us_last"), initial, suffix=suffix)

    def of(self, key: str) -> Person:
        return replace(self.american(), last=self.pick(key), lasts=[])

    def spanish(self) -> Person:
        one, other = self.pick("spanish_last"), self.pick("spanish_last")
        given = self.pick("spanish_given")
        if self.chance(0.25):
            return Person(given, one)
        joined = f"{one} y {other}" if self.chance(0.04) else f"{one} {other}"
        return Person(given, joined, lasts=[one, other])

    def vietnamese(self) -> Person:
        middle = self.pick("vietnamese_middle")
        given, last = self.pick("vietnamese_given"), self.pick("vietnamese_last")
        if self.chance(0.2):
            return Person(self.pick("us_given"), last, middle)
        return Person(f"{middle} {given}" if self.last_first else f"{given} {middle}", last)

    def east_asian(self) -> Person:
        which = self.choose("chinese", "korean")
        given = self.pick("us_given" if self.chance(0.4) else f"{which}_given")
        return Person(given, self.pick(f"{which}_last"))

    def worldly(self) -> Person:
        return Person(self.pick("world_given"), self.pick("world_last"), self.choose("", "", "A"))

    def hyphenated(self) -> Person:
        key = self.choose("us_last", "spanish_last", "celtic_last")
        one, other = self.pick(key), self.pick("us_last")
        return Person(self.pick("us_given"), f"{one}-{other}", lasts=[one, other])

    def anybody(self) -> Person:
        draws = (self.american, self.spanish, self.worldly, self.vietnamese, self.american)
        return self.random.choice(draws)()

    def last(self, name: str) -> str:
        if "'" in name:
            name = name.replace("'", self.choose("'", "", " "))
        if "." in name:
            name = name.replace(".", self.choose(".", ""))
        if name.startswith(("Mc", "Mac", "Fitz")) and self.chance(0.25):
            name = (
                name.replace("Mc", "Mc ", 1).replace("Mac", "Mac ", 1).replace("Fitz", "Fitz ", 1)
            )
        if "-" in name and self.chance(0.1):
            name = name.replace("-", " ")
        joins = " " in name and len(name) < 12 and self.chance(0.08)
        return name.replace(" ", "") if joins else name

    def written(self, person: Person, given: str | None = None) -> str:
        last, given = self.last(person.last), person.given if given is None else given
        if self.last_first:
            comma = "," if self.chance(0.3) else ""
            if person.suffix and self.chance(0.5):
                return f"{last} {person.suffix}{comma} {given}"
            return f"{last}{comma} {given} {person.suffix}"
        if self.chance(0.05):
            return f"{last}, {given} {person.suffix}"
        return f"{given} {last}{self.choose('', ',') if person.suffix else ''} {person.suffix}"

    def letters(self, person: Person) -> list[str]:
        title = self.choose(*TITLES)
        return [
            f"{title} {person.given} {person.last} {person.suffix}".strip(),
            f"{person.first} {person.last}",
            f"{person.first[0]}. {person.last}",
            f"{title} {person.last}",
            f"The {person.last} Family",
        ]

    def typed(self, names: list[str]) -> list[str]:
        """Returns the text as people type it, without capitals and accents."""
        ways = (str, str.lower, str.upper, without_accents)
        return [self.random.choice(ways)(name) for name in names]


def without_accents(text: str) -> str:
    """Returns the text as a system without these letters stores it."""
    plain = text.translate(str.maketrans("ĐđŁłØøıæ", "DdLlOoia"))
    return "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
