"""Reading a line of Invoice Cloud's list, with the same rules and names as a postback."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from backoffice.exports.safe_text import unguarded
from backoffice.tables.columns import Columns
from backoffice.tables.invisible import APOSTROPHES, MARKS_OF_TEXT, unwrapped
from backoffice.tables.mapping import is_total
from icsso.client.contract import PostbackField
from icsso.client.moments import moment
from icsso.client.parsing import NO_VALUE, is_decimal, is_no_money, is_rounded
from icsso.client.wire.parts import PostbackProfile
from payments.models import Postback
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from payments.postbacks.parsing import NeedsReview, PostbackData, dollars
from payments.reconciliation.reading.columns import STATUS, TYPE
from payments.reconciliation.reading.days import has_days_first, may_be_either, paid_at
from payments.reconciliation.reading.kind_of_return import kind_of_return
from payments.reconciliation.reading.no_payment import (
    UNREAD,
    Said,
    is_line_of_totals,
    repeats_heading,
    says_approved,
    why_no_payment,
)
from payments.reconciliation.reading.width import fitted, usual_spare_cells

Outcome, Reason = ReconciliationLine.Outcome, ReconciliationLine.Reason

POSTBACK_FIELDS = frozenset(PostbackField)
LINES_AT_ONCE = 1000


class Unreadable(Exception):
    """The line contains nothing that could be matched."""

    def __init__(self, reason: ReconciliationLine.Reason) -> None:
        super().__init__(reason.label)
        self.reason = reason


class Reader:
    """Reads the lines of a list. Facts about the list are determined once, because it may have
    100,000 lines.

    spare: how many empty cells after the last column a line usually has.
    """

    def __init__(self, reconciliation: Reconciliation, columns: Columns) -> None:
        wire = reconciliation.biller.wire.postback
        self.header: Sequence[str] = reconciliation.header
        self.is_ragged, self.epoch = reconciliation.is_ragged, reconciliation.epoch
        # A list has its own column names, and writes times as postbacks do.
        self.profile, self.zone = PostbackProfile(time_zone=wire.time_zone), wire.zone
        self.days_in = reconciliation.biller.zone
        self.verdicts, self.report = wire.verdicts, reconciliation.report
        self.spare = 0 if self.is_ragged else usual_spare_cells(reconciliation)
        self.columns = {field: name for field, name in columns.items() if name}
        self.others = {*self.header} - {*self.columns.values()}
        of_list = ReconciliationLine.objects.filter(reconciliation_id=reconciliation.pk)
        self.lines = of_list.order_by("number").values_list("cells", flat=True)

    @cached_property
    def has_days_first(self) -> bool:
        """Whether 05/11 may be of May or of November in this list."""
        name = self.columns.get(PostbackField.PAYMENT_DATE, "")
        lines = self.lines.iterator(LINES_AT_ONCE)
        days = (dict(zip(self.header, cells, strict=False)).get(name, "") for cells in lines)
        return has_days_first(map(_unmarked, days))

    def read(self, cells: Sequence[str]) -> dict[str, Any]:
        """Returns the facts of a line by the field names of `ReconciliationLine`, as far as they
        can be read."""
        width = len(self.header)
        line = fitted(cells, width, is_ragged=self.is_ragged, spare=self.spare)
        by_name = dict(zip(self.header, map(_unmarked, line), strict=False))
        data = self._data(by_name)
        if why := _why_no_line(line, data, self.header):
            return {"outcome": Outcome.NO_PAYMENT, "reason": why}
        if len(line) != width:  # only a GUID can be recognized in any column
            unread = {"outcome": Outcome.UNREADABLE, "reason": Reason.COLUMNS}
            return {**unread, "payment_guid": data.payment_guid()}
        return self._facts(by_name, data)

    def _facts(self, by_name: Mapping[str, str], data: PostbackData) -> dict[str, Any]:
        said = self._said(by_name)
        stated = why_no_payment(said, self.verdicts)
        if not stated and UNREAD in by_name.values():
            stated = Reason.STATUS
        amount = dollars(data.text(PostbackField.PAYMENT_AMOUNT))
        signed_fee = _signed_fee(data)
        why = self._why(stated, is_negative=_is_negative(amount, signed_fee))
        facts = _facts(data, self.epoch, self.zone, days_in=self.days_in)
        known, faults = _what_can_be_read(facts)
        approved = says_approved(said, self.verdicts)
        if in_doubt := self._may_be_another_day(data):
            known["paid_at"] = None
        if outcome := OUTCOMES.get(why):
            kind = kind_of_return(said, stated=stated, why=why, report=self.report)
            known |= {"amount": amount, "fee": signed_fee, "kind": kind}
            known |= {"says_approved": approved}
            return {**known, "outcome": outcome, "reason": why}
        if faults:
            # A paid line counts as paid even if the list does not say when.
            only_date = faults == [Reason.DATE] and _has_no_date(data)
            outcome = Outcome.UNMATCHED if only_date else Outcome.UNREADABLE
            return {**known, "outcome": outcome, "reason": faults[0]}
        reason = _damage(known["account_number"]) or why or (Reason.DATE if in_doubt else "")
        return {**known, "reason": reason, "says_approved": approved}

    def _may_be_another_day(self, data: PostbackData) -> bool:
        return may_be_either(data.text(PostbackField.PAYMENT_DATE)) and self.has_days_first

    def _why(self, stated: str, *, is_negative: bool) -> str:
        """Returns why the line is no payment, according to its words, its amount, or its report."""
        if is_negative and stated != Reason.RETURN:
            return Reason.NEGATIVE
        is_of_returns = self.report != Reconciliation.Report.PAYMENTS
        return Reason.REPORT if is_of_returns and stated in {"", Reason.STATUS} else stated

    def _data(self, by_name: Mapping[str, str]) -> PostbackData:
        named = self.columns.items()
        fields = {f: [by_name.get(name, "")] for f, name in named if f in POSTBACK_FIELDS}
        return PostbackData(fields, self.profile, days_in=self.days_in)

    def _said(self, by_name: Mapping[str, str]) -> Said:
        def cell(field: str) -> str:
            return by_name.get(self.columns.get(field, ""), "")

        return Said(
            status=cell(STATUS),
            status_name=self.columns.get(STATUS, ""),
            type=cell(TYPE),
            method=cell(PostbackField.CARD_TYPE),
            others=[(name, by_name[name]) for name in self.others if by_name.get(name)],
        )


# How lines that are no payments are handled; lines with an unknown status may be payments.
OUTCOMES: dict[str, ReconciliationLine.Outcome] = {
    Reason.RETURN: Outcome.RETURNED,
    Reason.REPORT: Outcome.RETURNED,
    Reason.NEGATIVE: Outcome.RETURNED,
    Reason.UNPAID: Outcome.NO_PAYMENT,
}
_REASONS = {
    Postback.Reason.GUID: Reason.GUID,
    Postback.Reason.AMOUNT: Reason.AMOUNT,
    Postback.Reason.FEE: Reason.FEE,
}


def _why_no_line(cells: Sequence[str], data: PostbackData, header: Sequence[str]) -> str:
    """Returns why the line is not about any payment."""
    if repeats_heading(cells, header):
        return Reason.HEADING
    if is_line_of_totals(cells) and data.payment_guid() is None:
        number = data.text(PostbackField.ACCOUNT_NUMBER)
        has_account = any(sign.isdigit() for sign in number) and not is_total(number)
        if not (has_account and data.paid_at()):
            return Reason.TOTALS
    return ""


def _what_can_be_read(
    facts: Mapping[str, Callable[[], Any]],
) -> tuple[dict[str, Any], list[ReconciliationLine.Reason]]:
    """Returns the facts that can be read, and what is wrong with the others."""
    found, faults = {}, []
    for name, fact in facts.items():
        try:
            found[name] = fact()
        except NeedsReview as doubt:
            faults.append(_REASONS[doubt.reason])
        except Unreadable as fault:
            faults.append(fault.reason)
    return found, faults


def _has_no_date(data: PostbackData) -> bool:
    """Whether the cell says that there is no date: empty, or .NET's minimum."""
    try:
        return moment(data.text(PostbackField.PAYMENT_DATE)) is None
    except ValueError:
        return False


