"""The forms of the portal pages."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from sandbox import clock
from sandbox.models import PageSession, PaymentMethod, ScheduledPayment, Token

# {RedirectID: page}
PAGES = {
    1: "bills",
    2: "paperless",
    3: "autopay",
    5: "payment-options",
    9: "scheduled-payments",
    11: "pay-by-text",
}


class ConnectForm(forms.Form):
    """The fields of Cloud SSO Connect. Field names are not case-sensitive; `other_names` are those
    that replace names of the contract."""

    RemoteAuthenticationToken = forms.CharField(max_length=500)
    ViewMode = forms.TypedChoiceField(choices=[("0", "window"), ("1", "frame")], coerce=int)
    RedirectID = forms.TypedChoiceField(choices=list(PAGES.items()), coerce=int)
    CSSUrl = forms.RegexField(r"^https?://", required=False, max_length=2000)
    ReturnUrl = forms.RegexField(r"^https?://", required=False, max_length=2000)
    CustomReturnSiteName = forms.CharField(required=False, max_length=200)

    def __init__(self, posted: dict[str, str], other_names: Mapping[str, str]) -> None:
        spelling = {other_names.get(name, name).lower(): name for name in self.base_fields}
        posted = {name: value for name, value in posted.items() if name not in other_names}
        super().__init__({spelling.get(n.lower(), n): value for n, value in posted.items()})

    def find_token(self) -> Token | None:
        """Returns the token, or None if it is unknown, expired, or of an inactive biller."""
        value = self.cleaned_data["RemoteAuthenticationToken"]
        token = Token.objects.select_related("user__biller").filter(value=value).first()
        return token if token and not token.expired and token.user.biller.active else None

    def open_session(self, token: Token) -> PageSession:
        values: dict[str, Any] = self.cleaned_data
        return PageSession.objects.create(
            user=token.user,
            token=token,
            view_mode=values["ViewMode"],
            redirect_id=values["RedirectID"],
            css_url=values["CSSUrl"],
            return_url=values["ReturnUrl"],
            return_site_name=values["CustomReturnSiteName"],
        )


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
        self.fields["date"].widget.attrs["min"] = clock.today().isoformat()

    def clean_date(self) -> date:
        chosen: date = self.cleaned_data["date"]
        if chosen < clock.today():
            raise forms.ValidationError("Choose today or a later date.")
        return chosen


class PhoneForm(forms.Form):
    phone = forms.CharField(
        label="Mobile phone",
        max_length=30,
        help_text="10 digits, like 217 555 0100.",
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )

    def clean_phone(self) -> str:
        number = re.sub(r"\D", "", self.cleaned_data["phone"]).removeprefix("1")
        if len(number) != 10:
            raise forms.ValidationError("Enter a 10-digit phone number.")
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
            raise forms.ValidationError("That code is not right. The code is 1234.")
        return "1234"
