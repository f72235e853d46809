"""Which column of a file holds which field: guessed from the names, or chosen by staff."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

# How column names shorten words.
SHORT = {
    short: word
    for word, shorts in {
        "account": ("acct", "acc"),
        "address": ("addr",),
        "amount": ("amt",),
        "code": ("cd",),
        "convenience": ("conv",),
        "customer": ("cust",),
        "date": ("dt",),
        "invoice": ("inv",),
        "location": ("loc",),
        "name": ("nm",),
        "number": ("no", "nbr", "num", "nr"),
        "payment": ("pmt", "pymt", "paymt"),
        "phone": ("tel", "telephone", "ph"),
        "property": ("prop",),
        "reference": ("ref",),
        "service": ("svc", "serv", "srv"),
        "transaction": ("trans", "tran", "txn"),
        "utility": ("util",),
    }.items()
    for short in shorts
}
CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
WORD = re.compile(r"[^\W_]+")
HINT = re.compile(
    r"\((?:[^()]*\d[^()]*|text|required|optional|US\$?|USD|\$|last,? ?first[^()]*"
    r"|[ECMP][SD]?T|UTC)\)",
    re.IGNORECASE,
)
Columns = Mapping[str, str]  # {field: name of the column}
UsualNames = Mapping[Any, Sequence[str]]  # {field: names without spaces, best first}
PLACE = re.compile(r"\s*\(column [A-Z]{1,3}\)$")


def bare_name(name: str) -> str:
    """Returns the letters and digits of a column name, in lowercase and without accents: `ZIP Code`
    is `zipcode`, `Teléfono` is `telefono`."""
    return "".join(sign for sign in _plain(name).casefold() if sign.isalnum())


def full_name(name: str) -> str:
    """Returns the bare name with its words written out: `Svc. Addr` and `Service Addr (30)` are
    `serviceaddress`."""
    plain = HINT.sub(" ", _plain(name)).replace("#", " no ")
    words = WORD.findall(CAPITAL.sub(" ", plain).casefold())
    return "".join(SHORT.get(word, word) for word in words)


def _plain(name: str) -> str:
    signs = unicodedata.normalize("NFKD", PLACE.sub("", name))
    return "".join(sign for sign in signs if not unicodedata.combining(sign))


def distinct_names(header: Sequence[str]) -> list[str]:
    """Returns a distinct name for each column, so that it can be chosen: one that is empty or used
    repeatedly is followed by its place, as in `Amount (column C)`."""
    names = [" ".join(cell.split()) for cell in header]
    counts = Counter(names)
    distinct: list[str] = []
    for place, name in enumerate(names):
        is_ambiguous = not name or counts[name] > 1
        shown = f"{name} (column {letters(place)})".strip() if is_ambiguous else name
        while shown in distinct:  # a column really has that name
            shown += f" (column {letters(place)})"
        distinct.append(shown)
    return distinct


def letters(place: int) -> str:
    """Returns A for 0, AB for 27, as spreadsheets do."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def guess_columns(header: Sequence[str], usual: UsualNames) -> dict[str, str]:
    """Returns the column of each field, as far as the names show: the one with the best name. Of
    two columns with the same name it is the first. Of two that only have the same words, written
    out, it is neither."""
    every = {name for names in usual.values() for name in names}
    bare = {bare_name(name): name for name in reversed(header)}
    others = [(full_name(name), name) for name in header if bare_name(name) not in every]
    counts = Counter(full for full, _name in others)
    full_names = {full: name for full, name in others if full and counts[full] == 1}
    columns = full_names | bare
    found = {
        str(field): next((columns[name] for name in names if name in columns), "")
        for field, names in usual.items()
    }
    return {field: name for field, name in found.items() if name}


def is_usual(name: str, usual: UsualNames) -> bool:
    """Returns whether the name of a column shows its field."""
    every = {each for names in usual.values() for each in names}
    return bool({bare_name(name), full_name(name)} & every)


def repeated_names(header: Sequence[str], wanted: Collection[str]) -> dict[str, list[int]]:
    """Returns those of the wanted names that several columns have, with the columns' numbers."""
    bare = [bare_name(name) for name in header]
    often = {name for name, count in Counter(bare).items() if count > 1}
    return {
        PLACE.sub("", name): [
            place for place, each in enumerate(bare, start=1) if each == bare_name(name)
        ]
        for name in wanted
        if bare_name(name) in often
    }


def still_fit(columns: Columns, header: Collection[str]) -> bool:
    """Whether the columns of an earlier file are all in this one."""
    used = {name for name in columns.values() if name}
    return bool(used) and used <= set(header)
