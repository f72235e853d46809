"""The link in a reminder email that turns these emails off (RFC 8058). It is signed, so it needs no
record of its own, works as long as the signing key, and can do nothing else."""

from django.core.signing import BadSignature, Signer

from accounts.models import Member
from icsso.billers.models import Biller
from reminders.models import ReminderOptOut

SALT = "reminders.unsubscribe"


def token_for(member: Member) -> str:
    return _signer().sign(f"{member.biller_id}-{member.pk}")


def member_of(token: str, biller: Biller) -> Member | None:
    """Returns whose link it is, at this biller."""
    try:
        place, _dash, pk = _signer().unsign(token).partition("-")
    except BadSignature:
        return None
    if place != str(biller.pk):
        return None
    found: Member | None = Member.objects.filter(pk=pk, biller=biller).first()
    return found


def turn_off(member: Member) -> None:
    ReminderOptOut.objects.get_or_create(member=member)


def turn_on(member: Member) -> None:
    ReminderOptOut.objects.filter(member=member).delete()


def _signer() -> Signer:
    return Signer(salt=SALT, sep=".", algorithm="sha256")
