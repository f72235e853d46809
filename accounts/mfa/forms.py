"""Forms that ask for a code of the second factor."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import password_field
from accounts.login.forms import checked_password
from accounts.models import Member


class CodeForm(forms.Form):
    """Of the second factor."""

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
    """The password and a code: at first of the new app, then to change something about it."""

    current = password_field(_("Current password"))
    field_order = ("current", "code")  # a code does not wait for who types slowly

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def clean_current(self) -> str:
        return checked_password(self.cleaned_data["current"], self.member)
