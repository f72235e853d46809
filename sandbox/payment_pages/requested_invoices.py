"""The invoices that a Cloud Payments V2 request offers for payment."""

from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.models import Customer, HostedPayment
from sandbox.payments.invoices import PayableInvoice
from sandbox.payments.services import find_customer


def requested_invoices(hosted: HostedPayment) -> list[PayableInvoice]:
    customers = hosted.request["Customers"]
    return [invoice for entry in customers for invoice in invoices_of_entry(hosted, entry)]


def invoices_of_entry(hosted: HostedPayment, entry: dict[str, Any]) -> list[PayableInvoice]:
    """Returns the invoices that the request lists for a customer, or else the sandbox's own. With
    setting 129 on, a customer without invoices can pay on the account; with it off, invoices
    without a balance due are not shown."""
    customer = find_customer(hosted.biller, entry["AccountNumber"])
    payer = entry["Name"] or (customer.name if customer else "")
    shows_zero = hosted.biller.setting_129
    if entry["Invoices"]:
        listed = [from_request(entry, invoice, payer, customer) for invoice in entry["Invoices"]]
        return [invoice for invoice in listed if invoice.balance > 0 or shows_zero]
    invoices = customer.open_invoices() if customer else []
    if invoices or not shows_zero:
        return [PayableInvoice.from_invoice(invoice, customer) for invoice in invoices]
    return [PayableInvoice(entry["AccountNumber"], payer, "", Decimal("0.00"))]


def from_request(
    entry: dict[str, Any], invoice: dict[str, Any], payer: str, customer: Customer | None
) -> PayableInvoice:
    """Fills in what the request leaves out from the invoice of the same number, if there is one."""
    known = customer.invoices.filter(number=invoice["InvoiceNumber"]).first() if customer else None
    balance = parse_amount(invoice["BalanceDue"])
    if balance is None:
        balance = known.balance if known else Decimal("0.00")
    due = invoice["DueDate"]
    return PayableInvoice(
        account_number=entry["AccountNumber"],
        payer=payer,
        invoice_number=invoice["InvoiceNumber"],
        balance=balance,
        due_date=date.fromisoformat(due) if due else (known.due_date if known else None),
        minimum=parse_amount(invoice["MinimumAmountDue"]) or Decimal("0.01"),
        allows_partial=invoice["AllowPartialPayments"],
        card_fee=parse_amount(invoice["CCServiceFee"]),
        bank_fee=parse_amount(invoice["ACHServiceFee"]),
    )


def parse_amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
