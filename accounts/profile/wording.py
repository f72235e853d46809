"""What a member reads when a change of the email or password was not made."""

from django.utils.translation import gettext as _

from accounts.credentials.calls import PasswordRefused
from accounts.models.credential_change import CredentialChange, Reason


def refused_words(refusal: PasswordRefused) -> str:
    reason = str(refusal) or _("Choose a different one.")
    return _("This password can't be used on the billing pages. %(reason)s") % {"reason": reason}


def nothing_changed_words(change: CredentialChange) -> str:
    """For a closed change: an outage ends by itself; anything else is for us to mend."""
    if change.reason == Reason.FAULT:
        return _(
            "We couldn't check your password with the billing pages, because the connection to "
            "them isn't set up correctly. Nothing was changed. Please ask us for help."
        )
    return _(
        "The billing pages aren't available right now, so nothing was changed. Try again later."
    )
