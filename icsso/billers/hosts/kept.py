"""The billers of host names, kept for a few seconds in this process: otherwise each request begins
with the same query, whose keys have to be decrypted.

Only for looks (`inhance.middleware`): whoever changes something reads the biller anew, so that no
payment begins at a biller that was closed, and nobody signs in at a host that is another's. A
change made in this process counts at once, one of another process after `SECONDS`.
"""

import copy
import time
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, TypeVar

from django.db import transaction
from django.db.models.signals import ModelSignal, post_delete, post_save

Biller = TypeVar("Biller")
SECONDS = 5.0
MOST = 2_000  # host names


class Kept(NamedTuple):
    biller: Any
    until: float  # time.monotonic()


class _Now:
    # A new one after each change: what was being read meanwhile goes into the one before.
    kept: ClassVar[dict[str, Kept]] = {}


def of_host(host: str, find: Callable[[str], Biller | None]) -> Biller | None:
    """Returns the biller of a host name as it was within the last seconds. Each caller gets an
    object of its own.

    find: asked if nothing is kept.
    """
    now = time.monotonic()  # before it is read: what changes meanwhile is not kept for longer
    kept = _Now.kept
    known = kept.get(host)
    if known is None or known.until <= now:
        if len(kept) >= MOST:
            kept.clear()
        kept[host] = known = Kept(find(host), now + SECONDS)
    biller: Biller | None = copy.copy(known.biller)
    return biller


def forget() -> None:
    """Called after a change: now for this transaction, and for all others when it is committed."""
    start_anew()
    transaction.on_commit(start_anew, robust=True)


def start_anew() -> None:
    """Keeps nothing of what was kept or is being read."""
    _Now.kept = {}


def _changed(**kwargs: Any) -> None:
    forget()


_signals: tuple[ModelSignal, ...] = (post_save, post_delete)
for _signal in _signals:
    for _model in ("icsso.Biller", "icsso.BillerHost"):
        _signal.connect(_changed, sender=_model)
