"""What can be paid on a page: invoices, each with an amount the payer may change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms

from sandbox.models import Customer, Invoice

from .services import Line

CARD_FEE = Decimal("2.95")
BANK_FEE = Decimal("0.00")


@dataclass(frozen=True)
class Offer:
    account_number: str
    payer: str
    invoice_number: str  # empty: pays on the account
    balance: Decimal
    due_date: date | None = None
    minimum: Decimal = Decimal("0.01")
    partial: bool = True
    card_fee: Decimal | None = None
    bank_fee: Decimal | None = None

    @property
    def name(self) -> str:
        return f"{self.account_number}~{self.invoice_number}"

    @property
    def title(self) -> str:
        return f"Invoice {self.invoice_number}" if self.invoice_number else "Payment on the account"

    @classmethod
    def of(cls, invoice: Invoice, customer: Customer) -> "Offer":
        return cls(
            account_number=customer.account_number,
            payer=customer.name,
            invoice_number=invoice.number,
            balance=invoice.balance,
            due_date=invoice.due_date,
        )


class AmountsForm(forms.Form):
    """One amount for each offer. What is owed is filled in; nothing above it is taken."""

    def __init__(self, *args: Any, offers: Iterable[Offer], **options: Any) -> None:
        super().__init__(*args, **options)
        self.offers = list(offers)
        for offer in self.offers:
            self.fields[offer.name] = amount_field(offer)

    def rows(self, *, removed: Sequence[str] = ()) -> list[tuple[Offer, forms.BoundField, str]]:
        """Each offer with its field, and with the query of the page without it."""
        return [(o, self[o.name], removal_query([*removed, o.name])) for o in self.offers]

    def total(self) -> Decimal:
        """What is filled in at first, for a page without script."""
        return sum((max(offer.balance, Decimal(0)) for offer in self.offers), Decimal("0.00"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned.values()):
            raise forms.ValidationError("Enter an amount to pay.")
        return cleaned

    def lines(self) -> list[Line]:
        paid = [(offer, self.cleaned_data[offer.name]) for offer in self.offers]
        return [Line(o.account_number, o.invoice_number, amount) for o, amount in paid if amount]

    def fee(self, kind: str) -> Decimal:
        """The request's own fees of the invoices paid, or else ours, once for the payment."""
        paid = [offer for offer in self.offers if self.cleaned_data[offer.name]]
        own = [offer.card_fee if kind == "card" else offer.bank_fee for offer in paid]
        if any(fee is not None for fee in own):
            return sum((fee for fee in own if fee is not None), Decimal("0.00"))
        return CARD_FEE if kind == "card" else BANK_FEE


def removal_query(names: Sequence[str]) -> str:
    return urlencode([("remove", name) for name in names])


def amount_field(offer: Offer) -> forms.DecimalField:
    """Who owes nothing may still pay ahead, hence no limit and no need to."""
    owed = offer.balance > 0
    least = min(offer.minimum, offer.balance) if offer.partial else offer.balance
    field = forms.DecimalField(
        label=f"Amount for {offer.title.lower()}, account {offer.account_number}",
        required=owed,
        min_value=least if owed else Decimal("0.01"),
        max_value=offer.balance if owed else Decimal("99999.99"),
        decimal_places=2,
        initial=offer.balance if owed else None,
        error_messages={
            "required": "Enter the amount to pay.",
            "min_value": "Pay at least $%(limit_value)s.",
            "max_value": "Pay $%(limit_value)s or less.",
        },
    )
    field.widget.attrs |= {"class": "amount", "inputmode": "decimal", "step": "0.01"}
    if owed and not offer.partial:
        field.widget.attrs["readonly"] = True
    return field
