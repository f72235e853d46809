"""Query results kept in this process for a few seconds: the billers of host names, which every
request needs and whose keys have to be decrypted; announcements and other texts for everybody; and
whether billers have webhooks.

None of it decides about money or sign-in: any view that changes something reads the biller again
(`inhance.middleware`), so that no payment begins at a biller that was closed, and nobody signs in
at a host that belongs to another biller. A change made in this process takes effect at once, one
from another process after `SECONDS`.
"""

import copy
import time
from collections.abc import Callable
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from django.db import transaction
from django.db.models.signals import ModelSignal, post_delete, post_save

Key = TypeVar("Key")
Value = TypeVar("Value")
SECONDS = 5.0
MOST = 2_000  # keys
_signals: tuple[ModelSignal, ...] = (post_save, post_delete)


class Answer(NamedTuple):
    value: Any
    until: float  # time.monotonic()


class Kept(Generic[Key, Value]):
    """models: those whose changes clear it, as `app.Model`."""

    every: ClassVar[list["Kept[Any, Any]"]] = []
    seconds: ClassVar[float] = SECONDS

    def __init__(self, *models: str) -> None:
        self._answers: dict[Key, Answer] = {}
        self.every.append(self)
        for signal in _signals:
            for model in models:
                signal.connect(self._changed, sender=model)

    def of(self, key: Key, find: Callable[[Key], Value]) -> Value:
        """Returns the value found within the last seconds. All callers get the same object and must
        not change it. find: called if nothing is kept."""
        now = time.monotonic()  # before reading: later changes are not kept longer
        answers = self._answers
        known = answers.get(key)
        if known is None or known.until <= now:
            if len(answers) >= MOST:
                answers.clear()
            answers[key] = known = Answer(find(key), now + self.seconds)
        value: Value = known.value
        return value

    def start_anew(self) -> None:
        """Forgets everything. A value that is being read goes into the old dictionary."""
        self._answers = {}

    def forget(self) -> None:
        """Called after a change. Forgets everything now, for this transaction, and again on
        commit."""
        self.start_anew()
        transaction.on_commit(self.start_anew, robust=True)

    def _changed(self, **_: Any) -> None:
        self.forget()


_billers: Kept[str, Any] = Kept("icsso.Biller", "icsso.BillerHost")
forget = _billers.forget


def of_host(host: str, find: Callable[[str], Value]) -> Value:
    """Returns the biller of a host name, if there is one. Each caller gets an object of its own."""
    biller: Value = copy.copy(_billers.of(host, find))
    return biller


def start_anew() -> None:
    """Forgets everything that is kept."""
    for each in Kept.every:
        each.start_anew()
