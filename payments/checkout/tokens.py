"""The unguessable parts of addresses: 256 bits each, and what the database keeps of them."""

import secrets
from hashlib import sha256

from django.utils.crypto import get_random_string

# Without letters that are read as digits: customers read a reference out on the phone.
LEGIBLE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def new_reference() -> str:
    """Our reference of a checkout at Invoice Cloud, and on the receipt."""
    return get_random_string(10, LEGIBLE)
