"""Numbers as a spreadsheet shows them: ZIP codes and account numbers keep their zeros.

Only identifiers and dates are formatted: digits that are padded with zeros or separated by
punctuation. Amounts keep all their digits, even if the sheet shows them rounded.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, time

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import from_excel

from backoffice.tables.xlsx_markup import MOST_ELEMENTS, Handler, local

EXACT_DIGITS = 15  # a spreadsheet rounds numbers that have more
LARGEST_EXACT = 10**EXACT_DIGITS
LOCAL_DATES = {*range(27, 37), *range(50, 59)}  # built-in East Asian formats, all for dates
LONGEST_FORMAT = 255  # characters, which is Excel's own limit
# `[<=99999]00000;00000-0000`: the first format is for numbers that meet its condition.
CONDITION = re.compile(r"\[(<=?|>=?)(\d+)\]")
# Colors, languages, and spaces as wide as a character: not visible text.
NOT_SHOWN = re.compile(r"\[[^\]]*\]|_.|\*.")
PARTS = re.compile(r'"([^"]*)"|\\(.)|([0#?])|([-()/ :.,])')
DIGITS_ONLY = re.compile(r'(?:"[^"]*"|\\.|[-() ]|[0#?])+')
Shown = Callable[[str], str]


def plain_number(text: str) -> str:
    """Returns the number as people write it, without the noise of binary fractions that a
    spreadsheet does not show either.

    One that the spreadsheet has rounded keeps its exponent, so that this can be detected.
    Raises ValueError.
    """
    if text.isdecimal() and (len(text) <= EXACT_DIGITS or int(text) < LARGEST_EXACT):
        return text
    value = float(text)
    if abs(value) >= LARGEST_EXACT:
        return f"{value:.{EXACT_DIGITS - 1}E}"
    shown = float(f"{value:.{EXACT_DIGITS}g}")
    return str(int(shown)) if shown.is_integer() else repr(shown)


class NumberFormats:
    """How numbers are shown in each cell style. codes: format codes of the styles, in order."""

    def __init__(self, codes: Sequence[str], epoch: datetime) -> None:
        self.epoch = epoch
        by_code = {code: self._shown_by(code) for code in set(codes)}
        self.by_style = {str(style): by_code[code] for style, code in enumerate(codes)}

    def shown(self, text: str, style: str) -> str:
        """Returns a cell's number as text. Raises ValueError."""
        return self.by_style.get(style, plain_number)(text)

    def _shown_by(self, code: str) -> Shown:
        if is_date_format(code):
            return self._date
        sections = code[:LONGEST_FORMAT].split(";")
        if any(DIGITS_ONLY.fullmatch(NOT_SHOWN.sub("", section)) for section in sections[:2]):
            return lambda text: _formatted(text, sections)
        return plain_number

    def _date(self, text: str) -> str:
        """Returns `2026-11-28`, with a time if it has one."""
        try:
            moment = from_excel(round(float(text) * 86_400) / 86_400, self.epoch)
        except (OverflowError, ValueError):
            return plain_number(text)
        if isinstance(moment, datetime) and moment.time() == time():
            return moment.date().isoformat()
        return moment.isoformat(" ") if isinstance(moment, datetime) else moment.isoformat()


def _formatted(text: str, sections: list[str]) -> str:
    number = plain_number(text)
    section = _section(number, sections)
    if not number.isdecimal() or not DIGITS_ONLY.fullmatch(section):
        return number
    return _filled(number, section)


def _section(number: str, sections: list[str]) -> str:
    """Returns the section of a format that applies to non-negative numbers."""
    section = sections[0]
    condition = CONDITION.search(section)
    if condition and number.isdecimal():
        sign, limit = condition[1], int(condition[2])
        value = int(number)
        meets = {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}
        section = section if meets[sign] or len(sections) == 1 else sections[1]
    return NOT_SHOWN.sub("", section)


def _filled(digits: str, section: str) -> str:
    """Fills in the digits from the right; extra digits go before the first placeholder."""
    parts = list(PARTS.finditer(section))
    first = next((place for place, part in enumerate(parts) if part[3]), -1)
    shown: list[str] = []
    for place, part in reversed(list(enumerate(parts))):
        if not part[3]:
            shown.append(part[1] or part[2] or part[4] or "")
        elif place == first:
            shown.append(digits or ("0" if part[3] == "0" else ""))
        else:
            shown.append(digits[-1:] or ("0" if part[3] == "0" else ""))
            digits = digits[:-1]
    return "".join(reversed(shown))


class StylesHandler(Handler):
    """Finds the format code of each cell style, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[str, str] = {}
        self.count = 0
        self.is_inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = local(name)
        if name == "numFmt":
            self.codes[attributes["numFmtId"]] = attributes["formatCode"]
        elif name == "cellXfs":
            self.is_inside = True
        elif name == "xf" and self.is_inside:
            self.found.append(self._code(attributes.get("numFmtId", "0")))
        self.count += 1
        if self.count > MOST_ELEMENTS * 5:
            raise ValueError("too many styles")

    def end(self, name: str) -> None:
        if local(name) == "cellXfs":
            self.is_done = True

    def _code(self, number: str) -> str:
        if number in self.codes:
            return self.codes[number]
        is_local = number.isdecimal() and int(number) in LOCAL_DATES
        return "yyyy-mm-dd" if is_local else BUILTIN_FORMATS.get(int(number), "General")
