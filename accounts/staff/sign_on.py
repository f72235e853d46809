"""Signing in staff by their biller's OpenID provider: whom a provider may vouch for.

A provider is set up by the administrators of one biller, who must gain nothing by it that they
don't have already. So it signs in only staff who work for that biller, never a superuser, and the
session opens only billers that use the same provider (`StaffUser.session_covers`).
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from secrets import token_urlsafe
from typing import Any

from authlib.common.security import generate_token
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare

from accounts.models import StaffIdentity, StaffInvitation, StaffUser
from accounts.staff import invitations
from accounts.staff.invitations import InvitationOver, Invited
from backoffice.roles import ROLES
from icsso.billers.encryption import Unreadable, decrypt, encrypt
from icsso.billers.fields import is_address
from icsso.billers.identity_provider import client
from icsso.billers.identity_provider.client import Asked, ProviderAway, ProviderRefused
from icsso.billers.identity_provider.models import GOOGLE, IdentityProvider
from icsso.client.parsing import email_address

SESSION_KEY = "sign_on"
LONGEST_SUBJECT = 255  # characters, as OpenID Connect Core says
LIFE = 10 * 60  # seconds for signing in at the provider
# RFC 8176: of one method alone, only `mfa` says that there was more than one factor. Any other may
# have been the only one (a key without a password, a code by email): it counts with the password.
PASSWORD, SEVERAL = "pwd", "mfa"
OF_ANOTHER_KIND = {"otp", "hwk", "swk", "fido", "pop", "sc"}


class Cause(StrEnum):
    """Why nobody was signed in."""

    STALE = "stale"
    CANCELED = "canceled"
    AWAY = "away"
    REFUSED = "refused"
    EMAIL = "email"
    UNKNOWN = "unknown"
    NO_ROLE = "no-role"


class SignOnFailed(Exception):
    """detail: for the log and the administrator, without secrets and personal data."""

    def __init__(self, cause: Cause, detail: str = "") -> None:
        super().__init__(f"{cause}: {detail}")
        self.cause, self.detail = cause, detail


@dataclass(frozen=True, kw_only=True)
class SignOn:
    """Somebody whom the provider vouches for. next_page: the page they asked for."""

    person: StaffUser
    has_second_factor: bool
    next_page: str


def begin(
    session: SessionBase,
    provider: IdentityProvider,
    *,
    redirect_uri: str,
    next_page: str,
    asks_again: bool = False,
) -> str:
    """Returns the provider's address to send the browser to. Raises SignOnFailed."""
    asked = Asked(redirect_uri, token_urlsafe(32), token_urlsafe(32), generate_token(64))
    try:
        address = client.authorization_url(provider, asked, asks_again=asks_again)
    except ProviderAway as error:
        raise SignOnFailed(Cause.AWAY, str(error)) from None
    pending = {
        "asked": asked,
        "provider": provider.pk,
        "issuer": provider.issuer,
        "next": next_page,
        "began": int(time.time()),
    }
    # Whoever can read the sessions must not be able to use an answer.
    session[SESSION_KEY] = encrypt(json.dumps(pending))
    return address


def finish(
    session: SessionBase,
    provider: IdentityProvider,
    answer: Mapping[str, str],
) -> SignOn:
    """answer: the parameters that the provider sent the browser back with. Raises SignOnFailed."""
    pending = _pending(session, provider, answer)
    if error := answer.get("error", ""):
        is_canceled = error in {"access_denied", "consent_required", "login_required"}
        raise SignOnFailed(Cause.CANCELED if is_canceled else Cause.REFUSED, error[:40])
    if answer.get("iss", provider.issuer) != provider.issuer:
        raise SignOnFailed(Cause.REFUSED, "another issuer answered")
    try:
        claims = client.claims_of(provider, answer.get("code", ""), Asked(*pending["asked"]))
    except ProviderAway as error:
        raise SignOnFailed(Cause.AWAY, str(error)) from None
    except ProviderRefused as error:
        raise SignOnFailed(Cause.REFUSED, str(error)) from None
    return SignOn(
        person=_let_in(provider, claims),
        has_second_factor=has_second_factor(claims),
        next_page=pending["next"],
    )


def _pending(
    session: SessionBase, provider: IdentityProvider, answer: Mapping[str, str]
) -> dict[str, Any]:
    """Returns what this browser began with this provider. Works once."""
    try:
        pending: dict[str, Any] = json.loads(decrypt(session.pop(SESSION_KEY)))
    except (KeyError, Unreadable):  # none, or begun before the encryption keys changed
        raise SignOnFailed(Cause.STALE) from None
    is_ours = constant_time_compare(answer.get("state", ""), Asked(*pending["asked"]).state)
    is_over = time.time() - pending["began"] > LIFE
    if not is_ours or is_over:
        raise SignOnFailed(Cause.STALE)
    if (pending["provider"], pending["issuer"]) != (provider.pk, provider.issuer):
        raise SignOnFailed(Cause.STALE, "the provider was changed meanwhile")
    return pending


def has_second_factor(claims: Mapping[str, Any]) -> bool:
    methods = claims.get("amr")
    said = {one for one in methods if isinstance(one, str)} if isinstance(methods, list) else set()
    return SEVERAL in said or (PASSWORD in said and bool(said & OF_ANOTHER_KIND))


