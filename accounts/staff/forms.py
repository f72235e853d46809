"""Forms of invited staff."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from accounts.fields import email_field, new_password_field
from accounts.models import StaffInvitation, StaffUser
from accounts.passwords.validators import Owner
from icsso.billers.models import Biller
from icsso.client.parsing import email_address


class NewPasswordForm(forms.Form):
    """username: read only, so that password managers store both together."""

    username = forms.CharField(
        required=False,
        widget=forms.HiddenInput(attrs={"autocomplete": "username"}),
    )
    password = new_password_field()

    def __init__(self, *args: Any, email: str, billers: Iterable[Biller], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"username": email}
        names = " ".join(biller.name for biller in billers)
        self.owner = Owner(email=email, biller_name=names)

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.owner)  # type: ignore[arg-type]
        return password


class FirstPasswordForm(NewPasswordForm):
    def __init__(self, *args: Any, invitation: StaffInvitation, **kwargs: Any) -> None:
        billers = invitation.billers.all()
        super().__init__(*args, email=invitation.email, billers=billers, **kwargs)


class PasswordForm(NewPasswordForm):
    def __init__(self, *args: Any, person: StaffUser, **kwargs: Any) -> None:
        super().__init__(*args, email=person.email, billers=person.billers.all(), **kwargs)


class NewLinkForm(forms.Form):
    email = email_field()

    def clean_email(self) -> str:
        return email_address(self.cleaned_data["email"])
