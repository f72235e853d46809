"""The columns about each payment in a member's files."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.exports.files import Column, in_zone
from payments.checkout.history import Entry
from payments.checkout.others import shown_number
from payments.checkout.received import Received
from payments.models import Payment, Reversal
from payments.models.checkout import Status

WORDS: dict[str, Promise] = {
    Status.PAID: _("received"),
    Status.PARTLY_PAID: _("partly paid"),
    Status.DECLINED: _("declined"),
    Status.REJECTED: _("not paid"),
    Status.FAILED: _("not paid"),
    Status.CHECKING: _("being checked"),
    Status.UNCONFIRMED: _("not confirmed"),
}
PENDING = _("being confirmed")
REVERSED: dict[str, Promise] = {
    Reversal.Kind.RETURNED: _("returned"),
    Reversal.Kind.REFUNDED: _("refunded"),
    Reversal.Kind.VOIDED: _("canceled"),
    Reversal.Kind.CHARGEBACK: _("taken back"),
    Reversal.Kind.WITHDRAWN: _("removed"),
}
OF_A_PAYMENT = (
    Column(_("amount"), lambda payment: payment.amount),
    Column(_("fee"), lambda payment: payment.fee),
    Column(_("total"), lambda payment: payment.total),
    Column(_("returned or refunded"), lambda payment: payment.reversed_total),
    Column(_("net"), lambda payment: payment.net_total),
)
METHOD = _("method")


def state_of(payment: Payment | Received) -> str | Promise:
    """Returns received, posted, or what became of it."""
    last = payment.last_reversal
    if payment.reversed_total and last is not None:
        words = str(REVERSED.get(last.kind, REVERSED[Reversal.Kind.RETURNED]))
        return words if payment.is_reversed else _("partly %(words)s") % {"words": words}
    return _("posted") if payment.is_posted else _("received")


STATEMENT = (
    Column(_("paid"), lambda payment: payment.paid_at),
    Column(
        _("account number"),
        lambda payment: shown_number(payment.account, is_helped=payment.is_helped),
    ),
    *OF_A_PAYMENT,
    Column(METHOD, lambda payment: "" if payment.by_helper else payment.method),
    Column(_("status"), state_of),
    Column(_("reference"), lambda payment: payment.checkout or ""),
)


def _of_entry(column: Column) -> Column:
    """Returns the column for an entry; empty where nothing was paid."""
    value = column.value
    return Column(column.heading, lambda entry: value(entry.payment) if entry.payment else "")


def _state(entry: Entry) -> str | Promise:
    if entry.payment and entry.status in {Status.PAID, Status.REVERSED}:
        return state_of(entry.payment)
    return WORDS.get(entry.status, PENDING)


def _method(entry: Entry) -> str:
    """Returns nothing for a helper's payment, because it is the helper's card or bank."""
    return entry.payment.method if entry.payment and not entry.helper else ""


HISTORY = (
    Column(_("date"), lambda entry: entry.at),
    Column(_("account number"), lambda entry: ", ".join(entry.numbers)),
    *(_of_entry(column) for column in OF_A_PAYMENT),
    Column(METHOD, _method),
    Column(_("status"), _state),
    Column(_("reference"), lambda entry: entry.checkout or ""),
    Column(_("paid by a helper"), lambda entry: entry.helper),
)


def rows(columns: tuple[Column, ...], found: Iterator[Any], zone: tzinfo) -> Iterator[list[Any]]:
    """Returns the cells of each row, with times in the biller's zone."""
    return ([in_zone(column.value(each), zone) for column in columns] for each in found)
