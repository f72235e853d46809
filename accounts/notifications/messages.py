"""Which mail goes out when, and where its link leads."""

import json
from enum import StrEnum
from urllib.parse import urljoin

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from accounts import ratelimit as throttle
from accounts.credentials.links import create_link
from accounts.models import Member, Registration
from accounts.models.credential_change import CredentialChange, Kind
from accounts.notifications import delivery as emails
from accounts.signup import services as registration
from icsso.absolute_urls import absolute_url
from icsso.billers.encryption import decrypt, encrypt
from icsso.billers.models import Biller


def finish_registration(request: HttpRequest, asked: Registration) -> None:
    """The link to whom it is new, and a word to whom it is not."""
    secret = registration.renew_link(asked)
    is_member = Member.objects.filter(biller=asked.biller, email=asked.email).exists()
    emails.send(
        "already_member" if is_member else "finish_registration",
        to=asked.email,
        biller=asked.biller,
        language=asked.language,
        context={
            "link": _absolute(request, asked.biller, "accounts:finish", secret),
            "sign_in": _absolute(request, asked.biller, "accounts:login"),
            "reset": _absolute(request, asked.biller, "accounts:password_reset"),
        },
    )


def reset_password(request: HttpRequest, *, biller: Biller, email: str) -> None:
    """In the background, whoever it is: what only a member costs must not lengthen the answer."""
    place = _absolute(request, biller, "home")
    asked = {"biller": biller.pk, "email": email, "place": place}
    reset_password_in_background.enqueue(encrypt(json.dumps(asked)))


@task()
def reset_password_in_background(sealed: str) -> None:
    asked = json.loads(decrypt(sealed))
    biller = Biller.objects.get(pk=asked["biller"])
    member = Member.objects.filter(biller=biller, email=asked["email"], is_active=True).first()
    if member is None:
        return
    secret = create_link(member, Kind.RESET)
    path = reverse("accounts:password_reset_confirm", args=[secret])
    emails.send(
        "reset_password",
        to=member.email,
        biller=biller,
        language=member.language,
        context={"link": urljoin(asked["place"], path)},
    )


def password_was_changed(request: HttpRequest, member: Member) -> emails.Later:
    link = _absolute(request, member.biller, "accounts:password_reset")
    return _for_member("password_changed", request, member, link)


class TwoStep(StrEnum):
    """What the member is told of."""

    ON = "on"
    OFF = "off"
    NEW_CODES = "new codes"
    RECOVERED = "recovered"
    WRONG_CODES = "wrong codes"


def two_step(
    request: HttpRequest, member: Member, what: TwoStep, *, undo: str = ""
) -> emails.Later:
    """undo: the secret of a link that turns it off again; else the link is for a new password."""
    if undo:
        link = _absolute(request, member.biller, "accounts:two_step_undo", undo)
    else:
        link = _absolute(request, member.biller, "accounts:password_reset")
    return _for_member("two_step", request, member, link, what=what)


def approve_password(request: HttpRequest, change: CredentialChange) -> None:
    link = _absolute(
        request, change.member.biller, "accounts:change_password_confirm", change.new_link()
    )
    _to_member("approve_password", request, change.member, link)


def confirm_or_approve_email(request: HttpRequest, change: CredentialChange) -> None:
    """To whom it is to say yes now: the new address, or first the old one."""
    if change.approved_at:
        _confirm_email(request, change)
    else:
        link = _absolute(
            request, change.member.biller, "accounts:change_email_approve", change.new_link()
        )
        _to_member("approve_email", request, change.member, link, new_email=change.new_email)


def _confirm_email(request: HttpRequest, change: CredentialChange) -> None:
    """The link to whom it is new; to whom it is not, a word: the asker sees no difference."""
    member = change.member
    is_taken = Member.objects.filter(biller=member.biller, email=change.new_email).exists()
    emails.send(
        "email_in_use" if is_taken else "confirm_email",
        to=change.new_email,
        biller=member.biller,
        language=member.language,
        context={
            "link": _absolute(
                request, change.member.biller, "accounts:change_email_confirm", change.new_link()
            )
        },
    )


def address_was_changed(member: Member, *, old_email: str) -> list[emails.Later]:
    """To both addresses. Without a link, and so without a request: the clock may have done it."""
    return [
        emails.prepare(
            "email_changed",
            to=to,
            biller=member.biller,
            language=member.language,
            context={"is_old": to == old_email, "new_email": member.email},
        )
        for to in (old_email, member.email)
    ]


def address_changes_later(change: CredentialChange) -> emails.Later:
    """To the old address. Without a link, for the same reason."""
    member = change.member
    return emails.prepare(
        "email_changes_later",
        to=member.email,
        biller=member.biller,
        language=member.language,
        context={"new_email": change.new_email},
    )


def ask_to_reconnect(request: HttpRequest, member: Member, *, again: bool) -> bool:
    """The approval mail of story 10; whether one is on its way.

    again: asked for by the member. Else one an hour is enough, however often they sign in.
    """
    waiting = member.credential_changes.waiting().filter(
        kind=Kind.RECONNECT, asked_at__gt=timezone.now() - CredentialChange.LIFE
    )
    if not again and waiting.exists():
        return True
    if not throttle.allowed("mail", request=request, key=member.email):
        return False
    secret = create_link(member, Kind.RECONNECT)
    link = _absolute(request, member.biller, "accounts:reconnect", secret)
    _to_member("reconnect", request, member, link)
    return True


def _to_member(name: str, request: HttpRequest, member: Member, link: str, **more: str) -> None:
    _for_member(name, request, member, link, **more)()


def _for_member(
    name: str, request: HttpRequest, member: Member, link: str, **more: str
) -> emails.Later:
    return emails.prepare(
        name,
        to=member.email,
        biller=member.biller,
        language=member.language,
        context={"link": link, **more},
    )


def _absolute(request: HttpRequest, biller: Biller | None, name: str, *args: str) -> str:
    return absolute_url(request, biller, reverse(name, args=args))
