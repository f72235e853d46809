"""What a member reads when a change of the email or password was not made."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.credentials.calls import PasswordRefused
from accounts.durations import in_words
from accounts.models import Passkey
from accounts.models.credential_change import CredentialChange, Reason


def refused_words(refusal: PasswordRefused) -> str:
    reason = str(refusal) or _("Choose a different one.")
    return _("This password can't be used on the billing pages. %(reason)s") % {"reason": reason}


def nothing_changed_words(change: CredentialChange) -> str:
    """For a closed change: an outage ends by itself; anything else is for us to fix."""
    if change.reason == Reason.FAULT:
        return _(
            "We couldn't check your password with the billing pages, because the connection to "
            "them isn't set up correctly. Nothing was changed. Please ask us for help."
        )
    return _(
        "The billing pages aren't available right now, so nothing was changed. Try again later."
    )


def passkey_words(*, dropped: int, kept: int) -> str:
    """For a member who has just reset the password: whoever knew the old one may have added a
    passkey. Returns HTML; "" if there is nothing to say."""
    words = []
    if dropped:
        removed = ngettext(
            "We removed %(count)d passkey that was added in the last %(life)s. If it was yours, "
            "add it again.",
            "We removed %(count)d passkeys that were added in the last %(life)s. If they were "
            "yours, add them again.",
            dropped,
        )
        words.append(removed % {"count": dropped, "life": in_words(Passkey.UNDO_LIFE)})
    if kept:
        still = ngettext(
            "You have %(count)d passkey, which still works. If it isn't yours, remove it.",
            "You have %(count)d passkeys, which still work. Remove any that aren't yours.",
            kept,
        )
        words.append(still % {"count": kept})
    if not words:
        return ""
    page, link = reverse("accounts:passkeys"), _("Look at your passkeys")
    return format_html('{} <a href="{}">{}</a>', " ".join(words), page, link)
