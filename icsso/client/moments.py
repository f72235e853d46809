"""How Invoice Cloud and spreadsheets write days and times: one reader for all.

It never guesses: it raises ValueError, without the value, for what cannot be understood.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from icsso.client.parsing import NO_VALUE
from icsso.client.plain_signs import plain_signs

# .NET writes a date that was never set as 1/1/0001; databases write one that never comes as
# 12/31/9999, or as the last day that SQL Server's smalldatetime has.
FIRST_YEAR = 2000
NEVER = ((9999, 12, 31), (2079, 6, 6))
# In two digits: 68 is 2068, and 69 is 1969, as C has it.
LAST_SHORT_YEAR = 68

_TIME = (
    r"(?P<hour>\d\d?)"
    r"(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+|:\d{3})?)?|(?= ?[ap](?:m\b|\.)))"
    r"(?: ?(?P<half>[ap])(?:m\.?|\. ?m\.?|(?= |$)))?"
)
# As .NET, mails, logs, and browsers write it: -05:00, GMT-0500 (Eastern Standard Time), EST.
_ZONE = (
    r" ?(?P<zone>Z|UTC|GMT|(?:[AECMPH]|AK)[SD]T|(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d\d)"
    r"(?::?(?P<minutes>\d\d))?(?:(?<=[+-]0000) UTC| ?\([^()]*\)|\[[\w/]+\])?)"
)
WRITTEN = re.compile(
    rf"(?P<date>.+?)(?:(?:[T:]|,? (?:(?:at|@|-) )?){_TIME}(?:{_ZONE})?)?", re.IGNORECASE | re.ASCII
)
# Of standard time: EST is five hours behind UTC. A is of Puerto Rico, AK of Alaska, H of Hawaii.
HOURS_OF = {"A": -4, "E": -5, "C": -6, "M": -7, "P": -8, "AK": -9, "H": -10}
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
    r"|ene(?:ro)?|febrero|marzo|abr(?:il)?|mayo|junio|julio|ago(?:sto)?|septiembre|set(?:iembre)?"
    r"|octubre|noviembre|dic(?:iembre)?)\.?"
)
# How the names of months and weekdays begin, in English and Spanish.
MONTHS, WEEKDAYS = (
    {name: place for names in languages for place, name in enumerate(names.split())}
    for languages in (
        (
            "jan feb mar apr may jun jul aug sep oct nov dec",
            "ene feb mar abr may jun jul ago set oct nov dic",
        ),
        (
            "mon tue wed thu fri sat sun",
            "lun mar mié jue vie sáb dom",
            "lun mar mie jue vie sab dom",
        ),
    )
)
_DAY = r"(?P<day>\d\d?)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4}|\d\d)"
# 11/28/2026 is US; the others nobody reads in two ways.
DAYS = [
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        rf"(?P<month>\d\d?) ?/ ?(?P<day>\d\d?) ?/ ?{_YEAR}",
        r"(?P<year>\d{4})(?P<between>[-/.])(?P<month>\d\d?)(?P=between)(?P<day>\d\d?)",
        r"(?P<year>20\d\d)(?P<month>\d\d)(?P<day>\d\d)",
        r"(?P<month>\d\d?)(?P<between>[-.])(?P<day>1[3-9]|[23]\d)(?P=between)(?P<year>\d{4})",
        rf"{_DAY}(?P<between>[-/]){_MONTH}(?P=between){_YEAR}",
        rf"{_DAY}(?P<between> ?)(?:(?:of|de) )?{_MONTH},?(?P=between)(?:del? )?(?P<year>\d{{4}})",
        rf"{_MONTH}(?P<between>[ /-]){_DAY}(?:, ?| |(?P=between))(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}})(?P<between>[ /-]){_MONTH}(?P=between){_DAY}",
    )
]
WEEKDAY = re.compile(  # mar. may be a month
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs?|ur)?(?:day)?[.,]?"
    r"|(?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo),?"
    r"|(?:lun|mi[eé]|jue|vie|s[aá]b|dom)[.,]?) ",
    re.IGNORECASE,
)
COMPACT_TIME = re.compile(r"(?<=^20\d{6})[T ]?(\d\d)(\d\d)(\d\d)(?!\d)", re.ASCII)  # 20261128021113
# Oracle, and after a hyphen, Db2.
DOTTED_TIME = re.compile(r"(?<=\d)[ -](\d\d?)\.(\d\d)\.(\d\d)(?:\.\d+)?(?= |$)", re.ASCII)
# C, Java, and Unix write the year last: Nov 28 02:11:13 EST 2026.
YEAR_LAST = re.compile(
    r"^([a-z]{3} \d\d?) (\d\d:\d\d:\d\d)( [a-z]{3,4})? (\d{4})$", re.IGNORECASE | re.ASCII
)
# A day of XML may have a zone too, and is that day all the same.
DAY_WITH_ZONE = re.compile(r"(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)", re.ASCII)
# What MySQL and Excel write for no date, and forms that nobody filled in: 0000-00-00, __/__/____.
NO_DATE = re.compile(
    rf"(?:0+(?P<between>[-/])0+(?P=between)0+|0{{8}}|0?1/0?0/1900|1900-01-00)(?:[T ]{_TIME})?"
    r"|_+(?P<mark>[-/])_+(?P=mark)_+",
    re.IGNORECASE,
)
JSON_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(value: object) -> datetime | date | None:
    """Returns a date, a local time, or an aware time if the zone is given, to the second; None for
    "no date".

    Reads US dates (11/28/2026 3:04:05 PM, 11/28/26 2:11), 28-Nov-2026, Sat, Nov. 28, 2026,
    28 de noviembre de 2026, 20261128, ISO 8601, and .NET's /Date(milliseconds)/. Raises ValueError,
    also for a day that is not the weekday beside it.
    """
    if value is None or isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise ValueError("no date")
    # Newer versions of .NET put a narrow no-break space before PM, browsers put marks of direction.
    text = " ".join(plain_signs(value).replace("\\/", "/").split())
    if text.casefold() in NO_VALUE or NO_DATE.fullmatch(text):
        return None
    try:
        read = _written_moment(text)
    except (OverflowError, ValueError):
        raise ValueError("no date") from None
    if read.year < FIRST_YEAR or (read.year, read.month, read.day) in NEVER:
        return None
    weekday = WEEKDAY.match(text)
    if weekday and WEEKDAYS[weekday[0][:3].casefold()] != read.weekday():
        raise ValueError("no date")
    return read


def _written_moment(text: str) -> datetime | date:
    """Raises ValueError and OverflowError."""
    if milliseconds := JSON_DATE.fullmatch(text):
        return EPOCH + timedelta(milliseconds=int(milliseconds[1]))
    if day_alone := DAY_WITH_ZONE.fullmatch(text):
        text = day_alone[1]
    text = YEAR_LAST.sub(r"\1 \4 \2\3", WEEKDAY.sub("", text, count=1))
    text = DOTTED_TIME.sub(r" \1:\2:\3", COMPACT_TIME.sub(r" \1:\2:\3", text))
    written = WRITTEN.fullmatch(text)
    if not written:
        raise ValueError("no date")
    day = _written_day(written["date"])
    return datetime.combine(day, _time(written)) if written["hour"] else day


def _written_day(text: str) -> date:
    found = next(filter(None, (form.fullmatch(text) for form in DAYS)), None)
    if not found:
        raise ValueError("no date")
    parts = found.groupdict()
    year = int(parts["year"])
    if len(parts["year"]) == len("26"):
        year += 2000 if year <= LAST_SHORT_YEAR else 1900
    name = parts.get("name")
    month = MONTHS[name[:3].casefold()] + 1 if name else int(parts["month"])
    return date(year, month, int(parts["day"]))


def _time(written: re.Match[str]) -> time:
    hour, half = int(written["hour"]), written["half"]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("no time")
        hour = hour % 12 + 12 * (half.casefold() == "p")
    return time(
        hour, int(written["minute"] or 0), int(written["second"] or 0), tzinfo=_zone(written)
    )


def _zone(written: re.Match[str]) -> tzinfo | None:
    name = (written["zone"] or "").upper()
    if written["sign"]:
        behind = timedelta(hours=int(written["hours"]), minutes=int(written["minutes"] or 0))
        return timezone(-behind if written["sign"] == "-" else behind)
    if (place := name[:-2]) in HOURS_OF:
        return timezone(timedelta(hours=HOURS_OF[place] + (name[-2] == "D")))
    return UTC if name else None


def day(value: object) -> date | None:
    """Returns the day of a moment as it is written. Raises ValueError."""
    read = moment(value)
    return read.date() if isinstance(read, datetime) else read
