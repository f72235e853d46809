"""The two ceremonies of WebAuthn: creating a passkey, and proving possession of one.

What the browser needs is JSON, in the format of WebAuthn's `parseRequestOptionsFromJSON`. Each
ceremony begins with a challenge (`challenges`). The portal's identity comes from the biller's
stored host names (`relying_party`); the browser's answer has to name the same.
"""

import json
from typing import Any, NamedTuple, cast

from cryptography.exceptions import UnsupportedAlgorithm
from django.utils.crypto import salted_hmac
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.mfa.passkeys.challenges import Purpose, Refusal, Refused, new_challenge, taken
from accounts.mfa.passkeys.relying_party import RelyingParty, relying_party
from accounts.models import Member, Passkey
from accounts.models.second_factor.passkey import LONGEST_ID
from icsso.billers.decorators import BillerRequest

TIMEOUT = 5 * 60 * 1000  # milliseconds that the browser waits for the person
LONGEST = 20_000  # characters of an answer
# What the library raises for invalid answers, in addition to its own exceptions.
UNREADABLE = (WebAuthnException, ValueError, LookupError, TypeError, UnsupportedAlgorithm)


class NewPasskey(NamedTuple):
    credential_id: str
    public_key: bytes
    user_handle: bytes
    sign_count: int
    transports: list[str]
    is_backed_up: bool


def sign_in_options(rp: RelyingParty, challenge: bytes) -> str:
    """Returns what the browser needs to let somebody choose among the passkeys they have for this
    host name. The person has to be verified: the passkey stands for the password and a code."""
    options = generate_authentication_options(
        rp_id=rp.id,
        challenge=challenge,
        timeout=TIMEOUT,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def confirm_options(request: BillerRequest, rp: RelyingParty | None, member: Member) -> str | None:
    """Returns what the browser needs to ask for one of the member's passkeys; None if they have
    none for this host name. The password is asked for as well."""
    own = [_descriptor(one) for one in member.passkeys.filter(rp_id=rp.id)] if rp else []
    if rp is None or not own:
        return None
    options = generate_authentication_options(
        rp_id=rp.id,
        challenge=new_challenge(request, Purpose.CONFIRM),
        timeout=TIMEOUT,
        allow_credentials=own,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return options_to_json(options)


def add_options(request: BillerRequest, rp: RelyingParty, member: Member) -> str:
    """Returns what the browser needs to create a passkey. Devices that already have one refuse."""
    handle = _handle(member)
    options = generate_registration_options(
        rp_id=rp.id,
        rp_name=request.biller.name,
        user_id=handle,
        user_name=member.email,
        user_display_name=member.email,
        challenge=new_challenge(request, Purpose.ADD, handle=bytes_to_base64url(handle)),
        timeout=TIMEOUT,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(one) for one in member.passkeys.filter(rp_id=rp.id)],
    )
    return options_to_json(options)


def _handle(member: Member) -> bytes:
    """Returns the identifier by which devices know the member. It is always the same, so that a
    device replaces a passkey that the portal has not heard of, or that was removed here. It reveals
    nothing about the member, and nobody can guess it."""
    if first := member.passkeys.first():
        return bytes(first.user_handle)  # made before the portal's secret key changed
    return salted_hmac("accounts.passkeys", str(member.pk), algorithm="sha256").digest()


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    known = {kind.value: kind for kind in AuthenticatorTransport}
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(passkey.credential_id),
        transports=[known[name] for name in passkey.transports if name in known] or None,
    )


def prove(
    request: BillerRequest, answer: str, *, purpose: Purpose, member: Member | None = None
) -> Passkey:
    """Returns the passkey that the answer proves, with its member. Raises Refused.

    member: the owner it must have. Without one, the device must have verified the person.
    """
    rp = relying_party(request)
    challenge = taken(request, purpose)["challenge"]
    sent = _read(answer)
    passkey = _find(request, rp, sent) if rp else None
    if passkey is None or rp is None or (member and passkey.member_id != member.pk):
        raise Refused(Refusal.UNKNOWN)
    try:
        verified = verify_authentication_response(
            credential=sent,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=rp.id,
            expected_origin=rp.origin,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=0,  # compared where two at once can't both pass: `use`
            require_user_verification=member is None,
        )
        _check_handle(sent, passkey, is_needed=member is None)
    except UNREADABLE:
        raise Refused(Refusal.UNKNOWN, passkey) from None
    backed_up = verified.credential_backed_up
    if not passkey.use(sign_count=verified.new_sign_count, is_backed_up=backed_up):
        is_there = Passkey.objects.filter(pk=passkey.pk).exists()  # not just removed in another tab
        raise Refused(Refusal.COPIED if is_there else Refusal.UNKNOWN, passkey)
    return passkey


def _find(request: BillerRequest, rp: RelyingParty, sent: dict[str, Any]) -> Passkey | None:
    """Members who can't sign in have no passkeys here, so that nobody learns that they exist."""
    wanted = sent.get("id")
    if not isinstance(wanted, str) or not wanted or len(wanted) > LONGEST_ID or "\0" in wanted:
        return None
    own = Passkey.objects.filter(member__biller=request.biller, member__is_active=True, rp_id=rp.id)
    related = own.select_related("member__biller", "member__second_factor")
    return related.defer("member__second_factor__key").filter(credential_id=wanted).first()


def _check_handle(sent: dict[str, Any], passkey: Passkey, *, is_needed: bool) -> None:
    """Raises ValueError if the authenticator associates this passkey with another member."""
    handle = sent["response"].get("userHandle")
    if not handle and not is_needed:
        return
    if base64url_to_bytes(str(handle)) != bytes(passkey.user_handle):
        raise ValueError


def made(request: BillerRequest, answer: str) -> NewPasskey:
    """Returns the passkey that the browser has made. Raises Refused."""
    rp, facts, sent = relying_party(request), taken(request, Purpose.ADD), _read(answer)
    if rp is None:
        raise Refused(Refusal.UNKNOWN)
    try:
        verified = verify_registration_response(
            credential=sent,
            expected_challenge=base64url_to_bytes(facts["challenge"]),
            expected_rp_id=rp.id,
            expected_origin=rp.origin,
            require_user_verification=True,
        )
        named = sent["response"].get("transports") or []
        transports = [kind.value for kind in AuthenticatorTransport if kind.value in named]
    except UNREADABLE:
        raise Refused(Refusal.UNKNOWN) from None
    credential_id = bytes_to_base64url(verified.credential_id)
    if len(credential_id) > LONGEST_ID:
        raise Refused(Refusal.UNKNOWN)
    return NewPasskey(
        credential_id=credential_id,
        public_key=verified.credential_public_key,
        user_handle=base64url_to_bytes(facts["handle"]),
        sign_count=verified.sign_count,
        transports=transports,
        is_backed_up=verified.credential_backed_up,
    )


def _read(answer: str) -> dict[str, Any]:
    """Raises Refused if it is no JSON object with an object `response`."""
    try:
        sent = json.loads(answer) if len(answer) <= LONGEST else None
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict) or not isinstance(sent.get("response"), dict):
        raise Refused(Refusal.UNKNOWN)
    return cast(dict[str, Any], sent)
