"""Variants: how values are written in all answers."""

from typing import Any

from . import formats
from .answers import answered
from .formats import money_with
from .wire import Variant

VALUES = "Numbers and booleans may be text; GUIDs come in any case, with or without braces"
DATES = "Dates are US text; an unreadable due date leaves the balance standing"


def written(
    name: str, summary: str, *, group: str = "", contrary: bool = True, **changes: Any
) -> Variant:
    """A variant of how values of one kind are written in all answers."""
    line = DATES if group == "date" else VALUES
    return answered(
        name,
        summary,
        line,
        lambda wire: wire.of("formats", **changes),
        group=group,
        contrary=contrary,
    )


VARIANTS = [
    written(
        "expires_in_as_text",
        "Numbers without cents, such as `ExpiresIn`, are text.",
        group="expires_in",
        contrary=False,
        integer=str,
    ),
    written(
        "guids_in_braces",
        "GUIDs are in braces.",
        group="guid",
        contrary=False,
        guid=formats.guid_in_braces,
    ),
    written(
        "guids_in_upper_case",
        "GUIDs are in upper case.",
        group="guid",
        contrary=False,
        guid=formats.guid_in_upper_case,
    ),
    written(
        "guids_in_upper_case_and_braces",
        "GUIDs are in upper case and in braces.",
        group="guid",
        guid=formats.guid_in_upper_case_and_braces,
    ),
    written(
        "booleans_as_text",
        "Booleans are the texts `True` and `False`.",
        boolean=formats.boolean_as_text,
        group="boolean",
    ),
    written(
        "booleans_as_numbers",
        "Booleans are the numbers 1 and 0.",
        boolean=int,
        group="boolean",
        contrary=False,
    ),
    written(
        "account_numbers_as_numbers",
        "Account numbers are JSON numbers.",
        account_number=formats.account_number_as_number,
    ),
    written(
        "money_as_text",
        "Money is text: `84.20`, `-25.10`.",
        group="money",
        contrary=False,
        money=money_with(),
    ),
    written(
        "money_with_four_decimals",
        "Money is text with four decimals: `84.2000`.",
        group="money",
        contrary=False,
        money=money_with(decimals=4),
    ),
    written(
        "money_without_leading_zero",
        "Money is text without a leading zero: `.50`.",
        group="money",
        contrary=False,
        money=money_with(leading_zero=False),
    ),
    written(
        "credits_with_trailing_minus",
        "A credit is text with the sign at its end: `25.10-`.",
        group="money",
        contrary=False,
        money=money_with(negative="{}-"),
    ),
    written(
        "credits_in_parentheses",
        "A credit is text in parentheses: `(25.10)`.",
        group="money",
        contrary=False,
        money=money_with(negative="({})"),
    ),
    written(
        "money_in_all_odd_forms",
        "Money is text like `.5000`, `84.2000`, and `25.1000-`.",
        group="money",
        money=money_with(decimals=4, leading_zero=False, negative="{}-"),
    ),
    written(
        "money_as_us_text",
        "Money is text like `$1,234.50`.",
        group="money",
        contrary=False,
        money=formats.us_money,
    ),
    written(
        "dates_short",
        "Dates are like 1/5/2027.",
        group="date",
        contrary=False,
        date=formats.short_date,
    ),
    written(
        "dates_iso",
        "Dates are like 2027-01-05.",
        group="date",
        contrary=False,
        date=formats.iso_date,
    ),
    written(
        "dates_iso_with_time",
        "Dates are like 2027-01-05T00:00:00.",
        group="date",
        contrary=False,
        date=formats.iso_date_with_time,
    ),
    written(
        "dates_with_narrow_space",
        "Dates have a time, with a narrow no-break space before AM.",
        group="date",
        date=formats.net_date,
    ),
    written(
        "due_date_unreadable",
        "The due date is `Upon receipt`.",
        group="date",
        contrary=False,
        date=formats.unreadable_date,
    ),
]
