"""Changes of credentials that broke off: nobody knows which side has them (story 10).

Both sides are made equal again at the next chance. A sign-in brings a password that is right here,
so whatever it was that did not arrive can be found out and carried out. What needs no password, a
new e-mail, is also settled by the clock. Why so: docs/decisions/0015-settling.md.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from accounts.credentials import email_move as moving
from accounts.credentials import services as credentials
from accounts.invoice_cloud.context import Conversation, report
from accounts.models import Member
from accounts.models.credential_change import CredentialChange
from icsso.billers.models import Biller
from icsso.client.errors import CredentialMismatch, InvoiceCloudError, InvoiceCloudUnavailable

Kind = CredentialChange.Kind
Reason = CredentialChange.Reason
# How long a new password may sign in that Invoice Cloud alone may have.
ASK_THERE_FOR = timedelta(hours=24)
MOST = 200  # e-mail changes in one run of the clock; the others wait for the next


def settle_password(talk: Conversation) -> bool:
    """Invoice Cloud has another password: if a change of the member's is open, it gets the one
    just given, which is right here. Whether it did. Raises what Invoice Cloud raises."""
    if not talk.member.credential_changes.open().exclude(kind=Kind.EMAIL).exists():
        return False
    right_here = _password_here(talk)
    if not right_here:
        return False  # a reset beside this sign-in has set another since it was checked
    talk.client.update_password(email=talk.email, new_password=talk.password)
    if not _close_passwords(talk.member, right_here):
        _open_again(talk.member)
        return False
    return True


def _password_here(talk: Conversation) -> str:
    """The hash that stands here now, if the password of this sign-in is still the right one."""
    member = Member.objects.get(pk=talk.member.pk)
    return member.password if member.check_password(talk.password) else ""


def _open_again(member: Member) -> None:
    """Another change has set its password here while ours went there: it is not done after all."""
    changes = member.credential_changes.exclude(kind=Kind.EMAIL).exclude(done_here_at=None)
    newest = changes.filter(given_up_at=None).order_by("-done_here_at").first()
    if newest:
        newest.done_there_at, newest.reason = None, Reason.UNANSWERED
        newest.save(update_fields=["done_there_at", "reason"])


def settle_email(talk: Conversation) -> bool:
    """Invoice Cloud does not know the address: if a confirmed new one is open, the member has
    moved there, and is moved here too, or back. Whether it was so. Raises what Invoice Cloud
    raises."""
    change = talk.member.credential_changes.open().filter(kind=Kind.EMAIL).first()
    if change is None:
        return False
    try:
        moving.move(change, talk.client)
    except moving.NotMoved:  # given up, and moved back there if it had to be
        settle_password(talk)  # a new one could not be set there while it was elsewhere
    return True


def learn_equal(talk: Conversation) -> None:
    """Invoice Cloud has just given a token for the address and the password of this sign-in: if
    that is still the one here, what was open about it has ended. A confirmed e-mail can move."""
    kinds = set(talk.member.credential_changes.open().values_list("kind", flat=True))
    if kinds - {Kind.EMAIL} and (right_here := _password_here(talk)):
        _close_passwords(talk.member, right_here)
    if Kind.EMAIL in kinds:
        try:
            settle_email(talk)
        except InvoiceCloudError as error:
            report(error, talk.member)


def learn_password(
    *, email: str, biller: Biller, password: str, tell: credentials.Tell
) -> Member | None:
    """The member whose new password Invoice Cloud alone had, set here now.

    Called when the portal's own check has failed. Only for a change that began with the same
    password on both sides: then what Invoice Cloud has now is that one or the new one.
    """
    changes = CredentialChange.objects.open().filter(kind=Kind.PASSWORD, link_digest=None)
    changes = changes.filter(
        done_here_at=None,
        approved_at__gt=timezone.now() - ASK_THERE_FOR,
        member__email=email,
        member__biller=biller,
        member__is_active=True,
    ).select_related("member__biller")
    change = changes.first()
    if change is None or not _is_right_there(change.member, password):
        return None
    return change.member if credentials.set_here(change, password, tell=tell) else None


def settle_changes() -> int:
    """By the clock: moves confirmed addresses as far as Invoice Cloud answers, and gives up what
    nobody has followed the mail of. Gives the number of those moved. Safe to repeat."""
    long_ago = timezone.now() - 2 * CredentialChange.LIFE  # two links one after the other
    CredentialChange.objects.waiting().filter(asked_at__lt=long_ago).give_up(Reason.EXPIRED)
    changes = CredentialChange.objects.open().filter(kind=Kind.EMAIL).order_by("asked_at")
    away: set[int | None] = set()
    settled = 0
    for change in changes.select_related("member__biller")[:MOST]:
        if change.member.biller_id in away:
            continue
        try:
            moving.move(change, credentials.client_for(change.member))
            settled += 1
        except moving.NotMoved:
            continue  # given up, with the reason
        except InvoiceCloudError as error:
            report(error, change.member)
            moving.wait(change)
            if isinstance(error, InvoiceCloudUnavailable):
                away.add(change.member.biller_id)
    return settled


@task()
def settle_changes_in_background() -> int:
    return settle_changes()


@transaction.atomic
def _close_passwords(member: Member, right_here: str) -> bool:
    """Both sides have the password of this hash, unless a reset beside this sign-in has set
    another here since: then nothing is closed. A change that was not set here has come to
    nothing, whatever had reached Invoice Cloud in between."""
    # The member's row first, as whoever sets a password does.
    if not Member.objects.select_for_update().filter(pk=member.pk, password=right_here).first():
        return False
    changes = member.credential_changes.open().exclude(kind=Kind.EMAIL)
    new_passwords = changes.exclude(kind=Kind.RECONNECT)
    new_passwords.filter(done_here_at=None).give_up(Reason.KEPT)
    changes.filter(done_here_at=None).update(done_here_at=timezone.now())
    changes.update(done_there_at=timezone.now(), reason="")
    return True


def _is_right_there(member: Member, password: str) -> bool:
    try:
        credentials.client_for(member).remote_authentication(email=member.email, password=password)
    except CredentialMismatch:
        return False
    except InvoiceCloudError as error:
        report(error, member)
        return False
    return True
