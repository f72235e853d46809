"""What a Cloud Payments V2 request asks to be paid."""

from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.models import Customer, HostedPayment
from sandbox.payments.invoices import Offer
from sandbox.payments.services import find_customer


def offered(hosted: HostedPayment) -> list[Offer]:
    asked = hosted.request["Customers"]
    return [offer for customer in asked for offer in offered_to(hosted, customer)]


def offered_to(hosted: HostedPayment, asked: dict[str, Any]) -> list[Offer]:
    """The invoices of the request, else our own. With setting 129 on, who has none can still pay
    on the account; with it off, neither zero nor credit is shown."""
    customer = find_customer(hosted.biller, asked["AccountNumber"])
    name = asked["Name"] or (customer.name if customer else "")
    if asked["Invoices"]:
        offers = [asked_for(asked, invoice, name, customer) for invoice in asked["Invoices"]]
        return [o for o in offers if o.balance > 0 or hosted.biller.setting_129]
    offers = [Offer.of(i, customer) for i in customer.open_invoices()] if customer else []
    if offers or not hosted.biller.setting_129:
        return offers
    return [Offer(asked["AccountNumber"], name, "", Decimal("0.00"))]


def asked_for(
    asked: dict[str, Any], invoice: dict[str, Any], name: str, customer: Customer | None
) -> Offer:
    """An invoice of the request; what the request leaves out is looked up."""
    known = customer.invoices.filter(number=invoice["InvoiceNumber"]).first() if customer else None
    balance = amount(invoice["BalanceDue"])
    if balance is None:
        balance = known.balance if known else Decimal("0.00")
    due = invoice["DueDate"]
    return Offer(
        account_number=asked["AccountNumber"],
        payer=name,
        invoice_number=invoice["InvoiceNumber"],
        balance=balance,
        due_date=date.fromisoformat(due) if due else (known.due_date if known else None),
        minimum=amount(invoice["MinimumAmountDue"]) or Decimal("0.01"),
        partial=invoice["AllowPartialPayments"],
        card_fee=amount(invoice["CCServiceFee"]),
        bank_fee=amount(invoice["ACHServiceFee"]),
    )


def amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
