"""What a column of a payment file can contain, and how each kind of value can be written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from posting.entries import PAYMENT
from posting.models.layout import PostingColumn

HEADER, LINE, TRAILER = PostingColumn.Record.values
ENDS = frozenset({HEADER, TRAILER})


@dataclass(slots=True)
class Summary:
    """The values for the header and the trailer. Amounts are sums of the lines, with reversals as
    negative numbers."""

    number: int
    name: str
    built_at: datetime
    payments: int = 0
    reversals: int = 0
    amount: Decimal = Decimal("0.00")
    fee: Decimal = Decimal("0.00")

    @property
    def lines(self) -> int:
        return self.payments + self.reversals

    @property
    def total(self) -> Decimal:
        return self.amount + self.fee


class Written(NamedTuple):
    """A way to write a value. is_unsigned: for an amount that does not show whether it is
    negative."""

    label: str | Promise
    write: Callable[[Any], str]
    is_unsigned: bool = False


Formats = Mapping[str, Written]


def _day(pattern: str) -> Callable[[datetime], str]:
    return lambda moment: moment.strftime(pattern)


def _cents(amount: Decimal) -> str:
    return str(int(amount.scaleb(2)))


def _trailing(written: str) -> str:
    return f"{written[1:]}-" if written[0] == "-" else written


TEXT: Formats = {"": Written(_("text"), str)}
NUMBER: Formats = {"": Written(_("number"), str)}
MONEY: Formats = {
    "decimal": Written("-1234.50", str),
    "decimal_trailing": Written("1234.50-", lambda amount: _trailing(str(amount))),
    "decimal_unsigned": Written(_("1234.50, no sign"), lambda amount: str(abs(amount)), True),
    "cents": Written(_("-123450 (cents)"), _cents),
    "cents_trailing": Written(_("123450- (cents)"), lambda amount: _trailing(_cents(amount))),
    "cents_unsigned": Written(
        _("123450, no sign (cents)"), lambda amount: _cents(abs(amount)), True
    ),
}
MOMENT: Formats = {
    "us": Written("12/04/2026", _day("%m/%d/%Y")),
    "us_short": Written("12/04/26", _day("%m/%d/%y")),
    "us_digits": Written("12042026", _day("%m%d%Y")),
    "us_digits_short": Written("120426", _day("%m%d%y")),
    "iso": Written("2026-12-04", _day("%Y-%m-%d")),
    "digits": Written("20261204", _day("%Y%m%d")),
    "us_time": Written("12/04/2026 13:05:09", _day("%m/%d/%Y %H:%M:%S")),
    "iso_time": Written("2026-12-04 13:05:09", _day("%Y-%m-%d %H:%M:%S")),
    "digits_time": Written("20261204130509", _day("%Y%m%d%H%M%S")),
    "offset": Written("2026-12-04T13:05:09-05:00", lambda at: at.isoformat(timespec="seconds")),
    "time": Written("13:05:09", _day("%H:%M:%S")),
    "time_digits": Written("130509", _day("%H%M%S")),
}
GUID: Formats = {
    "hyphens": Written(_("with hyphens (36 characters)"), str),
    "plain": Written(_("without hyphens (32 characters)"), lambda guid: guid.hex),
    "upper": Written(_("with hyphens, in capitals"), lambda guid: str(guid).upper()),
}
KIND: Formats = {
    "word": Written(_("payment, returned, refunded, …"), str),
    "letter": Written(
        _("P for a payment, R for a reversal"), lambda kind: "P" if kind == PAYMENT else "R"
    ),
}
EFFECT: Formats = {
    "sign": Written(_("+ or -"), lambda amount: "-" if amount < 0 else "+"),
    "cd": Written(
        _("C (credit) or D (debit)"), lambda amount: "D" if amount < 0 else "C"
    ),
    "crdr": Written(
        _("CR (credit) or DR (debit)"), lambda amount: "DR" if amount < 0 else "CR"
    ),
}  # fmt: skip


class Field(NamedTuple):
    """is_text: words for people, which can be cut or adapted to the encoding. Anything else is
    posted exactly, or not at all."""

    label: str | Promise
    formats: Formats
    value: Callable[[Any], Any]
    records: frozenset[str] = frozenset({LINE})
    is_text: bool = False


FIELDS: Mapping[str, Field] = {
    "account_number": Field(_("Account number"), TEXT, lambda line: line.account_number),
    "amount": Field(_("Amount without fee"), MONEY, lambda line: line.amount),
    "fee": Field(_("Fee"), MONEY, lambda line: line.fee),
    "total": Field(_("Amount with fee"), MONEY, lambda line: line.total),
    "effect": Field(_("Credit or debit"), EFFECT, lambda line: line.total),
    "invoice_number": Field(_("Invoice"), TEXT, lambda line: line.invoice_number),
    "paid_at": Field(_("Paid"), MOMENT, lambda line: line.paid_at),
    "happened_at": Field(_("Paid or reversed"), MOMENT, lambda line: line.happened_at),
    "kind": Field(_("Payment or reversal"), KIND, lambda line: line.kind, is_text=True),
    "method": Field(_("Method"), TEXT, lambda line: line.method, is_text=True),
    "payment_guid": Field(_("PaymentGUID"), GUID, lambda line: line.payment_guid),
    "reference": Field(_("Biller reference"), TEXT, lambda line: line.reference),
    "key": Field(_("Unique key of the line"), TEXT, lambda line: line.key),
    "literal": Field(_("Fixed text"), TEXT, lambda line: "", ENDS | {LINE}),
    "file_number": Field(_("Number of the file"), NUMBER, lambda end: end.number, ENDS),
    "file_name": Field(_("File name"), TEXT, lambda end: end.name, ENDS),
    "built_at": Field(_("Built"), MOMENT, lambda end: end.built_at, ENDS),
    "lines": Field(_("Number of lines"), NUMBER, lambda end: end.lines, ENDS),
    "payments": Field(_("Number of payments"), NUMBER, lambda end: end.payments, ENDS),
    "reversals": Field(_("Number of reversals"), NUMBER, lambda end: end.reversals, ENDS),
    "sum_amount": Field(_("Sum of amounts without fees"), MONEY, lambda end: end.amount, ENDS),
    "sum_fee": Field(_("Sum of fees"), MONEY, lambda end: end.fee, ENDS),
    "sum_total": Field(_("Sum of amounts with fees"), MONEY, lambda end: end.total, ENDS),
    "sum_effect": Field(_("Sum is credit or debit"), EFFECT, lambda end: end.total, ENDS),
}


def fields_of(record: str) -> dict[str, Field]:
    return {name: field for name, field in FIELDS.items() if record in field.records}


# All formats, to choose from. Each format belongs to only one group.
GROUPS: Mapping[str | Promise, Formats] = {
    _("Amounts"): MONEY,
    _("Days and times"): MOMENT,
    _("PaymentGUID"): GUID,
    _("Payment or reversal"): KIND,
    _("Credit or debit"): EFFECT,
}


def first_format(field: str) -> str:
    """Returns the format that is used if none is chosen."""
    return next(iter(FIELDS[field].formats))
