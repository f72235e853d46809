"""Challenges: random bytes that a passkey has to sign, which shows that the answer is a new one.

Each lies in the visitor's session until it is answered. It is good for one answer, of its kind.
"""

import time
from enum import StrEnum
from secrets import token_bytes
from typing import Any, cast

from django.core.cache import cache
from webauthn.helpers import bytes_to_base64url

from accounts.models import Passkey
from accounts.tokens import digest
from icsso.billers.decorators import BillerRequest

LIFE = 10 * 60  # seconds to answer


class Purpose(StrEnum):
    """What a challenge is for. The answer to one is none to another."""

    SIGN_IN = "sign-in"
    CONFIRM = "confirm"
    ADD = "add"


class Refusal(StrEnum):
    EXPIRED = "expired"  # or answered before, or never asked
    UNKNOWN = "unknown"  # no such passkey of anybody who can sign in here, or no proof of it
    COPIED = "copied"  # its counter went back


class Refused(Exception):
    """passkey: whose proof was refused, if it is known here."""

    def __init__(self, why: Refusal, passkey: Passkey | None = None) -> None:
        super().__init__(why)
        self.why, self.passkey = why, passkey


def new_challenge(request: BillerRequest, purpose: Purpose, **more: str) -> bytes:
    challenge = token_bytes(32)
    facts = {"challenge": bytes_to_base64url(challenge), "at": int(time.time()), **more}
    request.session[_key(purpose)] = {**facts, "biller": request.biller.pk}
    return challenge


def taken(request: BillerRequest, purpose: Purpose) -> dict[str, Any]:
    """Returns what the session knows of the challenge, which is then used up, whatever the answer.
    Raises Refused."""
    facts = request.session.pop(_key(purpose), None)
    if (
        facts is None
        or facts["biller"] != request.biller.pk
        or not 0 <= time.time() - facts["at"] <= LIFE
        # Two requests at once read the same session: the cache tells which was first.
        or not cache.add(f"passkey-challenge:{digest(facts['challenge'])}", True, LIFE)
    ):
        raise Refused(Refusal.EXPIRED)
    return cast(dict[str, Any], facts)


def _key(purpose: Purpose) -> str:
    return f"passkey_{purpose}"
