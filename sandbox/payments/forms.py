"""The forms that make a payment: the amounts and the payment method."""

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms

from sandbox import clock
from sandbox.models import PaymentMethod

from .accepted_numbers import BANK_ACCOUNTS, CARDS
from .invoices import PayableInvoice
from .services import Line

CARD, BANK = PaymentMethod.CARD, PaymentMethod.BANK
CARD_FEE = Decimal("2.95")
BANK_FEE = Decimal("0.00")


class AmountsForm(forms.Form):
    """One amount per invoice. The balance is filled in; no larger amount is accepted."""

    def __init__(self, *args: Any, invoices: Iterable[PayableInvoice], **options: Any) -> None:
        super().__init__(*args, **options)
        self.invoices = list(invoices)
        for invoice in self.invoices:
            self.fields[invoice.name] = amount_field(invoice)

    def rows(
        self, *, removed: Sequence[str] = ()
    ) -> list[tuple[PayableInvoice, forms.BoundField, str]]:
        """Returns each invoice with its field and the query that removes it from the page."""
        return [(i, self[i.name], removal_query([*removed, i.name])) for i in self.invoices]

    def initial_total(self) -> Decimal:
        """Returns the sum of the amounts filled in at first, for browsers without scripts."""
        return sum((max(i.balance, Decimal(0)) for i in self.invoices), Decimal("0.00"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned.values()):
            raise forms.ValidationError("Enter an amount to pay.")
        return cleaned

    def lines(self) -> list[Line]:
        amounts = [(invoice, self.cleaned_data[invoice.name]) for invoice in self.invoices]
        return [Line(i.account_number, i.invoice_number, amount) for i, amount in amounts if amount]

    def fee(self, kind: str) -> Decimal:
        """Returns the sum of the fees that the request names for the invoices paid. If it names
        none, returns the fee of the sandbox, which is charged once per payment."""
        paid = [invoice for invoice in self.invoices if self.cleaned_data[invoice.name]]
        fees = [invoice.card_fee if kind == CARD else invoice.bank_fee for invoice in paid]
        if any(fee is not None for fee in fees):
            return sum((fee for fee in fees if fee is not None), Decimal("0.00"))
        return CARD_FEE if kind == CARD else BANK_FEE


def removal_query(names: Sequence[str]) -> str:
    return urlencode([("remove", name) for name in names])


def amount_field(invoice: PayableInvoice) -> forms.DecimalField:
    """Without a balance due, any amount may be paid in advance, and the field may stay empty."""
    owed = invoice.balance > 0
    least = min(invoice.minimum, invoice.balance) if invoice.allows_partial else invoice.balance
    field = forms.DecimalField(
        label=f"Amount for {invoice.title.lower()}, account {invoice.account_number}",
        required=owed,
        min_value=least if owed else Decimal("0.01"),
        max_value=invoice.balance if owed else Decimal("99999.99"),
        decimal_places=2,
        initial=invoice.balance if owed else None,
        error_messages={
            "required": "Enter the amount to pay.",
            "min_value": "Pay at least $%(limit_value)s.",
            "max_value": "Pay $%(limit_value)s or less.",
        },
    )
    field.widget.attrs |= {"class": "amount", "inputmode": "decimal", "step": "0.01"}
    if owed and not invoice.allows_partial:
        field.widget.attrs["readonly"] = True
    return field


def number_field(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        help_text=help_text,
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "numeric"}),
    )


class PaymentMethodForm(forms.Form):
    """A saved payment method, or a new card or bank account. For a new one, `chosen` returns an
    unsaved PaymentMethod, so that the full number stays inside this form."""

    method = forms.ChoiceField(label="Pay with", widget=forms.RadioSelect)
    card_number = number_field(
        "Card number", "4111 1111 1111 1111 is approved, 4000 0000 0000 0002 is declined."
    )
    expiry = number_field("Expires (MM/YY)", "Any future month.")
    security_code = number_field("Security code", "Any three digits.")
    routing_number = number_field("Routing number", "Any nine digits.")
    bank_account = number_field(
        "Bank account number", "000123456789 is approved, 000111111116 is declined."
    )

    def __init__(
        self,
        *args: Any,
        saved: list[PaymentMethod] | None = None,
        card: bool = True,
        bank: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        kinds = [kind for kind, allowed in ((CARD, card), (BANK, bank)) if allowed]
        self.saved = {f"saved-{m.pk}": m for m in saved or [] if m.kind in kinds}
        new = {CARD: "New card", BANK: "New bank account"}
        choices = [(name, str(method)) for name, method in self.saved.items()]
        choices += [(kind, new[kind]) for kind in kinds]
        self.fields["method"].choices = choices
        self.fields["method"].initial = choices[0][0] if choices else None

    def card_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("card_number", "expiry", "security_code")]

    def bank_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("routing_number", "bank_account")]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("method") == CARD:
            self.check_card(cleaned)
        elif cleaned.get("method") == BANK:
            self.check_bank(cleaned)
        return cleaned

    def check_card(self, cleaned: dict[str, Any]) -> None:
        if strip_separators(cleaned["card_number"]) not in CARDS:
            self.add_error("card_number", "Use a test card number, never a real one.")
        month = parse_expiry(cleaned["expiry"])
        if month is None or month < clock.today():
            self.add_error("expiry", "Enter a future month, like 08/30.")
        if not re.fullmatch(r"\d{3,4}", cleaned["security_code"]):
            self.add_error("security_code", "Enter three or four digits.")

    def check_bank(self, cleaned: dict[str, Any]) -> None:
        if not re.fullmatch(r"\d{9}", strip_separators(cleaned["routing_number"])):
            self.add_error("routing_number", "Enter nine digits.")
        if strip_separators(cleaned["bank_account"]) not in BANK_ACCOUNTS:
            self.add_error("bank_account", "Use a test bank account, never a real one.")

    def chosen(self) -> PaymentMethod:
        cleaned = self.cleaned_data
        if cleaned["method"] == CARD:
            number = strip_separators(cleaned["card_number"])
            month = parse_expiry(cleaned["expiry"])
            expiry = month.strftime("%m/%Y") if month else ""
            return PaymentMethod(
                kind=CARD, brand=CARDS[number][0], last4=number[-4:], expiry=expiry
            )
        if cleaned["method"] == BANK:
            number = strip_separators(cleaned["bank_account"])
            return PaymentMethod(kind=BANK, brand=BANK_ACCOUNTS[number][0], last4=number[-4:])
        return self.saved[cleaned["method"]]


def strip_separators(written: str) -> str:
    return re.sub(r"[\s-]", "", written)


def parse_expiry(written: str) -> date | None:
    """Returns the last day of a month written as 8/30, 08/30, 0830, or 08/2030; else None."""
    match = re.fullmatch(r"(\d{1,2})\s*/?\s*(?:20)?(\d{2})", written.strip())
    if match is None or not 1 <= int(match[1]) <= 12:
        return None
    year, month = 2000 + int(match[2]), int(match[1])
    return date(year, month, monthrange(year, month)[1])
