"""The secrets in emailed links: 256 bits, of which the database holds only a digest."""

from hashlib import sha256
from secrets import token_urlsafe


def new_secret() -> str:
    return token_urlsafe(32)


def digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
