"""How Invoice Cloud writes text, numbers, money, and dates, and which values are not accepted."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator

# How .NET writes an empty value: a field with one of these counts as missing.
NOTHING = {"", "00000000-0000-0000-0000-000000000000"}
MOST = 10**50  # a larger number is a fault, and writing it out could use up all memory
FIRST_YEAR = 2000
LARGEST_SUM = 10**9  # dollars: a larger bill is a fault
MONEY = re.compile(
    r"(?P<credit>\()?(?P<sign>[-+]?\$?|\$[-+])(?P<dollars>[0-9]{1,9}|[0-9]{1,3}(,[0-9]{3})+)"
    r"(?P<cents>\.[0-9]{1,4})?(?(credit)\))"
)


def plain_words(text: str) -> str:
    """Returns the text safe for a page and a database: no NUL and no lone surrogate."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _words(value: object) -> object:
    return plain_words(value) if isinstance(value, str) else value


def account_number(value: object) -> object:
    """Returns 1 to 50 printable characters, which is what our database can store."""
    if isinstance(value, Decimal) and 0 <= value < MOST and value == value.to_integral_value():
        value = int(value)  # 10000101.0
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("no account number")
    number = str(value).strip()
    if not 1 <= len(number) <= 50 or not number.isprintable():
        raise ValueError("no account number")
    return number


def _money(value: object) -> object:
    """Returns dollars from -84.20, $1,234.50, or (84.20), the accounting form of a credit."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("no money")
    amount = _written_sum(value) if isinstance(value, str) else value
    if not -LARGEST_SUM < amount < LARGEST_SUM:
        raise ValueError("no money")
    return amount


def _written_sum(text: str) -> Decimal:
    match = MONEY.fullmatch(text.strip())
    if not match or (match["credit"] and match["sign"].strip("$")):
        raise ValueError("no money")
    amount = Decimal(match["dollars"].replace(",", "") + (match["cents"] or ""))
    return -amount if match["credit"] or "-" in match["sign"] else amount


def _day(value: object) -> object:
    """Returns a date as .NET writes it: 2026-11-28, 2026-11-28T00:00:00, or 11/28/2026.

    .NET writes a date that was never set as 0001-01-01; returns None for it.
    """
    if value is None or isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise ValueError("no date")
    text = value.strip()
    if "/" in text:
        day = datetime.strptime(text.split()[0], "%m/%d/%Y").date()  # noqa: DTZ007
    else:
        day = date.fromisoformat(text[:10])
    return day if day.year >= FIRST_YEAR else None


def is_nothing(value: object) -> bool:
    return isinstance(value, str) and value.strip(" {}") in NOTHING


Words = Annotated[str, BeforeValidator(_words)]
AccountNumber = Annotated[str, BeforeValidator(account_number)]
Money = Annotated[Decimal, BeforeValidator(_money)]
Day = Annotated[date | None, BeforeValidator(_day)]
