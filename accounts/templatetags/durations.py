"""`{% lasts "sign-up" as life %}`: how long something lasts, in words, from where that is set."""

from django import template

from accounts.durations import in_words
from accounts.linked_accounts.received import MAY_BE_STALE
from accounts.models import CredentialChange, Helper, Passkey, SecondFactor, Signup, StaffInvitation
from accounts.staff import password_links

register = template.Library()
# All but the last are links in emails.
SPANS = {
    "sign-up": Signup.LIFE,
    "change": CredentialChange.LIFE,
    "helper": Helper.LIFE,
    "two-step": SecondFactor.UNDO_LIFE,
    "passkey": Passkey.UNDO_LIFE,
    "staff invitation": StaffInvitation.LIFE,
    "staff password": password_links.LIFE,
    "payment": MAY_BE_STALE,
}


@register.simple_tag
def lasts(what: str) -> str:
    return in_words(SPANS[what])
