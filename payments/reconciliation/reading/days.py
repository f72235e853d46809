"""The day of a line: as postbacks write it, or as a spreadsheet stores or changes it."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icsso.client.contract import PostbackField
from icsso.client.moments import day
from payments.postbacks.parsing import PostbackData, plausible

SERIAL = re.compile(r"\d{5}(\.\d+)?")
DAY_FIRST = re.compile(r"(?:1[3-9]|2\d|3[01])([/.-])(?:0?[1-9]|1[0-2])\1\d\d", re.ASCII)
NUMBERS_ALONE = re.compile(r"\d{1,4}[/.-]\d", re.ASCII)
LAST_MONTH = 12


def paid_at(
    data: PostbackData, epoch: date, zone: ZoneInfo, *, days_in: ZoneInfo
) -> datetime | None:
    """Reads what postbacks may contain, and the day numbers of spreadsheets. Returns None if there
    is no plausible day."""
    text = data.text(PostbackField.PAYMENT_DATE)
    if not SERIAL.fullmatch(text):
        return data.paid_at()
    since_epoch = timedelta(seconds=round(float(text) * 86_400))
    serial = datetime.combine(epoch, time()) + since_epoch
    return plausible(serial if "." in text else serial.date(), zone, days_in=days_in)


def has_days_first(texts: Iterable[str]) -> bool:
    """Whether the days of a list are written with the day first, as in 28/11/2026. Some must be,
    and none the other way, so that one error in a list of US days proves nothing."""
    found = False
    for text in map(str.strip, texts):
        if DAY_FIRST.match(text):
            found = True
        elif (read := _day(text)) and read.day > LAST_MONTH:
            return False
    return found


def may_be_either(text: str) -> bool:
    """Whether day and month could be exchanged. Of 05/11, a spreadsheet program that expects months
    first may have made 2026-05-11."""
    read = _day(text)
    is_either = read is not None and read.day <= LAST_MONTH and read.day != read.month
    return is_either and bool(NUMBERS_ALONE.match(text))


def _day(text: str) -> date | None:
    try:
        return day(text)
    except ValueError:
        return None
