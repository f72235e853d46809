"""Encryption at rest for billers' credentials and billing sessions, with key rotation.

`ENCRYPTION_KEYS` holds Fernet keys: the first encrypts, all decrypt (docs/decisions).
"""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class Unreadable(Exception):
    """Encrypted with a key that is not among ENCRYPTION_KEYS, or damaged."""


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    return _cipher(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(sealed: str) -> str:
    try:
        return _cipher(tuple(settings.ENCRYPTION_KEYS)).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable("not encrypted with any of ENCRYPTION_KEYS") from None


class EncryptedTextField(models.TextField[str, str]):
    """Text that is encrypted in the database and decrypted only on the model instance."""

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return encrypt(text) if text else text

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value
