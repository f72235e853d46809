"""Inviting staff: who may, whom, and what becomes of an invitation when it is accepted.

Nothing about the invited person is looked up for the one who invites: whether somebody works for
another biller already is known only after that person has accepted.
"""

import json
from collections.abc import Iterable
from enum import Enum, auto
from urllib.parse import urlsplit

from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from accounts.models import SecondFactor, StaffInvitation, StaffUser
from accounts.notifications import messages as notifications
from accounts.notifications.backlog import QUEUE
from accounts.notifications.delivery import Later
from accounts.tokens import digest
from backoffice import roles as known_roles
from icsso.billers.absolute_urls import STAFF, absolute_url, own_hosts
from icsso.billers.encryption import decrypt, encrypt
from icsso.billers.identity_provider.models import IdentityProvider, Use, served_by
from icsso.billers.models import Biller


class InvitationOver(Exception):
    """It was accepted or revoked, maybe just now, or can no longer be given."""


class Invited(Enum):
    """Who has been invited."""

    NEW = auto()  # or was deactivated with the last biller: chooses a password
    EXISTING = auto()  # signs in to accept
    BLOCKED = auto()  # somebody has deactivated them, which an invitation doesn't undo


def may_invite(giver: StaffUser, roles: Iterable[Group], billers: Iterable[Biller]) -> bool:
    """Nobody gives a role that can do more than their own, or a biller they don't work for."""
    if not giver.has_perm("accounts.add_staffinvitation"):  # as nobody inactive has
        return False
    given = set(known_roles.given_by(giver))
    return set(roles) <= given and set(billers) <= set(giver.managed_billers())


def invite(
    request: HttpRequest,
    invitation: StaffInvitation,
    *,
    roles: Iterable[Group],
    billers: Iterable[Biller],
) -> Later:
    """Saves the invitation with what it gives. Returns what sends its email after the commit."""
    invitation.future_billers = tuple(billers)
    invitation.save()
    invitation.billers.set(invitation.future_billers)
    invitation.roles.set(roles)
    return send_link(_origin(request, invitation), invitation)


def send_link(origin: str, invitation: StaffInvitation) -> Later:
    """Makes a new link, and composes its email. origin: scheme and host of the link."""
    billers = list(invitation.billers.all())
    return notifications.staff_invitation(
        to=invitation.email,
        biller=billers[0],
        billers=[biller.name for biller in billers],
        language=invitation.language,
        link=origin + reverse("admin:invitation", args=[invitation.new_link()]),
    )


def resend(request: HttpRequest, invitation: StaffInvitation) -> Later:
    return send_link(_origin(request, invitation), invitation)


def send_again_if_invited(request: HttpRequest, email: str) -> None:
    """For somebody whose link no longer works. In the background: how long the answer takes must
    not reveal whether somebody is invited."""
    sealed = {"email": email, "origin": _origin_for(request, getattr(request, "biller", None))}
    send_again_in_background.enqueue(encrypt(json.dumps(sealed)))


@task(queue_name=QUEUE)
def send_again_in_background(sealed: str) -> None:
    asked = json.loads(decrypt(sealed))
    for invitation in StaffInvitation.objects.open().filter(email=asked["email"])[:5]:
        if is_still_given(invitation):
            send_link(_at_own_host(asked["origin"], invitation), invitation)()


def _at_own_host(origin: str, invitation: StaffInvitation) -> str:
    """Returns the origin with a host name of the invitation's biller: the new link may have been
    asked for at another one's."""
    biller = invitation.billers.order_by("name").first()
    hosts = own_hosts(biller, STAFF)
    parts = urlsplit(origin)
    if not hosts or parts.hostname in hosts:
        return origin
    return f"{parts.scheme}://{hosts[0]}{f':{parts.port}' if parts.port else ''}"


def find(secret: str) -> StaffInvitation | None:
    """Returns the invitation that this link can still accept."""
    found = StaffInvitation.objects.fresh().filter(link_digest=digest(secret)).first()
    return found if found and is_still_given(found) else None


def open_for(email: str, provider: IdentityProvider) -> StaffInvitation | None:
    """Returns the newest invitation of this address that the provider may accept for its owner,
    whether the link works or not: the provider has confirmed the address."""
    invited = StaffInvitation.objects.open().filter(email=email, billers=provider.biller_id)
    found = next((one for one in invited[:5] if is_covered(one, provider)), None)
    return found if found and is_still_given(found) else None


def is_covered(invitation: StaffInvitation, provider: IdentityProvider) -> bool:
    """Returns whether all of its billers use this provider: it must not decide about others."""
    use_it = served_by(provider.issuer)
    return not invitation.billers.exclude(pk__in=Biller.objects.filter(use_it)).exists()


def is_still_given(invitation: StaffInvitation) -> bool:
    """Whoever has lost the right to give something can no longer give it by an older invitation."""
    giver = invitation.invited_by
    return giver is not None and may_invite(giver, invitation.roles.all(), invitation.billers.all())


