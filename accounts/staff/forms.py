"""Forms of invited staff."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.fields import NewPasswordForm, email_field
from accounts.models import StaffInvitation, StaffUser
from accounts.passwords.validators import Owner
from icsso.billers.models import Biller
from icsso.client.parsing import email_address


class StaffPasswordForm(NewPasswordForm):
    """username: read only, so that password managers store both together."""

    username = forms.CharField(
        required=False,
        widget=forms.HiddenInput(attrs={"autocomplete": "username"}),
    )
    field_order = ("username", "password")

    def __init__(self, *args: Any, email: str, billers: Iterable[Biller], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"username": email}
        names = " ".join(biller.name for biller in billers)
        self.owner = Owner(email=email, biller_name=names)


class FirstPasswordForm(StaffPasswordForm):
    def __init__(self, *args: Any, invitation: StaffInvitation, **kwargs: Any) -> None:
        billers = invitation.billers.all()
        super().__init__(*args, email=invitation.email, billers=billers, **kwargs)


class PasswordForm(StaffPasswordForm):
    def __init__(self, *args: Any, person: StaffUser, **kwargs: Any) -> None:
        super().__init__(*args, email=person.email, billers=person.billers.all(), **kwargs)


class NewLinkForm(forms.Form):
    email = email_field()

    def clean_email(self) -> str:
        return email_address(self.cleaned_data["email"])
