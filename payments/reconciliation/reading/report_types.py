"""What a list contains as a whole, as far as its names show."""

import re
from collections.abc import Iterable

from backoffice.tables.columns import bare_name
from icsso.client.contract import PostbackField
from payments.models.reconciliation import Reconciliation
from payments.reconciliation.reading.columns import USUAL_NAMES
from payments.reversals.kinds import words_of
from payments.reversals.status_words import (
    ACH,
    CHARGEBACK,
    REFUND,
    REFUSED,
    RETURN,
    RETURNED,
    REVERSED,
)

Report = Reconciliation.Report
CAPITAL_WITHIN = re.compile(r"(?<=[a-z])(?=[A-Z])")
PAYMENTS = frozenset({"payment", "payments", "pagos", "pago", "all", "todos"})


def guess_report(
    file_name: str, titles: Iterable[str], header: Iterable[str], sheet: str = ""
) -> Reconciliation.Report:
    """Returns the kind of list according to the file name, the name of the sheet, the titles above
    the columns, or the column of amounts; payments if none of them says so.

    sheet: counts only if it is about nothing else: Chargebacks, but not Sales - Returns.
    """
    is_only_returns = words_of(sheet) <= RETURN and not any(map(str.isdigit, sheet))
    sheets = [sheet] if is_only_returns else []
    names = [file_name, *sheets, *titles, *_names_of_amounts(header)]
    found = [_named(CAPITAL_WITHIN.sub(" ", name.replace("_", " "))) for name in names]
    return next((each for each in found if each), Report.PAYMENTS)


def _named(text: str) -> Reconciliation.Report | None:
    words = words_of(text)
    if words & PAYMENTS:  # Payments and refunds
        return None
    if words & CHARGEBACK:
        return Report.CHARGEBACKS
    is_return = words & (RETURNED | REFUND | REVERSED) or (words & ACH and words & REFUSED)
    return Report.RETURNS if is_return else None


def _names_of_amounts(header: Iterable[str]) -> list[str]:
    """Returns the names of amounts, unless one is that of a payment."""
    names = list(header)
    usual = USUAL_NAMES[PostbackField.PAYMENT_AMOUNT]
    if any(bare_name(name) in usual for name in names):
        return []
    return [name for name in names if "amount" in bare_name(name) or "monto" in bare_name(name)]
