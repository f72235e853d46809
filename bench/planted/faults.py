"""Faults of single lines in account files, each with what must become of the account.

TAKEN: the account is imported as if nothing were wrong. TOLD: it is imported without something, and
the import reports that. REFUSED: it is not imported, and the import reports why.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

COLUMNS = ("account_number", "name", "address", "city", "state", "zip", "email", "phone")
Fate = Literal["taken", "told", "refused"]


@dataclass(frozen=True)
class Account:
    """The truth about an account."""

    account_number: str
    name: str
    address: str
    city: str
    state: str
    zip: str
    email: str
    phone: str

    def cells(self) -> list[str]:
        return [getattr(self, column) for column in COLUMNS]


class Planted(NamedTuple):
    """text: the line or lines of the file. account: what the portal must have, or None."""

    text: str
    account: Account | None


@dataclass(frozen=True)
class Fault:
    """said: part of what the import reports; empty if it reports nothing. is_known: whether the
    portal had the account before."""

    name: str
    fate: Fate
    plant: Callable[[Account], Planted]
    said: str = ""
    is_known: bool = False
    lines: int = field(default=1, compare=False)

    def before(self, account: Account) -> Account:
        """Returns what the portal has before the import: less, if the line is to change it."""
        is_kept = self.fate == "refused"
        return account if is_kept else replace(account, address="", email="", phone="")


def line(*cells: str) -> str:
    return ",".join(f'"{cell}"' if set(cell) & {",", "\n"} else cell for cell in cells)


@dataclass(frozen=True)
class Cell:
    """Writes a cell in another way. {} stands for the right value. kept: what must be imported."""

    column: str
    written: str
    kept: str | None = None
    comes: bool = True

    def wrong(self, account: Account) -> Account:
        right = getattr(account, self.column)
        return replace(account, **{self.column: self.written.replace("{}", right)})

    def truth(self, account: Account) -> Account:
        right = getattr(account, self.column)
        kept = right if self.kept is None else self.kept.replace("{}", right)
        return replace(account, **{self.column: kept})

    def __call__(self, account: Account) -> Planted:
        text = line(*self.wrong(account).cells())
        return Planted(text, self.truth(account) if self.comes else None)


@dataclass(frozen=True)
class Line:
    """Writes the line in another way."""

    change: Callable[[str, Account], str]
    comes: bool

    def __call__(self, account: Account) -> Planted:
        text = self.change(line(*account.cells()), account)
        return Planted(text, account if self.comes else None)


def cell(column: str, written: str, kept: str | None = None) -> Cell:
    return Cell(column, written, kept)


def refused(column: str, written: str) -> Cell:
    return Cell(column, written, comes=False)


def of_line(change: Callable[[str, Account], str], *, comes: bool) -> Line:
    return Line(change, comes=comes)


def lost_zeros(account: Account) -> Planted:
    short = replace(account, account_number=account.account_number.lstrip("0"))
    return Planted(line(*short.cells()), account)


def lost_dashes(account: Account) -> Planted:
    known = replace(account, account_number=f"{account.account_number}-00")
    bare = replace(known, account_number=known.account_number.replace("-", ""))
    return Planted(line(*bare.cells()), known)


def of_another(account: Account) -> Planted:
    """A number that matches another customer's account."""
    known = replace(account, account_number=f"9{account.account_number}-00", name="OTHER CUSTOMER")
    taken = replace(account, account_number=known.account_number.replace("-", ""))
    return Planted(line(*taken.cells()), known)


def lost_zero_of_zip(written: str, kept: str) -> Callable[[Account], Planted]:
    def plant(account: Account) -> Planted:
        truth = replace(account, state="NJ", zip=kept)
        return Planted(line(*replace(truth, zip=written).cells()), truth)

    return plant


def shifted(account: Account) -> Planted:
    """An address with a comma but no quotation marks, and an empty last column."""
    cells = replace(account, address="12 Elm St, Apt 4", phone="").cells()
    return Planted(",".join(cells), None)


