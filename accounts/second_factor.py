"""The second factor, of staff and of members who want one: an app that shows a new code every half
minute, and recovery codes for the day when the phone is lost.

django-otp remembers in the session which device has let somebody in. Its own devices keep their
secrets readable in the database; here the app's key is encrypted, and of a recovery code there is
only a digest.
"""

import re
from base64 import b32decode, b32encode
from contextlib import suppress
from secrets import token_bytes
from typing import Any
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp import login
from django_otp.models import Device
from django_otp.oath import TOTP

from accounts import sign_ins
from accounts.links import digest, new_secret
from icsso.encryption import EncryptedTextField, Unreadable, decrypt, encrypt

PENDING_KEY = "second_factor_key"
RECOVERY_CODES = 10


class SecondFactor(Device):  # type: ignore[misc]
    user = models.OneToOneField("accounts.User", models.CASCADE, related_name="second_factor")
    key = EncryptedTextField()  # base 32, as apps take it
    # Of the code that was accepted last. A code lets somebody in once.
    last_step = models.BigIntegerField(default=-1)
    set_up_at = models.DateTimeField(_("set up"), default=timezone.now)
    # Of the link with which a member takes it back who has not set it up (accounts/two_step.py).
    undo_digest = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")

    def __str__(self) -> str:
        return str(self.user)

    def get_additional_data(self) -> dict[str, Any]:
        marked: dict[str, Any] = self.user.get_additional_data()
        return marked

    def take(self, token: str) -> str | None:
        """How it lets somebody in, as an event of the audit log; None: not at all. Once each."""
        step = step_of(self.key, token)
        if step is None:
            taken, _kinds = self.recovery_codes.filter(digest=digest(_bare(token))).delete()
            return "recovered" if taken else None
        earlier = SecondFactor.objects.filter(pk=self.pk, last_step__lt=step)
        return "passed" if earlier.update(last_step=step) else None

    def verify_token(self, token: str) -> bool:
        """django-otp's name for it."""
        return self.take(token) is not None

    def new_recovery_codes(self) -> list[str]:
        """Those before them end. Nobody can read them again."""
        codes = [_new_recovery_code() for _number in range(RECOVERY_CODES)]
        with transaction.atomic():
            SecondFactor.objects.select_for_update().get(pk=self.pk)  # of two tabs one waits here
            self.recovery_codes.all().delete()
            RecoveryCode.objects.bulk_create(
                RecoveryCode(factor=self, digest=digest(_bare(code))) for code in codes
            )
        return codes

    def new_undo_link(self) -> str:
        """Gives the secret; the database has its digest alone."""
        secret = new_secret()
        self.undo_digest = digest(secret)
        self.save(update_fields=["undo_digest"])
        return secret


class RecoveryCode(models.Model):
    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return str(self.factor)


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


def step_of(key: str, code: str) -> int | None:
    """The half minute this code belongs to: now, or one before or after."""
    digits = "".join(code.split())
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    totp = TOTP(b32decode(key))
    return int(totp.t()) if totp.verify(int(digits), tolerance=1) else None


def for_the_app(key: str, *, email: str, issuer: str) -> dict[str, str]:
    """The key as a drawing to be read, and as letters to be typed."""
    label = quote(f"{issuer}:{email}")
    address = f"otpauth://totp/{label}?" + urlencode({"secret": key, "issuer": issuer})
    return {
        "drawing": segno.make(address).svg_data_uri(scale=5, border=4, light="#fff"),
        "key": " ".join(key[start : start + 4] for start in range(0, len(key), 4)),
    }


def _new_recovery_code() -> str:
    letters = b32encode(token_bytes(10)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def _bare(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower()