def confirmed_email(provider: IdentityProvider, claims: Mapping[str, Any]) -> str:
    """Returns the address that the provider confirms, in its normal form.

    Microsoft Entra doesn't say whether an address is confirmed. With a single tenant, the sign-in
    name counts as confirmed, because the tenant has proved that it owns the name's domain. Its
    `email` is what an administrator typed. Google confirms addresses of strangers too: `hd` says
    that this one is managed by its domain. Raises SignOnFailed.
    """
    if provider.tenant and claims.get("email_verified") is not True:
        if claims.get("tid", provider.tenant) != provider.tenant:
            raise SignOnFailed(Cause.EMAIL, "another tenant")
        address = claims.get("preferred_username")
    elif claims.get("email_verified") is True:
        address = claims.get("email")
    else:
        raise SignOnFailed(Cause.EMAIL, "the provider doesn't say that the address is confirmed")
    if not isinstance(address, str) or not is_address(email_address(address)):
        raise SignOnFailed(Cause.EMAIL, "no address was sent")
    email = email_address(address)
    is_managed = provider.issuer != GOOGLE or claims.get("hd") in provider.domains
    if not provider.allows(email) or not is_managed:
        raise SignOnFailed(Cause.EMAIL, "its domain is not allowed")
    return email


def _let_in(provider: IdentityProvider, claims: Mapping[str, Any]) -> StaffUser:
    """Returns the staff user with this identity; the first time, the one with this address.

    The identity decides who it is; the address, at every sign-in, whether they may come in. A
    refusal changes nothing, with one exception: roles that the provider no longer gives are gone.
    """
    key = identity(provider, claims)
    identities = StaffIdentity.objects.select_related("user").filter(user__is_active=True)
    known = identities.filter(**key).first()
    roles = _roles(provider, claims)
    with transaction.atomic():
        person = known.user if known else _by_address(provider, claims, roles)
        if not may_vouch_for(provider, person):
            # In the same words as for a stranger: whom else they work for is nobody's business.
            raise SignOnFailed(Cause.UNKNOWN, "not a staff user of this biller, or a superuser")
        if known is None:
            _link(person, key)
        has_role = _set_roles(provider, person, roles)
    if not has_role:
        raise _no_role(provider)
    confirmed_email(provider, claims)
    return person


def identity(provider: IdentityProvider, claims: Mapping[str, Any]) -> dict[str, str]:
    """Returns what a person is found by at every sign-in.

    Microsoft Entra gives a person a different subject for each client ID, but one object ID for the
    whole tenant. Raises SignOnFailed.
    """
    if provider.tenant and claims.get("tid", provider.tenant) != provider.tenant:
        raise SignOnFailed(Cause.REFUSED, "another tenant")
    subject = claims.get("oid") if _has_object_id(provider, claims) else claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise SignOnFailed(Cause.REFUSED, "no usable subject")
    client_id = "" if _has_object_id(provider, claims) else provider.client_id
    return {"issuer": provider.issuer, "client_id": client_id, "subject": subject}


def _has_object_id(provider: IdentityProvider, claims: Mapping[str, Any]) -> bool:
    return bool(provider.tenant and "oid" in claims)


def _link(person: StaffUser, key: Mapping[str, str]) -> None:
    try:
        with transaction.atomic():
            StaffIdentity.objects.create(user=person, **key)
    except IntegrityError:  # another person at the provider has that address now
        raise SignOnFailed(Cause.UNKNOWN, "the address is another identity's") from None


def _by_address(
    provider: IdentityProvider, claims: Mapping[str, Any], roles: set[Group] | None
) -> StaffUser:
    """roles: those that the provider gives, or None if it doesn't decide. If it gives none, an
    invitation is not accepted."""
    email = confirmed_email(provider, claims)
    person = StaffUser.objects.filter(email=email).first()
    if person and person.is_active:
        return person
    invitation = invitations.open_for(email, provider)
    if invitation is None or invitations.who(invitation) is not Invited.NEW:
        raise SignOnFailed(Cause.UNKNOWN, "nobody with this address was invited")
    if roles is not None and not roles and not _for_others_too(provider, invitation):
        raise _no_role(provider)
    try:
        return invitations.accept_as_new(invitation, None)
    except InvitationOver:
        raise SignOnFailed(Cause.STALE, "the invitation was just used") from None


def _for_others_too(provider: IdentityProvider, holder: StaffUser | StaffInvitation) -> bool:
    return holder.billers.exclude(pk=provider.biller_id).exists()


def may_vouch_for(provider: IdentityProvider, person: StaffUser) -> bool:
    """Returns whether the biller's administrators could give all that the person can do there."""
    is_theirs = person.is_active and person.is_staff and not person.is_superuser
    if not is_theirs or not person.billers.filter(pk=provider.biller_id).exists():
        return False
    has_more = person.groups.exclude(name__in=ROLES).exists() or person.user_permissions.exists()
    return not has_more


def _roles(provider: IdentityProvider, claims: Mapping[str, Any]) -> set[Group] | None:
    """Returns the roles that the provider gives, maybe none; None if it doesn't decide that."""
    if not provider.role_claim:
        return None
    sent = claims.get(provider.role_claim)
    said = {one for one in (sent if isinstance(sent, list) else [sent]) if isinstance(one, str)}
    return set(Group.objects.filter(name__in=said & set(ROLES)))


def _set_roles(provider: IdentityProvider, person: StaffUser, roles: set[Group] | None) -> bool:
    """For people who work for this biller alone. Returns False if they have no role anymore: then
    their other sessions are over as well."""
    if roles is None or _for_others_too(provider, person):
        return True
    if roles != set(person.groups.all()):
        person.groups.set(roles)
    if not roles:
        person.sign_out_everywhere()
    return bool(roles)


def _no_role(provider: IdentityProvider) -> SignOnFailed:
    return SignOnFailed(Cause.NO_ROLE, f"{provider.role_claim} contains no role")
