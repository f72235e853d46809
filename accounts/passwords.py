"""What a password must not be, beside Django's own rules."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class MaximumLengthValidator:
    def __init__(self, max_length: int = 128) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > self.max_length:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return ngettext(
            "Use at most %(most)d character.",
            "Use at most %(most)d characters.",
            self.max_length,
        ) % {"most": self.max_length}


class OwnWordsValidator:
    """Refuses passwords made of the person's or the biller's own words."""

    def validate(self, password: str, user: object = None) -> None:
        if any(word in password.lower() for word in _own_words(user)):
            raise ValidationError(self.get_help_text(), code="password_of_own_words")

    def get_help_text(self) -> str:
        return _("Do not use your e-mail address, your name or the utility's name.")


def _own_words(user: object) -> set[str]:
    biller = getattr(user, "biller", None)
    texts = [getattr(user, "email", ""), getattr(user, "name", ""), getattr(biller, "name", "")]
    words = {word for text in texts for word in text.lower().replace("@", " ").split()}
    return {word for word in words if len(word) >= 4}
