"""How Invoice Cloud and spreadsheets write days and times: one reader for all.

It never guesses: it raises ValueError, without the value, for what cannot be understood.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone

from icsso.client.parsing import NO_VALUE
from icsso.client.plain_signs import plain_signs

# .NET writes a date that was never set as 1/1/0001; databases write one that never comes as
# 12/31/9999, or as the last day that SQL Server's smalldatetime has.
FIRST_YEAR = 2000
NEVER = ((9999, 12, 31), (2079, 6, 6))
# What MySQL, Excel, and pandas write for no date.
NO_DATE = re.compile(
    r"(?:0+[-/]0+[-/]0+|0?1/0?0/1900)(?:[T ]\d\d?:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[AP]M)?)?|NaT",
    re.IGNORECASE,
)
# 3:04:05.123 PM, and 3:04:05:123PM of SQL Server; Nov 28, 2026
PRINTED = re.compile(r"(?<=:\d\d)\.\d{1,9}|(?<=:\d\d:\d\d):\d{3}|(?<=[A-Za-z0-9]),(?= )")
# 03.04.05.000000 PM (Oracle)
DOTTED = re.compile(r"(?<= )(\d\d?)\.(\d\d)\.(\d\d)(?:\.\d+)?(?= |$)")
# What follows a time that is not ISO's, as .NET, mails, and logs write it.
ZONE = re.compile(r"(?<=[\dM]) ?(?:Z|GMT|UTC|(?<= )([+-])([01]\d):?(\d\d))$", re.IGNORECASE)
A_M = re.compile(r"\b([ap])\.\s?m\.", re.IGNORECASE)
TIMES = ("", " %I:%M:%S %p", " %I:%M %p", " %H:%M:%S", " %H:%M", " %I:%M:%S%p", " %I:%M%p")
DAYS = ("%m/%d/%Y", "%m/%d/%y", "%d-%b-%Y", "%d-%b-%y")
# What nobody reads in two ways: 2026/11/28, 28 Nov 2026, Nov 28 2026 2:11AM (SQL Server).
OTHER_DAYS = ("%Y/%m/%d", "%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y")
WEEKDAY = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs?|ur)?(?:day)?[.,]? ", re.IGNORECASE)
SHORT_MONTH = re.compile(r"(?<=\bsep)t\b\.?|(?<=\b[a-z]{3})\.(?= )", re.IGNORECASE)  # Nov. 28, 2026
# 20261128, 20261128021113, 20261128T021113
COMPACT = re.compile(r"(20\d\d)(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d))?", re.ASCII)
# A day of XML may have a zone too, and is that day all the same: 2026-11-28-05:00.
ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:(?:Z|[+-]\d\d:\d\d)?"
    r"|([T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?))"
)
JSON_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(value: object) -> datetime | date | None:
    """Returns a date, a local time, or an aware time if the zone is given; None for "no date".

    Reads US dates (11/28/2026 3:04:05 PM, 11/28/26 2:11), 28-Nov-2026, Sat, Nov. 28, 2026,
    20261128, ISO 8601, and .NET's /Date(milliseconds)/. Raises ValueError, also for a day that is
    not the weekday beside it.
    """
    if value is None or isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise ValueError("no date")
    # Newer versions of .NET put a narrow no-break space before PM, browsers put marks of direction.
    text = " ".join(plain_signs(value).split())
    if text.casefold() in NO_VALUE or NO_DATE.fullmatch(text):
        return None
    read = _written_moment(text)
    if read.year < FIRST_YEAR or (read.year, read.month, read.day) in NEVER:
        return None
    weekday = WEEKDAY.match(text)
    if weekday and weekday[1].casefold() != read.strftime("%a").casefold():
        raise ValueError("no date")
    return read


def _written_moment(text: str) -> datetime | date:
    if milliseconds := JSON_DATE.fullmatch(text):
        try:
            return EPOCH + timedelta(milliseconds=int(milliseconds[1]))
        except OverflowError:
            raise ValueError("no date") from None
    if COMPACT.fullmatch(text):
        text = COMPACT.sub(r"\1-\2-\3 \4:\5:\6" if len(text) > 8 else r"\1-\2-\3", text)
    if iso := ISO.fullmatch(text):
        try:
            return datetime.fromisoformat(text) if iso[2] else date.fromisoformat(iso[1])
        except ValueError:
            raise ValueError("no date") from None
    zone = ZONE.search(text)
    text = ZONE.sub("", WEEKDAY.sub("", text, count=1))
    read = _printed_moment(A_M.sub(r"\1m", DOTTED.sub(r"\1:\2:\3", text)))
    if not zone:
        return read
    if not isinstance(read, datetime):
        raise ValueError("no date")
    return read.replace(tzinfo=_zone(zone))


def _printed_moment(text: str) -> datetime | date:
    """Reads what programs print for people, without a weekday and a zone. Raises ValueError."""
    text = PRINTED.sub("", SHORT_MONTH.sub("", text))
    for day in DAYS if "/" in text[:3] or "-" in text[:3] else OTHER_DAYS:
        for time in TIMES:
            try:
                read = datetime.strptime(text.upper(), day + time)  # noqa: DTZ007
            except ValueError:
                continue
            return read if time else read.date()
    raise ValueError("no date")


def _zone(found: re.Match[str]) -> timezone:
    sign, hours, minutes = found.groups("0")
    return timezone((1 - 2 * (sign == "-")) * timedelta(hours=int(hours), minutes=int(minutes)))


def day(value: object) -> date | None:
    """Returns the day of a moment as it is written. Raises ValueError."""
    read = moment(value)
    return read.date() if isinstance(read, datetime) else read
