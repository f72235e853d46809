"""The one-time links that approve a credential change."""

import json

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from accounts.models import Member
from accounts.models.credential_change import CredentialChange, Kind, State
from accounts.notifications import messages as notifications
from accounts.notifications.backlog import QUEUE
from accounts.tokens import digest
from icsso.billers.absolute_urls import absolute_url
from icsso.billers.encryption import decrypt, encrypt
from icsso.billers.models import Biller


class LinkUsed(Exception):
    """The link was already used, maybe just now in another tab."""


def create_link(member: Member, kind: Kind) -> str:
    """Records a change. Returns the secret for the link that approves it."""
    return CredentialChange.objects.create(member=member, kind=kind).new_link()


def find(secret: str, *, kind: Kind, biller: Biller) -> CredentialChange | None:
    """Returns the change this link can still approve."""
    changes = CredentialChange.objects.filter(kind=kind, member__biller=biller)
    return changes.filter(
        link_digest=digest(secret),
        state=State.AWAITING_APPROVAL,
        member__is_active=True,
        asked_at__gt=timezone.now() - CredentialChange.LIFE,
    ).first()


def send_reset_link(request: HttpRequest, *, biller: Biller, email: str) -> None:
    """Sends in the background: response times must not reveal whether there is such a member."""
    origin = absolute_url(request, biller, "")
    asked = {"biller": biller.pk, "email": email, "origin": origin}
    send_reset_link_in_background.enqueue(encrypt(json.dumps(asked)))


@task(queue_name=QUEUE)
def send_reset_link_in_background(sealed: str) -> None:
    asked = json.loads(decrypt(sealed))
    members = Member.objects.select_related("biller").filter(is_active=True)
    member = members.filter(biller=asked["biller"], email=asked["email"]).first()
    if member is None:
        return
    path = reverse("accounts:password_reset_confirm", args=[create_link(member, Kind.RESET)])
    notifications.reset_password(member, link=asked["origin"] + path)()
