"""What happened with one member, from all the tables that record it, in a single query."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import (
    Case,
    CharField,
    Expression,
    F,
    Model,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    AccountSync,
    CredentialChange,
    FailedSignIn,
    Helper,
    Member,
    Passkey,
    SentEmail,
    SignIn,
    UndeliveredEmail,
    UnknownAccount,
)
from accounts.models.credential_change import Kind as ChangeKind
from accounts.models.credential_change import Reason, State
from accounts.models.helpers.models import Right
from accounts.models.second_factor.passkey import MOST
from accounts.models.undelivered_email import label_of
from accounts.privacy.addresses import entries_about
from backoffice.audit.events import what_happened

NOTHING = Value("", output_field=TextField())


class Row(NamedTuple):
    """One record. key: its primary key, if it has a page. The rest depends on its source."""

    source: str
    at: datetime
    key: str
    first: str
    second: str
    third: str


class Kind(NamedTuple):
    """What a row says of the records of one source. at: what they are ordered by. facts: up to
    three texts. has_page: their key is told."""

    model: type[Model]
    at: str
    facts: tuple[Any, ...]
    has_page: bool = False


class Source(NamedTuple):
    """The latest `shown` of these rows."""

    name: str
    rows: QuerySet[Any]
    shown: int


PLACE = ("browser", "system", "network")
STANDS = Case(
    When(ended_at__isnull=False, then=Value("ended")),
    When(accepted_at=None, then=Value("invited")),
    default=Cast("ends_on", TextField()),
    output_field=TextField(),
)
AUDITED = (KeyTextTransform("event", "additional_data"), "action", "actor_email")
KINDS = {
    "sent": Kind(SentEmail, "at", ("notification",)),
    "undelivered": Kind(UndeliveredEmail, "at", ("notification", "reason", "code")),
    "sessions": Kind(SignIn, "signed_in_at", PLACE),
    "passkeys": Kind(Passkey, "added_at", ("name", "used_at", "rp_id")),
    "failed": Kind(FailedSignIn, "at", PLACE),
    "changes": Kind(CredentialChange, "asked_at", ("kind", "state", "reason"), has_page=True),
    "syncs": Kind(AccountSync, "started_at", ("linked", "registered", "failure")),
    "unknown": Kind(UnknownAccount, "seen_at", ("account_number",)),
    "helpers": Kind(Helper, "invited_at", ("email", "right", STANDS), has_page=True),
    "helping": Kind(Helper, "invited_at", ("owner__email", "right", STANDS), has_page=True),
    "audit": Kind(LogEntry, "timestamp", AUDITED, has_page=True),
}
# Records that have a page of their own, and who may see it there. The others are shown with the
# member.
PERMISSIONS = {
    "changes": "accounts.view_credentialchange",
    "syncs": "accounts.view_accountsync",
    "unknown": "accounts.view_unknownaccount",
    "audit": "auditlog.view_logentry",
    "helpers": "accounts.view_helper",
    "helping": "accounts.view_helper",
}


def activity(member: Member, may: Callable[[str], bool], number: int) -> Mapping[str, list[Row]]:
    """Returns the latest records of each source, newest first. may: of a permission. number: of
    emails and of audit log entries."""
    parts = [
        _part(source)
        for source in _sources(member, number)
        if source.name not in PERMISSIONS or may(PERMISSIONS[source.name])
    ]
    rows = parts[0].union(*parts[1:], all=True).order_by("-row_at")
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for source, at, *texts in rows:
        found[source].append(Row(source, at, *(text or "" for text in texts)))
    return found


def _sources(member: Member, number: int) -> Iterator[Source]:
    yield Source("sent", SentEmail.objects.filter(member=member), number)
    yield Source("undelivered", UndeliveredEmail.objects.filter(member=member), number)
    yield Source("sessions", SignIn.objects.filter(member=member).alive().select_related(None), 20)
    yield Source("passkeys", Passkey.objects.filter(member=member), MOST)
    yield Source("failed", FailedSignIn.objects.filter(member=member), 10)
    yield Source("changes", CredentialChange.objects.filter(member=member), 10)
    yield Source("syncs", AccountSync.objects.filter(member=member), 5)
    yield Source("unknown", UnknownAccount.objects.filter(member=member), 20)
    yield Source("helpers", Helper.objects.filter(owner=member), 10)
    yield Source("helping", Helper.objects.filter(person=member), 10)
    yield Source("audit", _entries(member), number)


def _entries(member: Member) -> QuerySet[LogEntry]:
    """Returns what the audit log has about the member, and about helpers on either side."""
    helpers = Helper.objects.filter(Q(owner=member) | Q(person=member)).order_by()
    kind = ContentType.objects.get_for_model(Helper)
    about: QuerySet[LogEntry] = LogEntry.objects.filter(
        content_type=kind, object_id__in=helpers.values("pk")
    )
    every: QuerySet[LogEntry] = entries_about(member) | about
    return every


def _part(source: Source) -> QuerySet[Any]:
    """SQLite allows no limit inside a union, except in a subquery."""
    newest = source.rows.order_by(f"-{KINDS[source.name].at}").values("pk")[: source.shown]
    return _described(source.name).filter(pk__in=newest)


@cache
def _described(name: str) -> QuerySet[Any]:
    """Composed once, and not for each page: it depends on no time and on nobody."""
    kind = KINDS[name]
    first, second, third, *_rest = [*map(_text, kind.facts), NOTHING, NOTHING]
    found: QuerySet[Any] = (
        kind.model._base_manager.order_by()
        .annotate(
            row_source=Value(name, output_field=CharField()),
            row_at=F(kind.at),
            # A session's key would give access to the session.
            row_key=Cast("pk", TextField()) if kind.has_page else NOTHING,
            row_first=first,
            row_second=second,
            row_third=third,
        )
        .values_list("row_source", "row_at", "row_key", "row_first", "row_second", "row_third")
    )
    return found


def _text(fact: Any) -> Expression:
    return Cast(fact if isinstance(fact, Expression) else F(fact), TextField())


class Help(NamedTuple):
    """email: of the helper, or of the member who is helped. until: None if it is not open."""

    key: str
    email: str
    right: str
    until: date | None
    state: str | Promise


def help_in(rows: list[Row]) -> list[Help]:
    return [_help(row) for row in rows]


def _help(row: Row) -> Help:
    words = {"ended": _("ended"), "invited": _("invited")}
    until = None if row.third in words else date.fromisoformat(row.third)
    return Help(row.key, row.first, str(Right(row.second).label), until, words.get(row.third, ""))


class HeldPasskey(NamedTuple):
    """host: the host name where it works."""

    name: str
    added_at: datetime
    used_at: datetime | None
    host: str


def passkeys(found: Mapping[str, list[Row]]) -> list[HeldPasskey]:
    return [
        HeldPasskey(row.first, row.at, _time(row.second), row.third) for row in found["passkeys"]
    ]


def _time(text: str) -> datetime | None:
    """SQLite writes times without their zone, which is UTC."""
    if not text:
        return None
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


class Email(NamedTuple):
    at: datetime
    label: Any
    problem: Any  # empty if the email was sent


def emails(found: Mapping[str, list[Row]], shown: int) -> list[Email]:
    """Returns emails that were sent and emails that were not, newest first."""
    sent = [Email(row.at, label_of(row.first), "") for row in found["sent"]]
    failed = [Email(row.at, label_of(row.first), _why(row)) for row in found["undelivered"]]
    return sorted(sent + failed, key=lambda email: email.at, reverse=True)[:shown]


def _why(row: Row) -> str:
    why = str(UndeliveredEmail.Reason(row.second).label)
    return f"{why} ({row.third})" if row.third else why


class Change(NamedTuple):
    at: datetime
    key: str
    label: str
    standing: str


def changes(found: Mapping[str, list[Row]]) -> list[Change]:
    return [
        Change(row.at, row.key, str(ChangeKind(row.first).label), _standing(row))
        for row in found["changes"]
    ]


def _standing(row: Row) -> str:
    said = str(State(row.second).label)
    return f"{said}: {Reason(row.third).label}" if row.third else said


class Entry(NamedTuple):
    at: datetime
    key: str
    what: str
    who: str


def audit_entries(found: Mapping[str, list[Row]]) -> list[Entry]:
    return [Entry(row.at, row.key, _what(row), row.third) for row in found["audit"]]


def _what(row: Row) -> str:
    return what_happened(row.first, int(row.second))
