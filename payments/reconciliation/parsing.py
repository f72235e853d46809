"""Reading a line of Invoice Cloud's list, with the same rules and names as a postback."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from backoffice.tables import columns as tables
from backoffice.tables.columns import Columns
from icsso.client.contract import PostbackField
from icsso.client.wire.parts import PostbackProfile
from payments.models import Postback
from payments.models.reconciliation import Reconciliation, ReconciliationLine
from payments.postbacks.parsing import NeedsReview, PostbackData, plausible

Reason = ReconciliationLine.Reason

# The fields that a list may have, in the order of the page that maps the columns.
FIELDS = {
    PostbackField.PAYMENT_GUID: _("PaymentGUID"),
    PostbackField.BILLER_REFERENCE: _("biller reference"),
    PostbackField.ACCOUNT_NUMBER: _("account number"),
    PostbackField.PAYMENT_AMOUNT: _("amount"),
    PostbackField.CONVENIENCE_FEE: _("fee"),
    PostbackField.PAYMENT_DATE: _("paid"),
    PostbackField.CARD_TYPE: _("method"),
    PostbackField.INVOICE_NUMBER: _("invoice"),
}
REQUIRED = (
    PostbackField.ACCOUNT_NUMBER,
    PostbackField.PAYMENT_AMOUNT,
    PostbackField.PAYMENT_DATE,
)
# Usual column names, in lowercase and without spaces and punctuation.
USUAL_NAMES = {
    PostbackField.PAYMENT_GUID: ("paymentguid", "guid", "paymentid", "transactionguid"),
    PostbackField.BILLER_REFERENCE: ("billerreference", "reference", "referencenumber"),
    PostbackField.ACCOUNT_NUMBER: (
        "accountnumber",
        "account",
        "accountno",
        "acct",
        "customernumber",
    ),
    PostbackField.PAYMENT_AMOUNT: ("paymentamount", "amount", "amountpaid", "paidamount"),
    PostbackField.CONVENIENCE_FEE: ("conveniencefee", "fee", "servicefee"),
    PostbackField.PAYMENT_DATE: ("paymentdate", "datepaid", "date", "paidat", "transactiondate"),
    PostbackField.CARD_TYPE: ("cardtype", "paymentmethod", "method", "paymenttype"),
    PostbackField.INVOICE_NUMBER: ("invoicenumber", "invoice", "invoiceno"),
}
SERIAL = re.compile(r"\d{5}(\.\d+)?")


class Unreadable(Exception):
    """The line contains nothing that could be matched."""

    def __init__(self, reason: ReconciliationLine.Reason) -> None:
        super().__init__(reason.label)
        self.reason = reason


def guess_columns(header: Sequence[str]) -> dict[str, str]:
    """Returns the column of each field, as far as the names show."""
    return tables.guess_columns(header, USUAL_NAMES)


def read(cells: Sequence[str], reconciliation: Reconciliation, columns: Columns) -> dict[str, Any]:
    """Returns the facts of a line by the field names of `ReconciliationLine`. Raises Unreadable."""
    header = reconciliation.header
    if len(cells) != len(header):
        raise Unreadable(Reason.COLUMNS)
    by_name = dict(zip(header, cells, strict=True))
    biller = reconciliation.biller
    # A list has its own column names, and writes times as postbacks do.
    wire = PostbackProfile(time_zone=biller.wire.postback.time_zone)
    fields = {field: [by_name[name]] for field, name in columns.items()}
    data = PostbackData(fields, wire, days_in=biller.zone)
    try:
        return _facts(data, reconciliation.epoch, wire.zone, days_in=biller.zone)
    except NeedsReview as doubt:
        raise Unreadable(_REASONS[doubt.reason]) from None


_REASONS = {
    Postback.Reason.GUID: Reason.GUID,
    Postback.Reason.AMOUNT: Reason.AMOUNT,
    Postback.Reason.FEE: Reason.FEE,
}


def _facts(data: PostbackData, epoch: date, zone: ZoneInfo, *, days_in: ZoneInfo) -> dict[str, Any]:
    return {
        "payment_guid": _guid(data),
        "reference": data.text(PostbackField.BILLER_REFERENCE)[:60],
        "account_number": _account_number(data),
        "invoice_number": data.invoice_number(),
        "amount": data.amount(),
        "fee": _fee(data),
        "paid_at": _paid_at(data, epoch, zone, days_in=days_in),
        "method": data.method(),
    }


def _guid(data: PostbackData) -> UUID | None:
    """Returns None if the list has none. Raises NeedsReview if the value is not a GUID."""
    if not data.has_value(PostbackField.PAYMENT_GUID):
        return None
    return data.required_payment_guid()


def _account_number(data: PostbackData) -> str:
    number = data.text(PostbackField.ACCOUNT_NUMBER)
    if not 1 <= len(number) <= 50:
        raise Unreadable(Reason.ACCOUNT)
    return number


def _fee(data: PostbackData) -> Decimal | None:
    return data.fee() if data.text(PostbackField.CONVENIENCE_FEE) else None


def _paid_at(data: PostbackData, epoch: date, zone: ZoneInfo, *, days_in: ZoneInfo) -> datetime:
    """Reads what postbacks may contain, and the day numbers of spreadsheets."""
    text = data.text(PostbackField.PAYMENT_DATE)
    paid = data.paid_at()
    if SERIAL.fullmatch(text):
        since_epoch = timedelta(seconds=round(float(text) * 86_400))
        serial = datetime.combine(epoch, time()) + since_epoch
        paid = plausible(serial if "." in text else serial.date(), zone, days_in=days_in)
    if paid is None:
        raise Unreadable(Reason.DATE)
    return paid
