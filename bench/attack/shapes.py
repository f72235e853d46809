"""A second set of accounts, with other names, shapes, and widths than those of `owners`."""

from collections.abc import Iterator
from random import Random

from bench.attack.owners import Owner

WIDTHS = (20, 25, 30, 99, 99, 99, 99)
GIVEN = (
    "Marcus;Danielle;Rodney;Yvonne;Trevor;Kristin;Leroy;Felicia;Glenn;Monica;Stuart;Paula;Derek;Sheila;"
    "Norman;Vera;Clifford;Gwen;Randy;Joanne;Wesley;Renee;Oscar;Tamara;Hugh;Sylvia"
)
LAST = (
    "Whitfield;Barlow;Hendricks;Ogden;Pruitt;Sheffield;Langley;Mercer;Nolan;Oakes;Rutledge;Stratton;Tillman;"
    "Vaughn;Whitaker;Yates;Albright;Bledsoe;Crenshaw;Dunlap;Everett;Farley;Goodman;Hancock;Irwin;Jarvis"
)
SPANISH = (
    "Maldonado;Pacheco;Villanueva;Cervantes;Montoya;Duarte;Escobar;Rosales;Valencia;De la Vega;"
    "Del Valle"
)
PORTUGUESE = "Ferreira;Oliveira;Rodrigues;Carvalho;Almeida;Teixeira;Da Costa;Dos Reis"
VIETNAMESE = "Nguyễn;Trần;Phạm;Huỳnh;Đặng;Bùi;Đỗ;Dương;Trương"
CHINESE, CHINESE_GIVEN = (
    "Zhang;Chen;Huang;Zhou;Wong;Cheng;Leung",
    "Wei;Xiu Ying;Guo Qiang;Mei;Jian;Yu Han",
)
ARABIC = "Al-Hassan;Al-Rashid;Al-Masri;El-Amin;Abdullah;Mahmoud;Bin Saleh"
HAWAIIAN = "Kamaka;Kahale;Nakamura;Keawe;Mahoe;Kaleo"
CELTIC = "O'Donnell;O'Toole;McGrath;McAllister;MacLeod;St. Clair;St. Germain;FitzGerald;D'Amico"
SHOPS = (
    "Copper Kettle Cafe;Bluebird Storage;Prairie Dental Group;Harbor Lights Motel;Elm Street Deli"
)
CODES = ("", "", "", " #4471", " (2)", " *", " APT 4", " UNIT 12B", " - TENANT")
MARKS = ("JR", "SR", "II", "III", "IV", "MD", "ESQ")


