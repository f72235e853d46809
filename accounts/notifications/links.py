"""Whether the one-time link in an email still works: no one needs an email with a dead link."""

from enum import StrEnum

from django.utils import timezone

from accounts.models import (
    CredentialChange,
    Helper,
    Passkey,
    SecondFactor,
    Signup,
    StaffInvitation,
)
from accounts.models.credential_change import UNAPPLIED, WAITING, Reason
from accounts.tokens import digest


class LinkState(StrEnum):
    WORKS = "works"
    EXPIRED = "expired"
    OVER = "used, replaced, or withdrawn"


def one_time_link(address: str) -> str:
    """Returns the digest by which `link_state` finds it; "" for the address of any other page."""
    found = digest(address.rstrip("/").rpartition("/")[2])
    return found if link_state(found) is LinkState.WORKS else ""


def link_state(link_digest: str) -> LinkState:
    """Returns the state of the link with this digest, whichever page it leads to.

    The database keeps only the digest of the newest link of each sign-up, change and second factor,
    so one that is not found was replaced by a newer one, or what it was for no longer exists.
    """
    # All are asked, whatever the first one says: an email without a link takes as long as one with.
    found = [find(link_digest) for find in FINDERS]
    for works in found:
        if works is not None:
            return LinkState.WORKS if works else LinkState.EXPIRED
    return LinkState.OVER


def _of_signup(link_digest: str) -> bool | None:
    signup = Signup.objects.filter(link_digest=link_digest, finished_at=None).first()
    return signup.is_open if signup else None


def _of_change(link_digest: str) -> bool | None:
    changes = CredentialChange.objects.filter(member__is_active=True, link_digest=link_digest)
    change = changes.first()
    if change and change.state in WAITING | UNAPPLIED:
        return change.is_link_fresh
    return False if change and change.reason == Reason.EXPIRED else None


def _of_second_factor(link_digest: str) -> bool | None:
    factor = SecondFactor.objects.filter(undo_digest=link_digest, user__is_active=True).first()
    if factor is None:
        return None
    return bool(factor.set_up_at > timezone.now() - SecondFactor.UNDO_LIFE)


def _of_passkey(link_digest: str) -> bool | None:
    passkeys = Passkey.objects.filter(undo_digest=link_digest, member__is_active=True)
    return passkeys.fresh_links().exists() if passkeys.exists() else None


def _of_invitation(link_digest: str) -> bool | None:
    invitation = StaffInvitation.objects.open().filter(link_digest=link_digest).first()
    return invitation.is_fresh if invitation else None


def _of_helper(link_digest: str) -> bool | None:
    invited = Helper.objects.open().filter(link_digest=link_digest, owner__is_active=True).first()
    return invited.is_link_fresh if invited else None


FINDERS = (_of_signup, _of_change, _of_second_factor, _of_passkey, _of_invitation, _of_helper)
