"""How passwords are hashed. Every hasher gets the normal form, whoever calls it."""

from typing import Any

from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    BasePasswordHasher,
    PBKDF2PasswordHasher,
)

from icsso.client.parsing import normal_password


class OfNormalForm(BasePasswordHasher):
    """A mixin, named before a hasher, that makes it hash the normal form. Not every password comes
    from a form of ours: Django's own staff pages and `createsuperuser` take some."""

    def encode(self, password: str, salt: Any, *parameters: Any, **named: Any) -> str:
        encoded: str = super().encode(normal_password(password), salt, *parameters, **named)
        return encoded

    def verify(self, password: str, encoded: str) -> bool:
        is_right: bool = super().verify(normal_password(password), encoded)
        return is_right


class OwaspArgon2PasswordHasher(OfNormalForm, Argon2PasswordHasher):
    """Argon2id with OWASP's parameters: 46 MiB, one pass, one lane.

    Django's default uses 100 MiB and four times the CPU, which invites denial of service.
    Hashes with other parameters are renewed when their owners sign in.
    """

    memory_cost = 46 * 1024
    time_cost = 1
    parallelism = 1


class NormalPBKDF2PasswordHasher(OfNormalForm, PBKDF2PasswordHasher):
    """For hashes made elsewhere, which are renewed when their owners sign in."""
