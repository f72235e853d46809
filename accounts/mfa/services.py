"""The second factor, of staff and of members who want one: an app that shows a new code every half
minute, and recovery codes for the day when the phone is lost.

django-otp remembers in the session which device has let somebody in. Its own devices keep their
secrets readable in the database; here the app's key is encrypted, and of a recovery code there is
only a digest."""

from base64 import b32encode
from contextlib import suppress
from secrets import token_bytes
from typing import Any
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest
from django_otp import login

from accounts.models.second_factor import SecondFactor, step_of
from accounts.sessions import services as sign_ins
from icsso.billers.encryption import Unreadable, decrypt, encrypt

PENDING_KEY = "second_factor_key"


def is_awaited(user: Any) -> bool:
    """Whether this member, whose password was right, has still to give a code."""
    return bool(user.biller_id) and hasattr(user, "second_factor") and not user.is_verified()


def at_the_door(request: HttpRequest) -> Any:
    """The member whose code is awaited, who for all other pages is not signed in; or None."""
    user = request.user  # a name for whoever it is, until somebody asks
    return None if user.is_authenticated else getattr(request, "member_at_the_door", None)


def is_passed(request: HttpRequest) -> bool:
    """Whether a member of staff who knows the password is let in: who has a second factor has
    used it; who has none is asked to set one up, where that is demanded."""
    user = request.user
    if user.is_verified():  # type: ignore[union-attr]
        return True
    return not (settings.STAFF_SECOND_FACTOR or hasattr(user, "second_factor"))


def pending_key(session: SessionBase) -> str:
    """The key that is being set up: the same one until it has been confirmed."""
    with suppress(KeyError, Unreadable):  # begun before the encryption keys changed
        return decrypt(session[PENDING_KEY])
    key = b32encode(token_bytes(20)).decode()
    session[PENDING_KEY] = encrypt(key)
    return key


def confirm(request: HttpRequest, code: str) -> list[str] | None:
    """Takes the pending key into use when the app shows the right code; gives the recovery codes.
    An app that was in use before is so no longer, nor are sessions it has let in."""
    key = pending_key(request.session)
    step = step_of(key, code)
    if step is None:
        return None
    with transaction.atomic():
        SecondFactor.objects.filter(user=request.user.pk).delete()
        factor = SecondFactor.objects.create(user_id=request.user.pk, key=key, last_step=step)
        codes: list[str] = factor.new_recovery_codes()
    del request.session[PENDING_KEY]
    let_in(request, factor)
    return codes


def let_in(request: HttpRequest, factor: SecondFactor) -> None:
    """For this session. It gets a new key, as at a sign-in."""
    request.user = at_the_door(request) or request.user
    login(request, factor)
    request.session.cycle_key()
    if request.user.biller_id:  # type: ignore[union-attr]
        sign_ins.note(request, factor.user_id)


def for_the_app(key: str, *, email: str, issuer: str) -> dict[str, str]:
    """The key as a drawing to be read, and as letters to be typed."""
    label = quote(f"{issuer}:{email}")
    address = f"otpauth://totp/{label}?" + urlencode({"secret": key, "issuer": issuer})
    return {
        "drawing": segno.make(address).svg_data_uri(scale=5, border=4, light="#fff"),
        "key": " ".join(key[start : start + 4] for start in range(0, len(key), 4)),
    }
