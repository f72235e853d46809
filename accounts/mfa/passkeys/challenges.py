"""Challenges: random bytes that a passkey has to sign, which shows that the answer is new.

Each is valid for one answer of its kind. A member's challenge is kept in their session until it is
answered. One for signing in is kept in a signed cookie of its own: the sign-in page's script
fetches it, and a new session for it would replace that of somebody who has signed in in the
meantime.
"""

import time
from enum import StrEnum
from secrets import token_bytes
from typing import Any, cast

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpResponse
from django.urls import reverse
from webauthn.helpers import bytes_to_base64url

from accounts.models import Passkey
from accounts.tokens import digest
from icsso.billers.decorators import BillerRequest

LIFE = 10 * 60  # seconds to answer
COOKIE = "passkey-challenge"
SALT = "accounts.mfa.passkeys.challenges"


class Purpose(StrEnum):
    """What a challenge is for. Its answer is not accepted for anything else."""

    SIGN_IN = "sign-in"
    CONFIRM = "confirm"
    ADD = "add"


class Refusal(StrEnum):
    EXPIRED = "expired"  # or already answered, or never issued
    UNKNOWN = "unknown"  # not a passkey of anyone who can sign in here, or no proof of it
    COPIED = "copied"  # its counter went back


class Refused(Exception):
    """passkey: whose proof was refused, if it is known here."""

    def __init__(self, why: Refusal, passkey: Passkey | None = None) -> None:
        super().__init__(why)
        self.why, self.passkey = why, passkey


def new_challenge(request: BillerRequest, purpose: Purpose, **more: str) -> bytes:
    """Returns a challenge that the member's session remembers, with `more`."""
    challenge, facts = _new(request)
    request.session[_key(purpose)] = {**facts, **more}
    return challenge


def new_sign_in_challenge(request: BillerRequest) -> tuple[bytes, str]:
    """Returns a challenge, and what the browser has to store (`keep`)."""
    challenge, facts = _new(request)
    return challenge, signing.dumps(facts, salt=SALT)


def keep(response: HttpResponse, sealed: str) -> None:
    """The browser sends the sealed value only with the answer for signing in."""
    response.set_cookie(
        COOKIE,
        sealed,
        max_age=LIFE,
        path=reverse("accounts:passkey_sign_in"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def taken(request: BillerRequest, purpose: Purpose) -> dict[str, Any]:
    """Returns what was stored with the challenge, which is then used up. Raises Refused."""
    if purpose == Purpose.SIGN_IN:
        facts = _sealed(request.COOKIES.get(COOKIE, ""))
    else:
        facts = request.session.pop(_key(purpose), None)
    if (
        facts is None
        or facts["biller"] != request.biller.pk
        or not 0 <= time.time() - facts["at"] <= LIFE
        # Two simultaneous requests read the same session, and a cookie can be sent again: the cache
        # decides which came first.
        or not cache.add(f"passkey-challenge:{digest(facts['challenge'])}", True, LIFE)
    ):
        raise Refused(Refusal.EXPIRED)
    return facts


def _new(request: BillerRequest) -> tuple[bytes, dict[str, Any]]:
    challenge = token_bytes(32)
    text = bytes_to_base64url(challenge)
    return challenge, {"challenge": text, "at": int(time.time()), "biller": request.biller.pk}


def _sealed(sealed: str) -> dict[str, Any] | None:
    try:
        return cast(dict[str, Any], signing.loads(sealed, salt=SALT))
    except signing.BadSignature:
        return None


def _key(purpose: Purpose) -> str:
    return f"passkey_{purpose}"
