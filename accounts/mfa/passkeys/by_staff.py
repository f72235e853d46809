"""What support does for a member whose device is lost or stolen."""

from django.db import transaction
from django.http import HttpRequest

from accounts.models import Member
from accounts.notifications import messages as notifications
from accounts.notifications.messages import PasskeyChange
from accounts.sessions import services as sessions
from icsso.billers.absolute_urls import absolute_reverse


class NoneLeft(Exception):
    """The member has no passkeys any more."""


def remove_all(request: HttpRequest, member: Member) -> None:
    """Removes all passkeys and ends all sessions. Two-step verification stays on: turning it off
    needs another permission. Raises NoneLeft."""
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=member.pk)  # of two at once, one waits here
        names = list(member.passkeys.all().values_list("name", flat=True))
        if not names:
            raise NoneLeft
        member.passkeys.all().delete()
        link = absolute_reverse(request, member.biller, "accounts:password_reset")
        send = notifications.passkey(
            member, PasskeyChange.REMOVED_FOR_MEMBER, names=names, link=link
        )
    sessions.end_all(member.pk)
    send()
