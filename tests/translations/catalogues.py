"""Reads catalogues of messages (.po), which the standard library can't."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent.parent.parent / "locale" / "es" / "LC_MESSAGES"
CATALOGUE = FOLDER / "django.po"
LINE = re.compile(r'(?:(msg\w+(?:\[\d\])?) )?"(.*)"')
ESCAPED = {"n": "\n", "t": "\t"}


class Entry(NamedTuple):
    context: str
    msgid: str
    plural: str
    translations: list[str]
    is_fuzzy: bool

    def english(self, number: int) -> str:
        """Returns what the translation of this number says: the first is that of the singular."""
        return self.plural if number else self.msgid


def entries(catalogue: Path = CATALOGUE) -> Iterator[Entry]:
    header, *blocks = catalogue.read_text().strip().split("\n\n")
    assert f"Language: {catalogue.parts[-3]}" in header
    for block in blocks:
        said = _texts(block)
        if not said:
            continue  # messages that are no longer used
        yield Entry(
            context=said.get("msgctxt", ""),
            msgid=said["msgid"],
            plural=said.get("msgid_plural", ""),
            translations=[text for name, text in said.items() if name.startswith("msgstr")],
            is_fuzzy="fuzzy" in block.partition("msgid")[0],
        )


def _texts(block: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        if not line.startswith("#"):
            found = LINE.fullmatch(line)
            assert found, line
            name = found[1] or name
            text = re.sub(r"\\(.)", lambda m: ESCAPED.get(m[1], m[1]), found[2])
            texts[name] = texts.get(name, "") + text
    return texts
