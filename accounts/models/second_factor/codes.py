"""The second factor of a user: an authenticator app or passkeys, and recovery codes."""

import re
import unicodedata
from base64 import b32decode
from datetime import timedelta
from itertools import product
from math import prod
from secrets import choice
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device
from django_otp.oath import TOTP

from accounts.tokens import digest, new_secret
from icsso.billers.encryption import EncryptedTextField

RECOVERY_CODES = 10
# Crockford's base 32: no I, L, O, or U. Similar characters are equivalent.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# Codes of earlier releases had these letters, but neither 0 nor 1.
LOOK_ALIKE = {**dict.fromkeys("0o", "0o"), **dict.fromkeys("1il", "1il")}
MOST_READINGS = 2_000  # in a typed code; generated codes have few of them


class SecondFactor(Device):  # type: ignore[misc]
    UNDO_LIFE = timedelta(days=7)  # of the link that turns it off

    user = models.OneToOneField("accounts.User", models.CASCADE, related_name="second_factor")
    # Base 32, as apps take it. Empty: there is no app, but passkeys.
    key = EncryptedTextField(blank=True)
    # The time step of the last accepted code: each code works only once.
    last_step = models.BigIntegerField(default=-1)
    set_up_at = models.DateTimeField(_("set up"), default=timezone.now)
    # Of the link that turns it off for a member who did not set it up (accounts/mfa/services.py).
    undo_digest = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("two-step verification")
        verbose_name_plural = _("two-step verification")

    def __str__(self) -> str:
        return str(self.user)

    def get_additional_data(self) -> dict[str, Any]:
        marked: dict[str, Any] = self.user.get_additional_data()
        return marked

    @property
    def has_app(self) -> bool:
        return bool(self.key)

    @property
    def codes_left(self) -> int:
        return int(self.recovery_codes.count())

    def take(self, token: str) -> str | None:
        """Returns the audit log event for this code, or None if wrong. Each code works once."""
        step = step_of(self.key, token) if self.has_app else None
        if step is None:
            digests = [digest(reading) for reading in _readings(_bare(token))]
            taken, _kinds = self.recovery_codes.filter(digest__in=digests).delete()
            return "recovered" if taken else None
        earlier = SecondFactor.objects.filter(pk=self.pk, last_step__lt=step)
        return "passed" if earlier.update(last_step=step) else None

    def verify_token(self, token: str) -> bool:
        """django-otp's name for it."""
        return self.take(token) is not None

    def new_recovery_codes(self) -> list[str]:
        """Returns new codes; the old ones stop working. They cannot be read again."""
        codes = [_new_recovery_code() for _number in range(RECOVERY_CODES)]
        with transaction.atomic():
            SecondFactor.objects.select_for_update().get(pk=self.pk)  # of two tabs, one waits
            self.recovery_codes.all().delete()
            RecoveryCode.objects.bulk_create(
                RecoveryCode(factor=self, digest=digest(_bare(code))) for code in codes
            )
        return codes

    def new_undo_link(self) -> str:
        """Returns the secret; the database keeps only its digest."""
        secret = new_secret()
        self.undo_digest = digest(secret)
        self.save(update_fields=["undo_digest"])
        return secret


class RecoveryCode(models.Model):
    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return str(self.factor)


def step_of(key: str, code: str) -> int | None:
    """Returns the 30-second step this code belongs to (now, or one before or after), or None."""
    digits = "".join(code.split())
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    totp = TOTP(b32decode(key))
    return int(totp.t()) if totp.verify(int(digits), tolerance=1) else None


def _new_recovery_code() -> str:
    letters = "".join(choice(ALPHABET) for _letter in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def _bare(code: str) -> str:
    """Returns the letters and digits, however they are spaced, capitalized, or joined."""
    plain = unicodedata.normalize("NFKC", code).lower()
    return "".join(sign for sign in plain if sign.isalnum())


def _readings(bare: str) -> list[str]:
    """Returns what a typed code may have looked like on paper: 1, l, and i are equivalent, and so
    are 0 and o."""
    choices = [LOOK_ALIKE.get(sign, sign) for sign in bare]
    if prod(map(len, choices)) > MOST_READINGS:
        return [bare]
    return ["".join(signs) for signs in product(*choices)]
