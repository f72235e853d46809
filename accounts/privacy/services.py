"""Export of all that is held about one member, and erasure of one member.

Both are for whoever may ask: a staff user on request, or the member. The caller checks that.
"""

from auditlog.context import disable_auditlog
from auditlog.models import LogEntry
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import LegalHold, Member, StaffUser
from accounts.notifications.delivery import Later
from accounts.notifications.messages import account_closed
from accounts.privacy import parts as _parts  # noqa: F401  (registers those of `accounts`)
from accounts.privacy.audit_log import ERASED, erase_from_log
from accounts.privacy.registry import Text, hindrances, parts, register_hindrance
from backoffice.audit.events import Event

# The law may forbid saying why.
ON_HOLD = _("We have to keep your records for now, so this account can't be closed here. Ask us.")


class NotNow(Exception):
    """The member can't be closed yet. Its argument: what stands in the way, in words."""

    def __init__(self, hindrances: list[Text]) -> None:
        super().__init__(hindrances)
        self.hindrances = hindrances


class OnHold(Exception):
    """Nothing was erased: a legal hold (`hold`) keeps the member."""

    def __init__(self, hold: LegalHold) -> None:
        super().__init__("on legal hold")
        self.hold = hold


def hold_on(member: Member) -> LegalHold | None:
    """Returns the legal hold that lasts longest, of those that keep the member."""
    return LegalHold.objects.holding(member).order_by("ends_on").last()


def _kept_by_law(member: Member) -> list[Text]:
    return [ON_HOLD] if hold_on(member) else []


register_hindrance(_kept_by_law)


@transaction.atomic
def erase(member: Member, *, by: StaffUser | None = None, reason: str = "") -> bool:
    """Erases the person: the member and all records of who it was. Payments and checkouts stay,
    without the person. Returns False if somebody else was faster.

    by: the staff user; None if the member asked. reason: for the audit log; it must not name the
    member. Raises OnHold.
    """
    locked = _locked(member)
    if locked is None:
        return False
    _erase(locked, Event.ERASED, by=by, reason=reason)
    return True


@transaction.atomic
def close(member: Member) -> Later | None:
    """Erases the member, who asked for it, and queues the email that says so: both or neither.

    Returns what to call after the commit (`delivery.prepare`), or None if it was closed already.
    Raises NotNow.
    """
    locked = _locked(member)
    if locked is None:
        return None
    # Asked here, because no payment of the member can begin while the row is locked.
    if found := hindrances(locked):
        raise NotNow(found)
    tell = account_closed(locked)
    _erase(locked, Event.CLOSED)
    return tell


def _locked(member: Member) -> Member | None:
    found: Member | None = Member.objects.select_for_update().filter(pk=member.pk).first()
    return found


def _erase(locked: Member, event: Event, *, by: StaffUser | None = None, reason: str = "") -> None:
    if hold := hold_on(locked):
        raise OnHold(hold)
    pk = locked.pk
    marked = locked.get_additional_data()
    with disable_auditlog():  # it would record everything that is being deleted
        for part in parts():
            if part.erase:
                part.erase(locked)
        erase_from_log(locked)
        locked.delete()
    reasons = {"reason": reason} if reason else {}
    about = Member(pk=pk, email=ERASED)
    entry = LogEntry.objects.log_create(
        about,
        force_log=True,
        action=LogEntry.Action.ACCESS,
        actor=by,
        actor_email=by.email if by else None,
        additional_data={**marked, "event": event, **reasons},
    )
    if by is None:  # the log's middleware has put in who sent the request: the member
        nobody = {"actor": None, "actor_email": ERASED, "remote_addr": None, "remote_port": None}
        LogEntry.objects.filter(pk=entry.pk).update(**nobody)
