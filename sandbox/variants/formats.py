"""How values are written: first as in the contract, then as another server may write them."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

NARROW_NO_BREAK_SPACE = "\u202f"  # what .NET writes before AM and PM since ICU 72


def guid_in_braces(guid: UUID) -> str:
    return "{" + str(guid) + "}"


def guid_in_upper_case(guid: UUID) -> str:
    return str(guid).upper()


def guid_in_upper_case_and_braces(guid: UUID) -> str:
    return "{" + str(guid).upper() + "}"


def boolean_as_text(value: object) -> str:
    return str(bool(value))


def account_number_as_number(text: str) -> int | str:
    """Returns text if a number would lose its leading zeros."""
    return int(text) if text.isdecimal() and not text.startswith("0") else text


def money_with(*, decimals: int = 2, leading_zero: bool = True, negative: str = "-{}") -> Any:
    """Returns a function that writes money as text: `.50` without a leading zero, and with
    `negative` as `{}-` or `({})` for credits."""

    def write(amount: Decimal) -> str:
        text = f"{abs(amount):.{decimals}f}"
        if not leading_zero:
            text = text.removeprefix("0")
        return negative.format(text) if amount < 0 else text

    return write


def us_money(amount: Decimal) -> str:
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def us_date(day: date) -> str:
    return f"{day:%m/%d/%Y}"


def short_date(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def iso_date(day: date) -> str:
    return day.isoformat()


def iso_date_with_time(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"


def us_time(moment: datetime) -> str:
    """Returns a time like `11/23/2026 3:04:05 PM`."""
    hour = moment.hour % 12 or 12
    return f"{short_date(moment)} {hour}:{moment:%M:%S %p}"


def net_time(moment: datetime) -> str:
    before, _, half = us_time(moment).rpartition(" ")
    return f"{before}{NARROW_NO_BREAK_SPACE}{half}"


def net_date(day: date) -> str:
    return net_time(datetime.combine(day, time()))


def unreadable_date(day: date) -> str:
    return "Upon receipt"


def camel_case(name: str) -> str:
    """Returns the name as .NET's JSON serializer writes it: BillerGUID is billerGUID, and CSSUrl is
    cssUrl."""
    capitals = len(name) - len(name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    lowered = capitals if capitals in {1, len(name)} else capitals - 1
    return name[:lowered].lower() + name[lowered:]
