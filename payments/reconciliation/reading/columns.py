"""The columns of a list of payments."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from backoffice.tables import columns as tables
from backoffice.tables.columns import bare_name
from backoffice.tables.mapping import Fields
from icsso.client.contract import PostbackField
from payments.models.reconciliation import Reconciliation

STATUS, TYPE = "Status", "Type"  # fields that only a list has
# The fields that a list may have, in the order of the page that maps the columns.
LABELS = {
    PostbackField.PAYMENT_GUID: _("PaymentGUID"),
    PostbackField.BILLER_REFERENCE: _("biller reference"),
    PostbackField.ACCOUNT_NUMBER: _("account number"),
    PostbackField.PAYMENT_AMOUNT: _("amount"),
    PostbackField.CONVENIENCE_FEE: _("fee"),
    PostbackField.PAYMENT_DATE: _("paid"),
    PostbackField.CARD_TYPE: _("method"),
    PostbackField.INVOICE_NUMBER: _("invoice"),
    STATUS: _("status"),
    TYPE: _("type of line"),
}
REQUIRED = (
    PostbackField.ACCOUNT_NUMBER,
    PostbackField.PAYMENT_AMOUNT,
    PostbackField.PAYMENT_DATE,
)
# Usual column names, in lowercase and without spaces and punctuation, the best one first.
USUAL_NAMES = {
    PostbackField.PAYMENT_GUID: (
        *("paymentguid", "guid", "paymentid", "transactionguid", "transactionid", "paymentuuid"),
        *("confirmationguid", "icpaymentguid"),
    ),
    PostbackField.BILLER_REFERENCE: (
        *("billerreference", "reference", "referencenumber", "referenceno", "refno", "ref"),
        *("billerref", "referencia"),
    ),
    PostbackField.ACCOUNT_NUMBER: (
        *("accountnumber", "account", "accountno", "accountnum", "accountnbr", "accountid"),
        *("acct", "acctno", "acctnum", "acctnumber", "acctnbr", "utilityaccount"),
        *("utilityaccountnumber", "billingaccountnumber", "customernumber", "customerno"),
        *("customeraccountnumber", "customeraccount", "custno", "numerodecuenta", "cuenta"),
    ),
    PostbackField.PAYMENT_AMOUNT: (
        *("paymentamount", "amount", "amountpaid", "paidamount", "amt", "paymentamt", "paymtamt"),
        *("pmtamount", "pmtamt", "principal", "monto", "importe"),
    ),
    PostbackField.CONVENIENCE_FEE: (
        *("conveniencefee", "fee", "servicefee", "fees", "convfee", "feeamount", "processingfee"),
        *("surcharge", "cargo"),
    ),
    PostbackField.PAYMENT_DATE: (
        *("paymentdate", "datepaid", "paiddate", "date", "paidat", "paidon", "transactiondate"),
        *("paymentdatetime", "paymenttime", "datetime", "pmtdate", "trandate", "transdate"),
        *("posteddate", "postdate", "fecha", "fechadepago"),
    ),
    PostbackField.CARD_TYPE: (
        *("cardtype", "paymentmethod", "method", "paymenttype", "tendertype", "tender", "metodo"),
    ),
    PostbackField.INVOICE_NUMBER: (
        *("invoicenumber", "invoice", "invoiceno", "invoicenum", "invno", "billnumber", "factura"),
    ),
    STATUS: (
        *("paymentstatus", "status", "transactionstatus", "approved", "isapproved", "approval"),
        *("result", "paymentresult", "transactionresult", "paymentstate", "disposition"),
        *("outcome", "response", "paymentresponse", "estado", "estatus"),
    ),
    TYPE: (
        *("type", "transactiontype", "trantype", "transtype", "recordtype", "entrytype"),
        *("linetype", "activitytype", "reporttype", "tipo"),
    ),
}
PAYMENTS = Fields(labels=LABELS, usual=USUAL_NAMES, required=REQUIRED)


def guess_columns(header: Sequence[str]) -> dict[str, str]:
    """Returns the column of each field, as far as the names show."""
    return tables.guess_columns(header, USUAL_NAMES)


def new_columns(reconciliation: Reconciliation) -> list[str]:
    """Returns the columns that the biller's last list did not have, and whose names show their
    meaning: they may mark lines that are no payments."""
    last = reconciliation.last_with_columns()
    known = {bare_name(name) for name in last.header} if last else set()
    new = [name for name in reconciliation.header if bare_name(name) not in known]
    return [name for name in new if tables.is_usual(name, USUAL_NAMES)]
