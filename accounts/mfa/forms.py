"""Forms that ask for a two-step verification code."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import password_field
from accounts.login.forms import checked_password
from accounts.models import Member


class CodeForm(forms.Form):
    """Asks for a two-step verification code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": _("Enter the code your app shows.")},
    )

    def refuse(self) -> None:
        words = _(
            "That code is wrong or was already used. Wait for your app to show a new one, "
            "then try again."
        )
        self.add_error("code", words)


class TwoStepForm(CodeForm):
    """Asks for the password and a code: to set up the app, or to change something later."""

    current = password_field(_("Current password"))
    field_order = ("current", "code")  # the code last, because it expires quickly

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def clean_current(self) -> str:
        return checked_password(self.cleaned_data["current"], self.member)
