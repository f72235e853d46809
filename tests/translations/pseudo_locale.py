"""A third language that nobody speaks: the English messages with accents, 40 % longer, in brackets.

    python -m tests.translations.pseudo_locale FOLDER     # writes FOLDER/qps/LC_MESSAGES/django.mo

A page in it shows at a glance which words do not go through translation, and what becomes of the
page where words are longer. For tests alone: docs/languages.md says how to add a real one.
"""

import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import django.conf
import django.contrib.auth

from tests.translations.catalogues import CATALOGUE, Entry, entries

LANGUAGE = "qps"
NAME = {"code": LANGUAGE, "name": "Pseudo", "name_local": "þšéúďő", "bidi": False}
# Placeholders, tags, entities, and line ends stay; what is between them is written otherwise.
KEPT = re.compile(r"(%\(\w+\)[sd]|%[sd%]|\{\w*\}|<[^>]+>|&\w+;|https?://\S+|\s+)")
ACCENTED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "áƀçďéƒğĥíĵķĺɱñőþɋřšťúṽŵẋýžÁƁÇĎÉƑĞĤÍĴĶĹṀÑŐÞɊŘŠŤÚṼŴẊÝŽ",
)
LONGER = 0.4
HEADER = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
DJANGO = [Path(module.__file__ or "").parent for module in (django.conf, django.contrib.auth)]
SOURCES = [*(folder / "locale/en/LC_MESSAGES/django.po" for folder in DJANGO), CATALOGUE]


def pseudo(words: str) -> str:
    """Returns “[!!! Ŵőřďš ~~ !!!]” for “Words”."""
    if not re.search("[A-Za-z]{2}", KEPT.sub("", words)):
        return words  # nothing to read
    accented = "".join(
        part if KEPT.fullmatch(part) else part.translate(ACCENTED) for part in KEPT.split(words)
    )
    more = round(len(KEPT.sub("", words)) * LONGER)
    return f"[!!! {accented.rstrip()} {_filler(more)}!!!]"


def _filler(number: int) -> str:
    """In pieces, as words are: a single long one would be a word that no language has."""
    return "".join("~" * min(7, number - start) + " " for start in range(0, number, 7))


def messages() -> Iterator[tuple[str, str]]:
    yield "", HEADER
    for source in SOURCES:
        for entry in entries(source):
            yield _key(entry), "\0".join(map(pseudo, filter(None, (entry.msgid, entry.plural))))


def _key(entry: Entry) -> str:
    context = f"{entry.context}\x04" if entry.context else ""
    return context + "\0".join(filter(None, (entry.msgid, entry.plural)))


def compiled(said: dict[str, str]) -> bytes:
    """Returns a .mo file: two tables of lengths and places, then the messages, then theirs."""
    pairs = sorted((key.encode(), value.encode()) for key, value in said.items())
    place = 28 + 16 * len(pairs)
    tables, texts = [b"", b""], b""
    for column in (0, 1):
        for pair in pairs:
            tables[column] += struct.pack("<II", len(pair[column]), place + len(texts))
            texts += pair[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, place)
    return head + b"".join(tables) + texts


def write(folder: Path) -> Path:
    """Writes the catalogue into a folder for LOCALE_PATHS, and returns the folder."""
    file = folder / LANGUAGE / "LC_MESSAGES" / "django.mo"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(compiled(dict(messages())))
    return folder


if __name__ == "__main__":
    write(Path(sys.argv[1]))
