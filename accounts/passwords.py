"""What a password must not be, beside Django's own rules."""

import re
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SEQUENCES = "01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm"
OWN_ENOUGH = 8  # letters and digits that must be left when words anybody knows are taken away


@dataclass(frozen=True)
class Owner:
    """Whose words a password must not be made of."""

    email: str
    name: str = ""
    biller_name: str = ""


class MaximumLengthValidator:
    def __init__(self, max_length: int = 128) -> None:
        self.max_length = max_length

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
    """Refuses one common word over and over, and runs of the alphabet or the keyboard: twelve
    characters that are tried first all the same."""

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
        return _("Do not use a run of letters or digits, or one word again and again.")


class OwnWordsValidator:
    """Refuses passwords made of the person's or the biller's own words, and little else."""

    def validate(self, password: str, user: Any = None) -> None:
        rest = password.lower()
        for word in sorted(_own_words(user), key=len, reverse=True):
            rest = rest.replace(word, " ")
        if rest != password.lower() and sum(sign.isalnum() for sign in rest) < OWN_ENOUGH:
            raise ValidationError(self.get_help_text(), code="password_of_own_words")

    def get_help_text(self) -> str:
        return _("Do not make it of your e-mail address, your name or the utility's name.")


def _own_words(user: object) -> set[str]:
    texts = [str(getattr(user, name, "")) for name in ("email", "name", "biller_name")]
    words = {word for text in texts for word in re.split(r"[\W_]+", text.lower())}
    return {word for word in words if len(word) >= 3}
