"""Password rules: Django's, and our own. All of them are about the normal form of a password."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha1
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from icsso.client.parsing import normal_password

Validate = Callable[..., None]
SEQUENCES = "01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm"
OWN_ENOUGH = 8  # letters and digits that must remain without the owner's own words


@dataclass(frozen=True)
class Owner:
    """The person whose own words a password must not consist of."""

    email: str
    name: str = ""
    biller_name: str = ""


def check_rules(password: str, owner: Owner) -> None:
    """Raises ValidationError with everything that is wrong with the password."""
    # Django's validators need only the owner's attributes, not a user.
    password_validation.validate_password(password, owner)  # type: ignore[arg-type]


def of_normal_form(validate: Validate) -> Validate:
    """Makes a validator's method see the normal form: `createsuperuser` passes what was typed."""

    @wraps(validate)
    def validated(self: Any, password: str, user: Any = None) -> None:
        validate(self, normal_password(password), user)

    return validated


class MinimumLengthValidator(password_validation.MinimumLengthValidator):
    validate = of_normal_form(password_validation.MinimumLengthValidator.validate)


class CommonPasswordValidator(password_validation.CommonPasswordValidator):
    validate = of_normal_form(password_validation.CommonPasswordValidator.validate)


class MaximumLengthValidator:
    def __init__(self, max_length: int = 128) -> None:
        self.max_length = max_length

    @of_normal_form
    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > self.max_length:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return ngettext(
            "Use at most %(most)d character.",
            "Use at most %(most)d characters.",
            self.max_length,
        ) % {"most": self.max_length}


class PatternValidator(CommonPasswordValidator):
    """Refuses a repeated common word, and runs of the alphabet or the keyboard: long enough, but
    among the first that attackers try."""

    @of_normal_form
    def validate(self, password: str, user: Any = None) -> None:
        text = re.sub(r"\s", "", password.lower())
        repeated = re.fullmatch(r"(.+?)\1+", text)
        unit = repeated[1] if repeated else text
        is_run = any(unit in run or unit[::-1] in run for run in SEQUENCES)
        if is_run or (repeated and len(unit) <= 3):
            raise ValidationError(self.get_help_text(), code="password_pattern")
        if repeated:
            super().validate(unit, user)

    def get_help_text(self) -> str:
        return _(
            "Don't use letters or numbers in a row (like abcdef or 123456), or the same word "
            "over and over."
        )


class BreachedPasswordValidator:
    """Refuses passwords in a list of stolen ones: a sorted file with one hexadecimal SHA-1 per
    line, as Have I Been Pwned provides it (anything after the 40 digits is ignored). Reads only
    about thirty lines of gigabytes. Without a list, nothing is refused."""

    @of_normal_form
    def validate(self, password: str, user: Any = None) -> None:
        path = settings.BREACHED_PASSWORDS
        # Not used for secrecy: the list contains SHA-1.
        digest = sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        if path and _stands_in(Path(path), digest.encode()):
            raise ValidationError(
                _(
                    "This password was stolen from another website at some point. "
                    "Choose a different one."
                ),
                code="password_breached",
            )

    def get_help_text(self) -> str:
        return _("Don't use a password that was stolen from another website.")


class OwnWordsValidator:
    """Refuses passwords that are little more than the person's or the biller's own words."""

    @of_normal_form
    def validate(self, password: str, user: Any = None) -> None:
        rest = password.lower()
        for word in sorted(_own_words(user), key=len, reverse=True):
            rest = rest.replace(word, " ")
        if rest != password.lower() and sum(sign.isalnum() for sign in rest) < OWN_ENOUGH:
            raise ValidationError(self.get_help_text(), code="password_of_own_words")

    def get_help_text(self) -> str:
        return _("Don't use your email address, your name, or the utility's name in your password.")


def _stands_in(path: Path, digest: bytes) -> bool:
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as lines:
        low, high = 0, len(lines)  # the line, if there is one, starts in between
        while low < high:
            middle = (low + high) // 2
            begin = max(low, lines.rfind(b"\n", low, middle) + 1)
            found = lines[begin : begin + len(digest)].upper()
            if found == digest:
                return True
            if found < digest:
                end = lines.find(b"\n", middle, high)
                low = high if end < 0 else end + 1
            else:
                high = begin
    return False


def _own_words(user: object) -> set[str]:
    texts = [str(getattr(user, name, "")) for name in ("email", "name", "biller_name")]
    words = {word for text in texts for word in re.split(r"[\W_]+", text.lower())}
    return {word for word in words if len(word) >= 3}
