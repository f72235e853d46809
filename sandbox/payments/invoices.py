"""The invoices that a page offers for payment."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.models import Customer, Invoice


@dataclass(frozen=True)
class PayableInvoice:
    """An invoice as a page shows it: one of the sandbox's own or one that a request lists."""

    account_number: str
    payer: str
    invoice_number: str  # empty: a payment on the account
    balance: Decimal
    due_date: date | None = None
    minimum: Decimal = Decimal("0.01")
    allows_partial: bool = True
    card_fee: Decimal | None = None  # None: the fee of the sandbox applies
    bank_fee: Decimal | None = None

    @property
    def name(self) -> str:
        """The name of its amount field and its identifier in URLs."""
        return f"{self.account_number}~{self.invoice_number}"

    @property
    def title(self) -> str:
        return f"Invoice {self.invoice_number}" if self.invoice_number else "Payment on the account"

    @classmethod
    def from_invoice(cls, invoice: Invoice, customer: Customer) -> "PayableInvoice":
        return cls(
            account_number=customer.account_number,
            payer=customer.name,
            invoice_number=invoice.number,
            balance=invoice.balance,
            due_date=invoice.due_date,
        )
