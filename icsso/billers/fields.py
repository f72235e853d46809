"""Form fields for passwords, and the rules for email addresses."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from icsso.client.parsing import normal_password

# Django also takes "ann"@example.com, ann@[192.0.2.1], ann@localhost, and names of any length.
USUAL = re.compile(r'[^@"]{1,64}@[^@\[]+\.[^@]+', re.ASCII)


def validate_address(email: str) -> None:
    """Raises ValidationError for an invalid address, or one whose domain cannot exist in DNS:
    Django would convert such a domain by IDNA 2003 and send to another one."""
    validate_email(email)
    if not email.isascii():
        raise ValidationError(validate_email.message, code="invalid")


def validate_new_address(email: str) -> None:
    """Raises ValidationError for an invalid address, also for one in a form that mail providers
    don't offer. Known addresses may have such a form, so this is not for looking them up."""
    validate_address(email)
    if not USUAL.fullmatch(email):
        raise ValidationError(validate_email.message, code="invalid")


def is_address(email: str, validate: Callable[[str], None] = validate_address) -> bool:
    """Whether a validator of addresses accepts it."""
    try:
        validate(email)
    except ValidationError as error:
        # It is in its own list, so that all of its frames would stay until garbage is collected.
        error.error_list.clear()
        return False
    return True


class PasswordField(forms.CharField):
    """Returns the normal form of the password: not trimmed, and the same from every keyboard.

    So validators, the hash, and Invoice Cloud all get the same text.
    """

    widget = forms.PasswordInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "strip": False})

    def to_python(self, value: Any) -> str:
        return normal_password(super().to_python(value) or "")
