"""Form fields for email addresses and passwords, and the form that asks for a new password."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.passwords.validators import Owner, check_rules
from icsso.billers.fields import PasswordField, validate_address, validate_new_address
from icsso.client.parsing import email_address


class NormalEmailField(forms.EmailField):
    """Every spelling of an address is the same: see `icsso.client.parsing.email_address`."""

    default_validators = [validate_address]

    def to_python(self, value: Any) -> Any:
        return super().to_python(email_address(value) if isinstance(value, str) else value)


def email_field(*, is_new: bool = False) -> forms.EmailField:
    """is_new: whether it asks for an address that is to be stored, not for a known one."""
    attributes = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    what_to_do = _("Enter your email address, like name@example.com.")
    return NormalEmailField(
        label=_("Email"),
        max_length=254,
        validators=[validate_new_address] if is_new else [],
        widget=forms.EmailInput(attrs=attributes),
        error_messages={"required": what_to_do, "invalid": what_to_do},
    )


def password_field(
    label: Any, *, autocomplete: str = "current-password", help_text: Any = ""
) -> PasswordField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return PasswordField(
        label=label,
        help_text=help_text,
        widget=widget,
        error_messages={"required": _("Enter a password.")},
    )


def new_password_field() -> PasswordField:
    return password_field(
        _("Choose a password"),
        autocomplete="new-password",
        help_text=_("At least 12 characters, such as a few words."),
    )


class NewPasswordForm(forms.Form):
    """owner: set by each subclass."""

    password = new_password_field()
    owner: Owner

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        check_rules(password, self.owner)
        return password
