"""The one-time links that approve a credential change."""

from django.utils import timezone

from accounts.models import Member
from accounts.models.credential_change import CredentialChange, Kind, State
from accounts.tokens import digest
from icsso.billers.models import Biller


class LinkUsed(Exception):
    """The link has done its work already, maybe a moment ago in another tab."""


def create_link(member: Member, kind: Kind) -> str:
    """Writes a change down. Returns the secret for the link that approves it."""
    return CredentialChange.objects.create(member=member, kind=kind).new_link()


def find(secret: str, *, kind: Kind, biller: Biller) -> CredentialChange | None:
    """Returns the change this link may still approve."""
    changes = CredentialChange.objects.filter(kind=kind, member__biller=biller)
    return changes.filter(
        link_digest=digest(secret),
        state=State.AWAITING_APPROVAL,
        member__is_active=True,
        asked_at__gt=timezone.now() - CredentialChange.LIFE,
    ).first()
