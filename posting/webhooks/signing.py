"""Secrets and signatures as Standard Webhooks has them (https://www.standardwebhooks.com)."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from secrets import token_bytes

PREFIX = "whsec_"


def new_secret() -> str:
    """Returns `whsec_` and 32 random bytes in base64."""
    return PREFIX + b64encode(token_bytes(32)).decode()


def headers(
    secrets: Sequence[str], *, message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Returns the three headers, with one signature for each secret.

    timestamp: of the attempt, in seconds since 1970. A receiver refuses one that is too old.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = b64decode(secret.removeprefix(PREFIX))
    return "v1," + b64encode(hmac.new(key, signed, sha256).digest()).decode()