class Shapes:
    def __init__(self, seed: int, *, last_first: bool) -> None:
        self.random, self.last_first = Random(seed), last_first

    def pick(self, names: str | tuple[str, ...] | list[str]) -> str:
        return self.random.choice(names.split(";") if isinstance(names, str) else names)

    def owners(self, number: int) -> Iterator[Owner]:
        for _ in range(number):
            kind = self.pick([*KINDS])
            owner = KINDS[kind](self)
            owner.kind = kind
            yield self.stored(owner)

    def stored(self, owner: Owner) -> Owner:
        known = " ".join(owner.known.split())
        known = known.upper() if self.random.random() < 0.7 else known
        cut = known[: self.random.choice(WIDTHS)].strip()
        if cut != known:  # Who was cut off cannot prove anything.
            kept = cut.casefold()
            owner.last, owner.whole = (
                [name for name in names if name.casefold() in kept]
                for names in (owner.last, owner.whole)
            )
            owner.letter, owner.kind = [], "cut to 20, 25, or 30 characters"
        owner.known = cut
        return owner

    def written(self, given: str, last: str, mark: str = "") -> str:
        if not self.last_first:
            return f"{given} {last} {mark}".strip()
        return f"{last}{self.pick([',', '', ''])} {given} {mark}".strip()

    def person(self, given: str, last: str, *others: str, mark: str = "", code: str = "") -> Owner:
        initial = self.pick(["", "", " B", " M", " T"])
        known = self.written(given + initial, " ".join([last, *others]), mark) + code
        whole = [f"{given} {' '.join([last, *others])}", f"{last}, {given}"]
        letter = [f"Mr. {given} {' '.join([last, *others])}", f"The {last} Family"]
        return Owner("", known, [last, *others], whole, letter, [given, *given.split()])

    def american(self) -> Owner:
        mark = self.pick(MARKS) if self.random.random() < 0.2 else ""
        return self.person(self.pick(GIVEN), self.pick(LAST), mark=mark, code=self.pick(CODES))

    def of(self, lasts: str, given: list[str] | str = GIVEN) -> Owner:
        return self.person(self.pick(given), self.pick(lasts))

    def two_last_names(self, lasts: str) -> Owner:
        given = self.pick("Ana;Luis Miguel;Joana;Pedro;María Teresa;Rafael")
        return self.person(given, self.pick(lasts), self.pick(lasts))

    def hyphenated(self) -> Owner:
        one, other, given = self.pick(LAST), self.pick(LAST), self.pick(GIVEN)
        owner = self.person(given, f"{one}-{other}")
        owner.last += [one, other]
        return owner

    def couple(self) -> Owner:
        one, other, last = self.pick(GIVEN), self.pick(GIVEN), self.pick(LAST)
        both = f"{one} {self.pick('&;AND;+;/')} {other}"
        whole = [f"{one} {last}", f"{other} {last}"]
        return Owner("", self.written(both, last), [last], whole, [], [one, other])

    def mixed_couple(self) -> Owner:
        """SMITH JOHN & MARY JONES: the second name is in the other order."""
        (one, last), (other, second) = (
            (self.pick(GIVEN), self.pick(LAST)),
            (self.pick(GIVEN), self.pick(LAST)),
        )
        known = f"{self.written(one, last)} & {other} {second}"
        whole = [f"{one} {last}", f"{other} {second}"]
        return Owner("", known, [last, second], whole, [], [one, other])

    def beside(self) -> Owner:
        owner, other = self.american(), f"{self.pick(GIVEN)} {self.pick(LAST)}"
        owner.known = self.pick(
            [
                *(f"ESTATE OF {owner.known}", f"{owner.known} TRUST", f"{owner.known} C/O {other}"),
                *(f"{owner.known} ATTN {other}", f"{owner.known} ETAL", f"{owner.known} LIFE EST"),
            ]
        )
        return owner

    def business(self) -> Owner:
        shop, form = self.pick(SHOPS), self.pick(["", " LLC", ", Inc.", " L.L.C.", " Corp", " LP"])
        return Owner("", f"{shop}{form}", [shop], [f"{shop}{form}"], [], shop.split()[-1:])

    def doing_business(self) -> Owner:
        owner, shop = self.person(self.pick(GIVEN), self.pick(LAST)), self.pick(SHOPS)
        owner.known = f"{owner.known} DBA {shop}"
        owner.last.append(shop)
        return owner


KINDS = {
    "US, with marks and codes": Shapes.american,
    "two Spanish last names": lambda it: it.two_last_names(SPANISH),
    "two Portuguese last names": lambda it: it.two_last_names(PORTUGUESE),
    "Vietnamese": lambda it: it.of(VIETNAMESE, "Thị Mai;Minh Anh;Văn Hùng;Kim"),
    "Chinese": lambda it: it.of(CHINESE, CHINESE_GIVEN),
    "Arabic": lambda it: it.of(ARABIC, "Omar;Layla;Yusuf;Amina"),
    "Hawaiian": lambda it: it.of(HAWAIIAN),
    "O', Mc, Mac, Fitz, St., D'": lambda it: it.of(CELTIC),
    "hyphenated": Shapes.hyphenated,
    "couples": Shapes.couple,
    "couples in both orders": Shapes.mixed_couple,
    "estates, trusts, C/O, ATTN": Shapes.beside,
    "businesses": Shapes.business,
    "doing business as": Shapes.doing_business,
}
