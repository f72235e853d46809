"""What the customer types on the pages."""

import re
from calendar import monthrange
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from sandbox.models import PaymentMethod

from .accepted_numbers import BANK_ACCOUNTS, CARDS

CARD, BANK = PaymentMethod.CARD, PaymentMethod.BANK


def text(label: str, *, help_text: str = "", **attributes: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        help_text=help_text,
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", **attributes}),
    )


class MethodForm(forms.Form):
    """A saved method, or a new card or bank account. `chosen()` gives an unsaved PaymentMethod for
    a new one: the full number goes no further than this form."""

    method = forms.ChoiceField(label="Pay with", widget=forms.RadioSelect)
    card_number = text(
        "Card number",
        inputmode="numeric",
        help_text="4111 1111 1111 1111 is approved, 4000 0000 0000 0002 is declined.",
    )
    expiry = text("Expires (MM/YY)", inputmode="numeric", help_text="Any month to come.")
    security_code = text("Security code", inputmode="numeric", help_text="Any three digits.")
    routing_number = text("Routing number", inputmode="numeric", help_text="Any nine digits.")
    bank_account = text(
        "Bank account number",
        inputmode="numeric",
        help_text="000123456789 is approved, 000111111116 is declined.",
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
        if digits(cleaned["card_number"]) not in CARDS:
            self.add_error("card_number", "Use a test card number, never a real one.")
        month = read_expiry(cleaned["expiry"])
        if month is None or month < timezone.localdate():
            self.add_error("expiry", "Enter a month to come, like 08/30.")
        if not re.fullmatch(r"\d{3,4}", cleaned["security_code"]):
            self.add_error("security_code", "Enter three or four digits.")

    def check_bank(self, cleaned: dict[str, Any]) -> None:
        if not re.fullmatch(r"\d{9}", digits(cleaned["routing_number"])):
            self.add_error("routing_number", "Enter nine digits.")
        if digits(cleaned["bank_account"]) not in BANK_ACCOUNTS:
            self.add_error("bank_account", "Use a test bank account, never a real one.")

    def chosen(self) -> PaymentMethod:
        cleaned = self.cleaned_data
        if cleaned["method"] == CARD:
            number = digits(cleaned["card_number"])
            month = read_expiry(cleaned["expiry"])
            expiry = month.strftime("%m/%Y") if month else ""
            return PaymentMethod(
                kind=CARD, brand=CARDS[number][0], last4=number[-4:], expiry=expiry
            )
        if cleaned["method"] == BANK:
            number = digits(cleaned["bank_account"])
            return PaymentMethod(kind=BANK, brand=BANK_ACCOUNTS[number][0], last4=number[-4:])
        return self.saved[cleaned["method"]]


def digits(written: str) -> str:
    return re.sub(r"[\s-]", "", written)


def read_expiry(written: str) -> date | None:
    """The last day of a month written as 8/30, 08/30, 0830 or 08/2030."""
    match = re.fullmatch(r"(\d{1,2})\s*/?\s*(?:20)?(\d{2})", written.strip())
    if match is None or not 1 <= int(match[1]) <= 12:
        return None
    year, month = 2000 + int(match[2]), int(match[1])
    return date(year, month, monthrange(year, month)[1])
