"""The form field of every password that a person enters."""

from typing import Any

from django import forms

from icsso.client.parsing import normal_password


class PasswordField(forms.CharField):
    """Returns the normal form of the password: not trimmed, and the same from every keyboard.

    What validators count and compare, what is hashed, and what is sent is therefore the same text.
    """

    widget = forms.PasswordInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "strip": False})

    def to_python(self, value: Any) -> str:
        return normal_password(super().to_python(value) or "")
