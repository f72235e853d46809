"""What the customer types on the pages."""

import re
from calendar import monthrange
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from sandbox.models import PaymentMethod, ScheduledPayment

from .testing import BANK_ACCOUNTS, CARDS

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


class AutoPayForm(forms.Form):
    method = forms.ModelChoiceField(PaymentMethod.objects.none(), empty_label=None)

    def __init__(self, *args: Any, methods: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["method"].queryset = methods


class ScheduleForm(forms.ModelForm):
    amount = forms.DecimalField(
        min_value=Decimal("0.01"), max_value=Decimal("99999.99"), decimal_places=2
    )

    class Meta:
        model = ScheduledPayment
        fields = ["customer", "method", "amount", "date"]
        labels = {"customer": "Account", "method": "Pay with", "date": "Pay on"}
        widgets = {"date": forms.DateInput({"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        user = self.instance.user
        self.fields["customer"].queryset = user.customers()
        self.fields["method"].queryset = user.methods.order_by("pk")
        self.fields["customer"].empty_label = self.fields["method"].empty_label = None
        self.fields["date"].widget.attrs["min"] = timezone.localdate().isoformat()

    def clean_date(self) -> date:
        chosen: date = self.cleaned_data["date"]
        if chosen < timezone.localdate():
            raise forms.ValidationError("Choose today or a later day.")
        return chosen


class PhoneForm(forms.Form):
    phone = forms.CharField(
        label="Mobile phone",
        max_length=30,
        help_text="Ten digits, like 217 555 0100.",
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )

    def clean_phone(self) -> str:
        number = re.sub(r"\D", "", self.cleaned_data["phone"]).removeprefix("1")
        if len(number) != 10:
            raise forms.ValidationError("Enter a phone number of ten digits.")
        return f"({number[:3]}) {number[3:6]}-{number[6:]}"


class CodeForm(PhoneForm):
    code = forms.CharField(
        label="Code",
        max_length=10,
        help_text="The code is 1234.",
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        if self.cleaned_data["code"].strip() != "1234":
            raise forms.ValidationError("That is not the code. It is 1234 here.")
        return "1234"


class RegisterForm(forms.Form):
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput({"autocomplete": "email"}))
    password = forms.CharField(
        label="Password",
        min_length=8,
        max_length=128,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )


class RemindForm(forms.Form):
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput({"autocomplete": "email"}))
