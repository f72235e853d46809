"""Deletes what has been kept long enough, in batches, so that nothing else has to wait for long."""

import logging
from collections.abc import Iterator
from typing import Any, NamedTuple

from auditlog.context import disable_auditlog
from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from inhance.retention.holds import holds_in_effect
from inhance.retention.rules import RULES, Rule

logger = logging.getLogger(__name__)
BATCH = 1000  # rows of one transaction


class Applied(NamedTuple):
    """number: rows that were deleted or emptied, or would be. has_failed: some remain."""

    rule: Rule
    number: int
    has_failed: bool = False


def count() -> Iterator[Applied]:
    """Returns how much `apply` would delete."""
    for rule in RULES:
        yield Applied(rule, _old(rule).count())


def apply() -> Iterator[Applied]:
    """Applies every rule, even after one that fails. Can be interrupted and repeated, even by two
    processes at once. Writes nothing into the audit log, which would keep what is deleted."""
    for rule in RULES:
        yield _applied(rule)


def _applied(rule: Rule) -> Applied:
    number = 0
    try:
        with disable_auditlog():
            for done in _batches(rule):
                number += done
    except DatabaseError:  # for example because a kept record now refers to it
        logger.exception("not all deleted: %s", rule.data)
        return Applied(rule, number, has_failed=True)
    return Applied(rule, number)


def _batches(rule: Rule) -> Iterator[int]:
    """Goes through the rows by key, so that rows that are kept are looked at only once."""
    keys = _keys(_old(rule))
    while keys:
        with transaction.atomic():
            # The rule must still apply, whatever has changed since the rows were found.
            still = list(_locked(rule, keys))
            rows = rule.model._base_manager.filter(pk__in=still)
            if rule.emptied is None:
                rows.delete()
            else:
                rows.update(**rule.emptied())
        yield len(still)
        keys = _keys(_old(rule).filter(pk__gt=keys[-1]))


def _old(rule: Rule) -> QuerySet[Any]:
    """Returns the rows whose days are over, except those under a legal hold."""
    return rule.kept_by(rule.old(), holds_in_effect())


def _keys(rows: QuerySet[Any]) -> list[Any]:
    return list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])


def _locked(rule: Rule, keys: list[Any]) -> QuerySet[Any]:
    rows = _old(rule).filter(pk__in=keys).order_by("pk").select_for_update()
    return rows.values_list("pk", flat=True)