def who(invitation: StaffInvitation) -> Invited:
    person = StaffUser.objects.filter(email=invitation.email).first()
    if person is None or _has_left(person):
        return Invited.NEW
    return Invited.EXISTING if person.is_active else Invited.BLOCKED


def password_is_enough(invitation: StaffInvitation) -> bool:
    """Returns whether a password opens at least one of the billers."""
    billers = invitation.billers.all()
    return billers.exclude(identity_provider__use=Use.REQUIRED).exists()


def accept_as_new(invitation: StaffInvitation, password: str | None) -> StaffUser:
    """Makes the invited person a staff user. Without a password, they sign in by single sign-on.

    Raises InvitationOver.
    """
    with transaction.atomic():
        invitation = _locked(invitation)
        person = StaffUser.objects.filter(email=invitation.email).first()
        if person is None:
            person = StaffUser.objects.create_staff(
                invitation.email,
                password,
                billers=invitation.billers.all(),
                roles=invitation.roles.all(),
                language=invitation.language,
            )
        elif _has_left(person):
            _take_back(person, invitation, password)
        else:
            raise InvitationOver
        _close(invitation, person, is_given=True)
    return person


def accept(invitation: StaffInvitation, person: StaffUser) -> bool:
    """Accepts for a staff user who is signed in. Returns False if a superuser has to confirm.

    Roles hold for every biller that somebody works for. So whoever works for others already gets
    no other roles than they have: that would give them more there, or more here than was meant.
    Raises InvitationOver.
    """
    with transaction.atomic():
        invitation = _locked(invitation)
        if invitation.email != person.email:
            raise InvitationOver
        is_given = _changes_nothing_elsewhere(invitation, person)
        if is_given:
            _give(invitation, person)
        _close(invitation, person, is_given=is_given)
    return is_given


def confirm(invitation: StaffInvitation) -> None:
    """Gives what a person has accepted. For superusers. Raises InvitationOver."""
    with transaction.atomic():
        rows = StaffInvitation.objects.select_for_update()
        invitation = rows.get(pk=invitation.pk)
        if not invitation.waits_for_superuser or invitation.person is None:
            raise InvitationOver
        _give(invitation, invitation.person)
        invitation.confirmed_at = timezone.now()
        invitation.save(update_fields=["confirmed_at"])


def revoke(invitation: StaffInvitation) -> None:
    """Raises InvitationOver."""
    with transaction.atomic():
        invitation = StaffInvitation.objects.select_for_update().get(pk=invitation.pk)
        if invitation.confirmed_at or invitation.revoked_at:
            raise InvitationOver
        invitation.revoked_at, invitation.link_digest = timezone.now(), None
        invitation.save(update_fields=["revoked_at", "link_digest"])


def _locked(invitation: StaffInvitation) -> StaffInvitation:
    """Of two tabs, one waits here and then finds it accepted."""
    rows = StaffInvitation.objects.open().select_for_update()
    found = rows.filter(pk=invitation.pk, link_digest=invitation.link_digest).first()
    if found is None or not is_still_given(found):
        raise InvitationOver
    return found


def _close(invitation: StaffInvitation, person: StaffUser, *, is_given: bool) -> None:
    invitation.accepted_at, invitation.person = timezone.now(), person
    invitation.confirmed_at = invitation.accepted_at if is_given else None
    invitation.link_digest = None
    invitation.save(update_fields=["accepted_at", "confirmed_at", "person", "link_digest"])


def _has_left(person: StaffUser) -> bool:
    is_out = not (person.is_active or person.is_superuser)
    return is_out and not person.billers.exists()


def _take_back(person: StaffUser, invitation: StaffInvitation, password: str | None) -> None:
    """They start anew: with what the invitation gives, and with nothing from before."""
    person.future_billers = list(invitation.billers.all())
    person.is_active = True
    person.set_password(password)
    person.save()
    person.billers.set(person.future_billers)
    person.groups.set(invitation.roles.all())
    person.user_permissions.clear()
    person.identities.all().delete()
    SecondFactor.objects.filter(user=person).delete()


def _give(invitation: StaffInvitation, person: StaffUser) -> None:
    person.billers.add(*invitation.billers.all())
    person.groups.add(*invitation.roles.all())


def _changes_nothing_elsewhere(invitation: StaffInvitation, person: StaffUser) -> bool:
    giver = invitation.invited_by
    if person.is_superuser or giver is None or giver.is_superuser:
        return True
    if not person.billers.exclude(pk__in=giver.managed_billers()).exists():
        return True
    same_roles = set(person.groups.all()) == set(invitation.roles.all())
    return same_roles and not person.user_permissions.exists()


def _origin(request: HttpRequest, invitation: StaffInvitation) -> str:
    return _origin_for(request, invitation.billers.order_by("name").first())


def _origin_for(request: HttpRequest, biller: Biller | None) -> str:
    return absolute_url(request, biller, STAFF).removesuffix(STAFF)
