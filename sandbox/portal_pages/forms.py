"""What a customer types on the portal pages."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from sandbox.models import PaymentMethod, ScheduledPayment


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
