"""The kinds of values in a capture: how a value of the sandbox is written as one, and a made-up
value for what the sandbox does not know."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

A_GUID = UUID("0d3a6c9f-1b2e-4f57-8a90-1c2d3e4f5a6b")
A_DAY = datetime(2027, 1, 5, 15, 4, 5)  # noqa: DTZ001 - written without a zone
HTML = "<!DOCTYPE html><html><body><h1>A page</h1></body></html>"
AS_IT_IS = "as it is"  # where a capture does not say how a value is written
OLD_JSON = "/Date(ms)/"  # .NET's own, in milliseconds since 1970
# .NET's letters, the longer ones first, and what stands for each.
DATE_LETTERS = {
    "yyyy": "{0.year:04}",
    "MM": "{0.month:02}",
    "dd": "{0.day:02}",
    "HH": "{0.hour:02}",
    "hh": "{1:02}",
    "mm": "{0.minute:02}",
    "ss": "{0.second:02}",
    "tt": "{0:%p}",
    "M": "{0.month}",
    "d": "{0.day}",
    "H": "{0.hour}",
    "h": "{1}",
}


def write(kind: str, value: Any) -> Any:
    """Returns a UUID, Decimal, date, boolean, number, or text of the sandbox as this kind. What was
    null, and what the sandbox does not have, is None."""
    name, _, detail = kind.partition(":")
    if value is None or name == "null":
        return None
    if name == "empty":
        return ""
    if name == "text" and isinstance(value, date | Decimal):
        return made_up(kind)  # it was no date and no amount there, but some other text
    writers: list[tuple[type, Callable[[], Any]]] = [
        (UUID, lambda: write_guid(value, detail)),
        (bool, lambda: value if kind in {"boolean", AS_IT_IS} else str(value)),
        (date, lambda: write_date(value, detail if name == "date" else "MM/dd/yyyy")),
        (Decimal, lambda: write_money(value, detail if name == "money" else "2")),
    ]
    found = next((writer for of, writer in writers if isinstance(value, of)), None)
    return found() if found else write_text_or_number(name, value)


def write_guid(guid: UUID, detail: str) -> str:
    text = str(guid).upper() if "upper" in detail else str(guid)
    return "{" + text + "}" if "braces" in detail else text


def write_money(amount: Decimal, detail: str) -> str | float:
    """`detail` is the number of decimals, after `number:` when it is a JSON number."""
    decimals = detail.rpartition(":")[2]
    if detail.startswith("number"):
        return float(amount)
    return f"{amount:.{decimals if decimals.isdecimal() else 2}f}"


def write_date(day: date, net_format: str) -> str:
    moment = day if isinstance(day, datetime) else datetime.combine(day, time())
    if net_format == OLD_JSON:
        return f"/Date({round(moment.timestamp() * 1000)})/"
    written, rest = "", net_format
    while rest:
        letters = next((each for each in DATE_LETTERS if rest.startswith(each)), rest[0])
        written += DATE_LETTERS.get(letters, letters).format(moment, moment.hour % 12 or 12)
        rest = rest[len(letters) :]
    return written


def write_text_or_number(name: str, value: Any) -> Any:
    if name == "integer" and str(value).isdecimal():
        return int(value)
    return value if name == "integer" else str(value)


def made_up(kind: str) -> Any:
    """Returns a value of this kind that means nothing."""
    name, _, detail = kind.partition(":")
    length = int(detail) if detail.isdecimal() else 1
    values = {
        "guid": A_GUID,
        "money": Decimal("1.00"),
        "integer": 1,
        "boolean": False,
        "date": A_DAY,
        "email": "someone@example.com",
        "url": "https://example.com/",
        "digits": "1" * length,
        "text": "x" * length,
        "html": HTML,
    }
    return write(kind, values.get(name, ""))
