"""Argon2 as in production, counted."""

from typing import Any, ClassVar

from accounts.passwords.hashers import OwaspArgon2PasswordHasher


class CountingHasher(OwaspArgon2PasswordHasher):
    """Name it first in PASSWORD_HASHERS; `computed` then says what was computed."""

    computed: ClassVar[list[str]] = []

    def encode(self, password: str, salt: Any) -> str:
        self.computed.append("encode")
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        self.computed.append("verify")
        return super().verify(password, encoded)
