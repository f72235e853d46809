"""The forms of both ways to sign up."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.fields import email_field, new_password_field, password_field
from accounts.linked_accounts.proof import ProofForm
from accounts.models import Signup
from accounts.passwords.validators import Owner, check_rules
from icsso.billers.models import Biller


class SignupForm(ProofForm):
    """One page, one email field, and one password field. Entries are kept after an error."""

    email = email_field(is_new=True)
    password = new_password_field()
    field_order = ("account_number", "name", "zip", "email", "password")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "password" in data:
            owner = Owner(data.get("email", ""), data.get("name", ""), self.biller.name)
            try:
                check_rules(data["password"], owner)
            except ValidationError as error:
                self.add_error("password", error)
        return data


def signup_form(
    data: Any, *, biller: Biller, before: Signup | None, typed: Mapping[str, Any]
) -> SignupForm:
    """before: this visitor's previous sign-up, maybe with a wrong email. typed: what was kept of
    the form."""
    initial = {}
    if before:
        number = before.account.account_number if before.account else ""
        initial = {"account_number": number, "email": before.email}
    return SignupForm(data, biller=biller, initial={**initial, **typed})


class ExistingLoginForm(forms.Form):
    """Email and password at Invoice Cloud, in the fields that the sign-in form has."""

    only_as_typed = False  # whether Invoice Cloud accepts this text, but not its normal form
    username = email_field()
    password = password_field(_("Password"))

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).strip().lower()


class FinishForm(ProofForm):
    """The password of the existing login, and the proof of an account if the biller wants it."""

    only_as_typed = False
    password = password_field(_("Password"))

    def __init__(self, *args: Any, biller: Biller, **kwargs: Any) -> None:
        super().__init__(*args, biller=biller, **kwargs)
        if not biller.listed_accounts_need_proof:
            for name in {"account_number", "name", "zip"} & set(self.fields):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        return super().clean() if "account_number" in self.fields else self.cleaned_data
