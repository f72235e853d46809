"""Form fields for passwords, and the rules for email addresses."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from icsso.client.parsing import normal_password


def validate_address(email: str) -> None:
    """Raises ValidationError for an invalid address, or one whose domain cannot exist in DNS:
    Django would convert such a domain by IDNA 2003 and send to another one."""
    validate_email(email)
    if not email.isascii():
        raise ValidationError(validate_email.message, code="invalid")


class PasswordField(forms.CharField):
    """Returns the normal form of the password: not trimmed, and the same from every keyboard.

    So validators, the hash, and Invoice Cloud all get the same text.
    """

    widget = forms.PasswordInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "strip": False})

    def to_python(self, value: Any) -> str:
        return normal_password(super().to_python(value) or "")
