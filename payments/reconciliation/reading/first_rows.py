"""The first rows of a list as they are read, for the page that maps the columns."""

from collections.abc import Callable
from functools import cache

from django.utils import timezone
from django.utils.formats import localize

from backoffice.tables.columns import Columns
from backoffice.tables.table import Row
from icsso.client.contract import PostbackField
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from payments.models.reversal_kind import ReversalKind
from payments.reconciliation.reading.columns import STATUS, TYPE
from payments.reconciliation.reading.parsing import Reader

Reason = ReconciliationLine.Reason


def read_row(
    reconciliation: Reconciliation,
) -> Callable[[Row, Columns], tuple[dict[str, str], str]]:
    """Returns a function that reads a row as text with remarks, for the mapping page."""

    @cache
    def reader_of(*columns: tuple[str, str]) -> Reader:
        return Reader(reconciliation, dict(columns))

    def as_text(row: Row, columns: Columns) -> tuple[dict[str, str], str]:
        facts = reader_of(*columns.items()).read(row.cells)
        if why := facts.get("reason"):
            kind = facts.get("kind")
            return {}, str(ReversalKind(kind).label if kind else Reason(why).label)
        told = {
            PostbackField.PAYMENT_GUID: facts["payment_guid"] or "",
            PostbackField.BILLER_REFERENCE: facts["reference"],
            PostbackField.ACCOUNT_NUMBER: facts["account_number"],
            PostbackField.PAYMENT_AMOUNT: f"${facts['amount']:,}",
            PostbackField.CONVENIENCE_FEE: "" if facts["fee"] is None else f"${facts['fee']:,}",
            PostbackField.PAYMENT_DATE: localize(timezone.localtime(facts["paid_at"])),
            PostbackField.CARD_TYPE: facts["method"],
            PostbackField.INVOICE_NUMBER: facts["invoice_number"],
        }
        by_name = dict(zip(reconciliation.header, row.cells, strict=False))
        lists_own = {field: by_name.get(columns.get(field, ""), "") for field in (STATUS, TYPE)}
        return {**{str(field): str(text) for field, text in told.items()}, **lists_own}, ""

    return as_text
