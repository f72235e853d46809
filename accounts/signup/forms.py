"""The sign-up form."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.fields import email_field, new_password_field
from accounts.linked_accounts.proof import ProofForm
from accounts.models import Signup
from accounts.passwords.validators import Owner
from icsso.billers.models import Biller


class SignupForm(ProofForm):
    """One page, one email field, and one password field. Entries are kept after an error."""

    email = email_field()
    password = new_password_field()
    field_order = ("account_number", "name", "zip", "email", "password")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "password" in data:
            owner = Owner(data.get("email", ""), data.get("name", ""), self.biller.name)
            try:
                validate_password(data["password"], owner)  # type: ignore[arg-type]
            except ValidationError as error:
                self.add_error("password", error)
        return data


def signup_form(data: Any, *, biller: Biller, before: Signup | None) -> SignupForm:
    """before: this visitor's previous sign-up, maybe with a wrong email."""
    initial = {}
    if before:
        initial = {"account_number": before.account.account_number, "email": before.email}
    return SignupForm(data, biller=biller, initial=initial)