def swallowed(account: Account) -> Planted:
    """A quotation mark that is closed only on the next line, which belongs to another account."""
    other = replace(account, account_number=f"9{account.account_number}", address="1 Elm St")
    first = line(*account.cells()).replace(account.name, f'"{account.name}')
    second = line(*other.cells()).replace("1 Elm St", '1 Elm St"')
    return Planted(f"{first}\n{second}", None)


FAULTS = (
    Fault("email: a word for none", "told", cell("email", "NONE", ""), "there is none"),
    Fault("email: two", "told", cell("email", "{};b@example.com"), "several addresses"),
    Fault("email: no address", "told", cell("email", "call first", ""), "not a valid address"),
    Fault("email: with a name", "told", cell("email", "Ann <{}>"), "more than an address"),
    Fault("email: blanks", "taken", cell("email", "  {} ")),
    Fault("phone: words", "told", cell("phone", "{} (wife)", "{}"), "more than a phone number"),
    Fault("phone: two", "told", cell("phone", "{} / 217-555-0199"), "the first one was used"),
    Fault("phone: two, a blank between", "told", cell("phone", "{} {}", "{}"), "first one was"),
    Fault("phone: no number", "told", cell("phone", "call after 5", ""), "not a phone number"),
    Fault("phone: rounded", "told", cell("phone", "2.175550163E9", ""), "rounded the number"),
    Fault("phone: a dash", "told", cell("phone", "-", ""), "there is none"),
    Fault("ZIP: carrier route", "told", cell("zip", "{}-1234-5", "{}-1234"), "more than a ZIP"),
    Fault("ZIP: lost zero", "told", lost_zero_of_zip("7030", "07030"), "leading zero"),
    Fault("ZIP+4: lost zero", "told", lost_zero_of_zip("70301234", "07030-1234"), "leading zero"),
    Fault("ZIP: too short for its state", "told", cell("zip", "6270", ""), "too few digits"),
    Fault("ZIP: with its state", "told", cell("zip", "IL {}", "{}"), "more than a ZIP"),
    Fault("ZIP: a letter", "told", cell("zip", "O2134", ""), "not a ZIP code"),
    Fault("ZIP: zeros", "told", cell("zip", "00000", ""), "not a ZIP code"),
    Fault("ZIP: phone number", "told", cell("zip", "2175550163", ""), "not a ZIP code"),
    Fault("ZIP: decimal", "taken", cell("zip", "{}.0")),
    Fault("address: N/A", "told", cell("address", "N/A", ""), "there is none"),
    Fault("address: pandas' word for none", "told", cell("address", "nan", ""), "there is none"),
    Fault("city: PostgreSQL's sign for none", "told", cell("city", "\\N", ""), "there is none"),
    Fault("address: a new error", "told", cell("address", "#SPILL!", ""), "spreadsheet error"),
    Fault("address: spreadsheet error", "told", cell("address", "#N/A", ""), "spreadsheet error"),
    Fault("address: too long", "told", cell("address", "x" * 200, ""), "left empty"),
    Fault("address: control", "told", cell("address", "1 \x07 Elm", ""), "unprintable"),
    Fault("address: two lines", "taken", cell("address", "{}\nUnit 4", "{} Unit 4")),
    Fault("number: lost zeros", "told", lost_zeros, "other zeros", is_known=True),
    Fault("number: lost dashes", "told", lost_dashes, "punctuation", is_known=True),
    Fault("number: another customer's", "refused", of_another, "which may be", is_known=True),
    Fault("number: guarded", "taken", cell("account_number", "'{}")),
    Fault("number: between apostrophes", "taken", cell("account_number", "'{}'")),
    Fault("number: as formula", "taken", cell("account_number", '="{}"')),
    Fault("number: invisible characters", "taken", cell("account_number", "\u200b{}\u00a0")),
    Fault("number: rounded", "refused", refused("account_number", "1.2E+11"), "rounded"),
    Fault("number: decimal", "refused", refused("account_number", "{}.0"), "decimal number"),
    Fault("number: a date", "refused", refused("account_number", "12-Mar"), "into a date"),
    Fault("number: a whole date", "refused", refused("account_number", "3/12/2026"), "into a date"),
    Fault("number: error", "refused", refused("account_number", "#REF!"), "no digits"),
    Fault("number: none", "refused", refused("account_number", ""), "account_number"),
    Fault("number: control", "refused", refused("account_number", "1\x002"), "unprintable"),
    Fault("number: too long", "refused", refused("account_number", "{}" * 8), "account_number"),
    Fault("name: none", "refused", refused("name", ""), "name"),
    Fault("name: spreadsheet error", "refused", refused("name", "#N/A"), "spreadsheet error"),
    Fault("name: NULL", "refused", refused("name", "NULL"), "there is none"),
    Fault("name: a dash", "refused", refused("name", "-"), "there is none"),
    Fault("name: nan", "refused", refused("name", "nan"), "there is none"),
    Fault("name: too long", "refused", refused("name", "x" * 200), "name"),
    Fault("name: control", "refused", refused("name", "AB\x00CD"), "unprintable"),
    Fault("name: two lines", "taken", cell("name", "{}\nc/o Bell", "{} c/o Bell")),
    Fault("name: escaped break", "taken", cell("name", "{}_x000D_ JR", "{} JR")),
    Fault("name: no-break spaces", "taken", cell("name", "\u00a0{}\u200b\ufeff", "{}")),
    Fault("name: entities", "taken", cell("name", "{} &amp; O&#39;BRIEN", "{} & O'BRIEN")),
    Fault("name: letters read wrongly", "taken", cell("name", "JOSÃ© {}", "JOSé {}")),
    Fault("name: letters lost", "told", cell("name", "JOS\ufffd {}", "JOS\ufffd {}"), "lost"),
    Fault("name: in quotation marks", "taken", cell("name", '"{} ""BUD"""', '{} "BUD"')),
    Fault(
        "name: broken in two lines",
        "refused",
        of_line(lambda text, a: text.replace(a.name, a.name.replace(" ", "\n", 1)), comes=False),
        "columns",
        lines=2,
    ),
    Fault(
        "quotation mark never closed",
        "refused",
        of_line(lambda text, a: text.replace(a.name, f'"{a.name}'), comes=False),
        "read as CSV",
    ),
    Fault(
        "comma in an address",
        "refused",
        of_line(lambda text, a: text.replace(a.address, f"{a.address}, Apt 4"), comes=False),
        "9 columns",
    ),
    Fault("comma in an address, no phone", "refused", shifted, "9 columns"),
    Fault(
        "comma in a name",
        "refused",
        of_line(lambda text, a: text.replace(a.name, a.name.replace(" ", ", ", 1)), comes=False),
        "9 columns",
    ),
    Fault(
        "quotation mark closed on the next line", "refused", swallowed, "quotation mark", lines=2
    ),
    Fault(
        "one delimiter too few",
        "refused",
        of_line(lambda t, _a: t[: t.rindex(",")], comes=False),
        "7 columns",
    ),
    Fault(
        "twice", "refused", of_line(lambda text, _a: f"{text}\n{text}", comes=True), "earlier row"
    ),
    Fault("total", "refused", lambda _a: Planted("TOTAL: 500,,,,,,,", None), "totals"),
    Fault("trailer", "refused", lambda _a: Planted("99,TRAILER,,,,,,", None), "totals"),
    Fault("kinds", "refused", lambda _a: Planted("char(8),char(9),,,,,,", None), "explains"),
    Fault("heading again", "refused", lambda _a: Planted(",".join(COLUMNS), None), "heading"),
    Fault("a note", "refused", lambda _a: Planted("End of report", None), "columns"),
    Fault("nothing but commas", "taken", lambda _a: Planted(",,,,,,,", None)),
    Fault("empty line", "taken", lambda _a: Planted("", None)),
)
