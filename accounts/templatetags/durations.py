"""`{% lasts "sign-up" as life %}`: how long something lasts, in words, from where that is set."""

from datetime import timedelta

from django import template
from django.conf import settings

from accounts.durations import in_words
from accounts.linked_accounts.received import MAY_BE_STALE
from accounts.models import CredentialChange, Helper, Passkey, SecondFactor, Signup, StaffInvitation

register = template.Library()
# All but the last are links in emails.
SPANS = {
    "sign-up": Signup.LIFE,
    "change": CredentialChange.LIFE,
    "helper": Helper.LIFE,
    "two-step": SecondFactor.UNDO_LIFE,
    "passkey": Passkey.UNDO_LIFE,
    "staff invitation": StaffInvitation.LIFE,
    "staff password": timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
    "payment": MAY_BE_STALE,
}


@register.simple_tag
def lasts(what: str) -> str:
    return in_words(SPANS[what])
