"""Finds what the audit log holds about a member. Its entries don't belong to the member's
record."""

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet

from accounts.models import (
    LegalHold,
    LinkedAccount,
    Member,
    Passkey,
    SecondFactor,
    UnlinkedAccount,
    User,
)

# Models whose text contains their member's email, which the log keeps, and the field that says
# whose they are. When such a record no longer exists, the log's entries about its creation and
# deletion still name the member by key.
NAMING = (
    (LegalHold, "member"),
    (LinkedAccount, "member"),
    (UnlinkedAccount, "member"),
    (SecondFactor, "user"),
    (Passkey, "member"),
)


def kinds_of_members() -> list[ContentType]:
    """Returns both content types that log entries about members may have: the table's own and the
    proxy's."""
    kinds = ContentType.objects.get_for_models(User, Member, for_concrete_models=False)
    return list(kinds.values())


def entries_about(member: Member) -> QuerySet[LogEntry]:
    """Returns the audit log's entries about the member."""
    about: QuerySet[LogEntry] = LogEntry.objects.filter(
        content_type__in=kinds_of_members(), object_pk=str(member.pk)
    )
    return about


def own_objects(member: Member) -> dict[ContentType, list[str]]:
    """Returns the keys, as the logs have them, of the member and of all records that name or named
    the member. Never found by email: that may be somebody else's now, or at another biller."""
    found = {kind: [str(member.pk)] for kind in kinds_of_members()}
    for model, field in NAMING:
        kind = ContentType.objects.get_for_model(model)
        present = model._base_manager.filter(**{field: member}).values_list("pk", flat=True)
        found[kind] = sorted({*map(str, present), *_logged(kind, field, str(member.pk))})
    return found


def _logged(kind: ContentType, field: str, member: str) -> set[str]:
    began_or_ended = Q(**{f"changes__{field}__0": member}) | Q(**{f"changes__{field}__1": member})
    entries = LogEntry.objects.filter(began_or_ended, content_type=kind)
    return set(entries.values_list("object_pk", flat=True))


def emails_of(member: Member) -> set[str]:
    """Returns the present email, earlier ones as far as they are still known, and new ones that
    were asked for. Use them to recognize an email in a text, and never to find records: an email
    may be somebody else's by now."""
    found = {member.email}
    changes = entries_about(member).filter(changes__has_key="email")
    for change in changes.values_list("changes__email", flat=True):
        found.update(text for text in change or () if isinstance(text, str) and "@" in text)
    wanted = member.credential_changes.exclude(new_email="")
    return found | set(wanted.values_list("new_email", flat=True))
