"""Columns of exported checkouts, postbacks, and payments: no tokens, digests, or addresses of
payment pages, and no part of a postback that the admin lists do not show."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from accounts.models import UtilityAccount
from backoffice.exports.files import Column
from icsso.client.contract import PostbackField
from payments.models import Checkout, Payment, Postback
from payments.postbacks.parsing import data_of


def _field(field: PostbackField) -> Column:
    return Column(field.value, lambda postback: data_of(postback).text(field))


def accounts_of(postback: Postback) -> Sequence[UtilityAccount]:
    """Returns the account that a postback is about, or those that it may be about."""
    return [postback.account] if postback.account else postback.checkout.ordered_accounts


def _numbers(accounts: Sequence[UtilityAccount]) -> str:
    return ", ".join(account.account_number for account in accounts)


PAYMENTS = (
    Column(_("paid"), lambda payment: payment.paid_at),
    Column(_("biller"), lambda payment: payment.biller),
    Column(_("account number"), lambda payment: payment.account.account_number),
    Column(_("amount"), lambda payment: payment.amount),
    Column(_("fee"), lambda payment: payment.fee),
    Column(_("total"), lambda payment: payment.total),
    Column(_("method"), lambda payment: payment.method),
    Column(_("PaymentGUID"), lambda payment: payment.payment_guid),
    Column(_("biller reference"), lambda payment: payment.checkout),
    Column(_("source"), Payment.get_source_display),
    Column(_("reversed"), lambda payment: payment.reversed_total),
    Column(_("net"), lambda payment: payment.net_total),
    Column(_("state"), lambda payment: payment.state.label),
)
CHECKOUTS = (
    Column(_("created"), lambda checkout: checkout.created_at),
    Column(_("biller"), lambda checkout: checkout.biller),
    Column(_("account number"), lambda checkout: _numbers(checkout.ordered_accounts)),
    Column(_("kind"), Checkout.get_kind_display),
    Column(_("state"), lambda checkout: checkout.status.label),
    Column(_("biller reference"), lambda checkout: checkout.biller_reference),
    Column(_("payment page opened"), lambda checkout: checkout.launched_at),
    Column(_("customer came back"), lambda checkout: checkout.returned_at),
    Column(_("marked unconfirmed"), lambda checkout: checkout.unconfirmed_at),
    Column(_("reason for failure"), Checkout.get_failure_display),
    Column(_("message from Invoice Cloud"), lambda checkout: checkout.failure_note),
)

POSTBACKS = (
    Column(_("received"), lambda postback: postback.received_at),
    Column(_("biller"), lambda postback: postback.checkout.biller),
    Column(_("account number"), lambda postback: _numbers(accounts_of(postback))),
    Column(_("biller reference"), lambda postback: postback.checkout.biller_reference),
    Column(_("verdict"), Postback.get_verdict_display),
    Column(_("reason"), Postback.get_reason_display),
    _field(PostbackField.PAYMENT_GUID),
    _field(PostbackField.APPROVED),
    _field(PostbackField.PAYMENT_AMOUNT),
    _field(PostbackField.CONVENIENCE_FEE),
    _field(PostbackField.PAYMENT_MESSAGE),
)
