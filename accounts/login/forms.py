"""Forms that ask for the password of an existing member."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.fields import email_field, password_field
from accounts.models import Member
from icsso.billers.models import Biller


class SignInForm(forms.Form):
    WRONG = _("That email and password don't match. Try again or reset your password.")

    username = email_field()
    password = password_field(_("Password"))

    def __init__(self, *args: Any, request: HttpRequest, biller: Biller, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.biller = request, biller
        self.member: Member | None = None
        # Browsers offer passkeys among the emails they know.
        self.fields["username"].widget.attrs["autocomplete"] = "username webauthn"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if {"username", "password"} <= data.keys():
            user = authenticate(
                self.request,
                username=data["username"],
                password=data["password"],
                biller=self.biller,
            )
            self.member = user if isinstance(user, Member) else None
            if self.member is None:
                raise ValidationError(self.WRONG, code="wrong")
        return data


class PasswordForm(forms.Form):
    """Asks a known member for their password. The view checks it."""

    WRONG = _("That password isn't right. Try again or reset it.")

    password = password_field(_("Password"))

    def refuse(self, words: Any = "") -> None:
        self.add_error("password", words or self.WRONG)


def checked_password(password: str, member: Member) -> str:
    # Not the user's own method: it could renew the hash, which would end this session.
    if not check_password(password, member.password):
        raise ValidationError(PasswordForm.WRONG)
    return password
