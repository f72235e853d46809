"""Sets up authenticator apps for members and staff.

django-otp stores in the session which device was used to sign in. Its own devices store their
secrets unencrypted in the database; here the app's key is encrypted.
"""

from base64 import b32encode
from contextlib import suppress
from secrets import token_bytes
from urllib.parse import quote, urlencode

import segno
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest

from accounts.mfa.verification import mark_verified
from accounts.models import Member, StaffUser
from accounts.models.second_factor import SecondFactor, step_of
from icsso.billers.encryption import Unreadable, decrypt, encrypt

PENDING_KEY = "second_factor_key"


def pending_key(session: SessionBase) -> str:
    """Returns the key being set up: the same one until it is confirmed."""
    with suppress(KeyError, Unreadable):  # started before the encryption keys changed
        return decrypt(session[PENDING_KEY])
    key = b32encode(token_bytes(20)).decode()
    session[PENDING_KEY] = encrypt(key)
    return key


def activate(request: HttpRequest, user: Member | StaffUser, code: str) -> list[str] | None:
    """Activates the pending key if the app shows the right code.

    Returns the recovery codes, or None for a wrong code. A previous app stops working, and sessions
    that were verified with it end.
    """
    key = pending_key(request.session)
    step = step_of(key, code)
    if step is None:
        return None
    with transaction.atomic():
        SecondFactor.objects.filter(user=user.pk).delete()
        factor = SecondFactor.objects.create(user_id=user.pk, key=key, last_step=step)
        codes: list[str] = factor.new_recovery_codes()
    del request.session[PENDING_KEY]
    mark_verified(request, factor)
    return codes


def shown_key(key: str, *, email: str, issuer: str) -> dict[str, str]:
    """Returns the key for a page: as a QR code to scan, as a link that opens the app on the phone
    itself, and in groups of four letters to type."""
    label = quote(f"{issuer}:{email}")
    address = f"otpauth://totp/{label}?" + urlencode({"secret": key, "issuer": issuer})
    return {
        "address": address,
        "drawing": segno.make(address).svg_data_uri(scale=5, border=4, light="#fff"),
        "key": " ".join(key[start : start + 4] for start in range(0, len(key), 4)),
    }