def _unmarked(cell: str) -> str:
    """Returns the cell without the marks that keep it as text in a spreadsheet."""
    return unwrapped(unguarded(cell)).lstrip(APOSTROPHES) if cell[:1] in MARKS_OF_TEXT else cell


def _damage(number: str) -> str:
    if is_rounded(number):
        return Reason.ROUNDED
    return Reason.DECIMAL if is_decimal(number) else ""


def _facts(
    data: PostbackData, epoch: date, zone: ZoneInfo, *, days_in: ZoneInfo
) -> dict[str, Callable[[], Any]]:
    return {
        "payment_guid": lambda: _guid(data),
        "reference": lambda: data.text(PostbackField.BILLER_REFERENCE)[:60],
        "account_number": lambda: _account_number(data),
        "invoice_number": data.invoice_number,
        "amount": data.amount,
        "fee": lambda: _fee(data),
        "paid_at": lambda: _paid_at(data, epoch, zone, days_in=days_in),
        "method": data.method,
    }


def _guid(data: PostbackData) -> UUID | None:
    """Returns None if the list has none. Raises NeedsReview if the value is not a GUID."""
    has_none = data.text(PostbackField.PAYMENT_GUID).casefold() in NO_VALUE
    if has_none or not data.has_value(PostbackField.PAYMENT_GUID):
        return None
    return data.required_payment_guid()


def _account_number(data: PostbackData) -> str:
    number = data.text(PostbackField.ACCOUNT_NUMBER)
    if number.casefold() in NO_VALUE or len(number) > 50:
        raise Unreadable(Reason.ACCOUNT)
    return number


def _fee(data: PostbackData) -> Decimal | None:
    return data.fee() if data.text(PostbackField.CONVENIENCE_FEE) else None


def _signed_fee(data: PostbackData) -> Decimal | None:
    """Returns the fee of a return as it is in the list, negative or not."""
    text = data.text(PostbackField.CONVENIENCE_FEE)
    return dollars(text) if text and not is_no_money(text) else None


def _is_negative(amount: Decimal | None, fee: Decimal | None) -> bool:
    """Whether the line takes something back: 0.00 with a fee of -2.50 takes back only the fee."""
    return amount is not None and (amount < 0 or (not amount and fee is not None and fee < 0))


def _paid_at(data: PostbackData, epoch: date, zone: ZoneInfo, *, days_in: ZoneInfo) -> datetime:
    paid = paid_at(data, epoch, zone, days_in=days_in)
    if paid is None:
        raise Unreadable(Reason.DATE)
    return paid
