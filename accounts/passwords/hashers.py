"""How passwords are hashed. Every hasher gets the normal form, whoever calls it."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    BasePasswordHasher,
    PBKDF2PasswordHasher,
)

from icsso.client.parsing import normal_password

_Hasher = BasePasswordHasher if TYPE_CHECKING else object


class OfNormalForm(_Hasher):
    """A hasher of normal forms, also where no form of ours was in between: in Django's own pages
    for staff, and in `createsuperuser`."""

    def encode(self, password: str, salt: Any, *parameters: Any, **named: Any) -> str:
        return super().encode(normal_password(password), salt, *parameters, **named)

    def verify(self, password: str, encoded: str) -> bool:
        return super().verify(normal_password(password), encoded)


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
