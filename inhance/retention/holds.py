"""What legal holds protect from `apply_retention`.

A member's hold also protects the biller's rows that belong to no single member, such as rejected
rows of an import: it is unknown whom they concern.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import QuerySet

from accounts.models import LegalHold
from backoffice.audit.registry import concerning

Rows = QuerySet[Any]


class Holds(NamedTuple):
    """Primary keys. billers: all their data is held. members: only theirs, at
    `billers_of_members`."""

    billers: frozenset[int]
    members: frozenset[int]
    billers_of_members: frozenset[int]


KeptBy = Callable[[Rows, Holds], Rows]


def holds_in_effect() -> Holds:
    found = list(LegalHold.objects.in_effect().values_list("biller", "member"))
    return Holds(
        frozenset(biller for biller, member in found if member is None),
        frozenset(member for _biller, member in found if member is not None),
        frozenset(biller for biller, member in found if member is not None),
    )


def whose(biller: str, member: str = "") -> KeptBy:
    """Returns a filter that leaves out held rows. biller, member: lookups from a row to its biller
    and its member; without the latter, a member's hold protects all of the biller's rows."""

    def without_held(rows: Rows, holds: Holds) -> Rows:
        billers = holds.billers if member else holds.billers | holds.billers_of_members
        if billers:
            rows = rows.exclude(**{f"{biller}__in": billers})
        if member and holds.members:
            rows = rows.exclude(**{f"{member}__in": holds.members})
        return rows

    return without_held


def marked(rows: Rows, holds: Holds) -> Rows:
    """For entries of the audit log, which name their billers."""
    held = concerning(rows, holds.billers | holds.billers_of_members)
    return rows.exclude(pk__in=held.values("pk"))


def everything(rows: Rows, holds: Holds) -> Rows:
    """For rows that name no biller."""
    return rows.none() if holds.billers or holds.members else rows


def nothing(rows: Rows, holds: Holds) -> Rows:
    """For rows that prove nothing: session keys, copies in a queue, counts without persons."""
    return rows
