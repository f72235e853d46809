"""Hashers of the tests: a quick one, and Argon2 as in production, counted."""

from typing import Any, ClassVar

from django.contrib.auth.hashers import MD5PasswordHasher

from accounts.passwords.hashers import OfNormalForm, OwaspArgon2PasswordHasher


class QuickHasher(OfNormalForm, MD5PasswordHasher):
    """Computed thousands of times. What Argon2 itself does, tests ask for by `argon2`."""


class CountingHasher(OwaspArgon2PasswordHasher):
    """Name it first in PASSWORD_HASHERS; `computed` then says what was computed."""

    computed: ClassVar[list[str]] = []

    def encode(self, password: str, salt: Any, *parameters: Any, **named: Any) -> str:
        self.computed.append("encode")
        return super().encode(password, salt, *parameters, **named)

    def verify(self, password: str, encoded: str) -> bool:
        self.computed.append("verify")
        return super().verify(password, encoded)
