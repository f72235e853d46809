"""Characters that people paste unseen, and that programs leave behind or wrap text in."""

import html
import re

# Non-breaking spaces, and zero-width characters: direction marks, soft hyphens, a byte order mark
# where two files were joined.
SPACES = (0xA0, 0x2007, 0x202F)
NOTHING = (0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
VISIBLE: dict[int, str | None] = {**dict.fromkeys(SPACES, " "), **dict.fromkeys(NOTHING)}


# How XLSX writes line breaks and tabs, and web pages line breaks; some leave that in a file.
ESCAPED_SPACE = re.compile(r"_x00(?:0[9AaDd]|[Aa]0)_|<(?:br|BR) ?/?>")


# How web pages escape characters. Reports made as web pages leave some of them behind.
ENTITY = re.compile(r"&(?:#\d{1,5}|#x[0-9a-f]{1,4}|amp|quot|apos|nbsp|lt|gt);", re.IGNORECASE)
# Their bold and colored words.
STYLED = re.compile(r"</?(?:b|i|u|em|strong|font|span|small)(?:\s+[a-z]+=[^<>]*)?>", re.IGNORECASE)
# UTF-8 that a program read as Windows' letters, each on its own: JosÃ© for José, or its mark.
MISREAD = re.compile(r"[ÃÂÅÄ][^\x00-\x7f]|â€[^\x00-\x7f]|ï»¿")

TEXT_FORMULA = re.compile(r'=\s*"([^"]*)"')
# How people and programs mark a cell as text: an apostrophe, also a typographic one.
APOSTROPHES = "'\u2018\u2019`\u00b4"
# Around the whole cell. Between letters, an apostrophe is part of a word: 'O'BRIEN'.
_WITHIN = rf"((?:[^{APOSTROPHES}]|(?<=\w)[{APOSTROPHES}](?=\w))+)"
QUOTED = re.compile(
    rf"'{_WITHIN}'|`{_WITHIN}[`'\u00b4]|\u00b4{_WITHIN}\u00b4|[\u2018\u2019]{_WITHIN}\u2019"
    r"|[\u201c\u201d]([^\u201c\u201d]+)\u201d"
)
MARKS_OF_TEXT = frozenset(f"={APOSTROPHES}\u201c\u201d")


def unwrapped(text: str) -> str:
    """Returns the text of a cell that a program wrapped so that a spreadsheet keeps its zeros:
    ="0012" and '0012'. Word processors write the quotation marks as typographic ones."""
    if text[:1] not in MARKS_OF_TEXT:
        return text
    if formula := TEXT_FORMULA.fullmatch(text):
        return formula[1]
    quoted = QUOTED.fullmatch(text)
    return quoted[quoted.lastindex or 0].strip() if quoted else text


def visible(text: str) -> str:
    """Returns the text as it looks: with ordinary spaces, letters for what stands for them, and
    nothing invisible."""
    if "&" in text:
        text = ENTITY.sub(_character, text)
    if "_x00" in text or "<" in text:
        text = STYLED.sub("", ESCAPED_SPACE.sub(" ", text))
    if "\\" in text:
        text = text.replace("\\'", "'")  # as MySQL and PHP escape O'Connor
    if text.isascii():
        return text
    return MISREAD.sub(_read_again, text).translate(VISIBLE)


def _character(entity: re.Match[str]) -> str:
    read = html.unescape(entity[0])
    # A quotation mark or a line break would change how the line is read.
    return read if (read.isprintable() and read != '"') or read == "\xa0" else " "


def _read_again(misread: re.Match[str]) -> str:
    try:
        return misread[0].encode("cp1252").decode()
    except UnicodeError:
        return misread[0]
