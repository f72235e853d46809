"""Which of the promised values a body has, and how they are written there."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from icsso.client import parsing
from icsso.client.answers import NEGATED, Answer, field, payload_of, value_at
from icsso.client.contract import OPERATIONS
from icsso.client.probe.kinds import MOST_ROWS, kind_of
from icsso.client.probe.reading.promises import Promise, inner_model, promises_of
from icsso.client.probe.results import Difference
from icsso.client.wire.parts import OperationProfile

ENVELOPE = {"success", "message", "errormessage", "code", "data"}
STATUS_NAMES = {"status", "result", "outcome", "resultstatus", "responsestatus", "resultcode"}
SUCCESS_WORDS = {"succeeded", "success", "successful", "ok", "completed", "passed"}
# The first is given with a refusal only; the other where it is not the same as EmailAddress.
OPTIONAL = {"Results.Message", "Users.LoginName"}


class Found(NamedTuple):
    """The promised values that a body has, and where. missing: by the contract's names. unknown: by
    the names sent, dotted. kinds: by the names sent."""

    missing: tuple[Promise, ...]
    unknown: tuple[str, ...]
    kinds: Mapping[str, str]
    differences: tuple[Difference, ...]


def leaves(body: object, before: str = "") -> Iterator[tuple[str, Any]]:
    """Returns every value that is no object, by its dotted name. A list is one value."""
    if not isinstance(body, Mapping):
        return
    for name, value in body.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def rows_in(value: object) -> list[Mapping[str, Any]]:
    rows = value if isinstance(value, list) else []
    return [row for row in rows if isinstance(row, Mapping)]


def find(operation: str, body: object, profile: OperationProfile) -> Found:
    """Compares the body of a success with what is promised."""
    return _Search(operation, body, profile).found()


def says_success(body: object, profile: OperationProfile) -> dict[str, str]:
    """Returns the name in which an answer says that it succeeded, and the word it uses, for the
    profile's `succeeded`; empty if it has none or the profile knows it already."""
    if profile.succeeded or not isinstance(body, Mapping):
        return {}
    for path, value in leaves(body):
        name, word = path.rpartition(".")[2].lower(), str(value).strip()
        if name in STATUS_NAMES and word.lower() in SUCCESS_WORDS:
            return {path: word}
    return {}


def rows_of(operation: str, body: object, profile: OperationProfile) -> list[Mapping[str, Any]]:
    """Returns the rows of the list that the operation promises."""
    search = _Search(operation, body, profile)
    return search.rows(search.model.rows) if search.model.rows else []


class _Search:
    def __init__(self, operation: str, body: object, profile: OperationProfile) -> None:
        self.body, self.profile = body, profile
        self.promises = promises_of(operation)
        self.is_in_data = operation == "cloud_payments"
        self.model: type[Answer] = OPERATIONS[operation].reads
        self.payload = payload_of(body, self.model)
        self.used: set[str] = set()  # names sent, lower case and dotted
        self.missing: list[Promise] = []
        self.cases: list[str] = []  # names sent in another case
        self.differences: dict[tuple[str, str], Difference] = {}

    def found(self) -> Found:
        for promise in self.promises:
            if promise.rows:
                self._find_in_rows(promise)
            else:
                self._find_at_top(promise)
        self.used |= {path.lower() for path in self.profile.succeeded}
        self._judge_place()
        return Found(
            tuple(self.missing), self._unknown(), self._kinds(), tuple(self.differences.values())
        )

    def _find_at_top(self, promise: Promise) -> None:
        path = self.profile.read.get(promise.name, promise.name)
        for source in (self.body, self.payload):
            sent = _sent_path(source, path)
            if sent is not None:
                self._take(promise, sent, [value_at(source, sent)], path=path)
                return
        if isinstance(self.payload, Mapping) and promise.name in self.payload:
            self.used.add(promise.name.lower())  # a bare list or value
            return
        self._find_otherwise_named(promise, [self.payload])

    def _find_in_rows(self, promise: Promise) -> None:
        rows = self.rows(promise.rows)
        if not rows:
            return
        path = self.profile.read.get(promise.name, promise.last)
        sent = next((found for found in (_sent_path(row, path) for row in rows) if found), None)
        if sent is None:
            if promise.name not in OPTIONAL:
                self._find_otherwise_named(promise, rows)
            return
        self._take(promise, sent, [value_at(row, sent) for row in rows], path=path)

    def _find_otherwise_named(self, promise: Promise, places: list[Mapping[str, Any]]) -> None:
        other = self._also_called(promise)
        sent = next(
            (found for place in places if other and (found := _sent_path(place, other))), None
        )
        if sent is None:
            self.missing.append(promise)
            return
        self.used.add(sent.lower())
        words = f"{promise.name} is called {sent} here."
        self._note("other-name", promise.name, words)

    def _judge_place(self) -> None:
        """Where the payload stands: at the top level, in `Data` (as Cloud Payments does), alone."""
        if self.cases:
            self._note("case", "", f"Names in another case: {', '.join(self.cases)}.")
        data = field(self.body, "Data") if isinstance(self.body, Mapping) else None
        if isinstance(self.body, list):
            self._note("bare-list", "", "The answer is a bare list, without a name.")
        elif isinstance(self.body, str):
            self._note("bare-value", "", "The answer is a bare value, without a name.")
        elif isinstance(data, list):
            self._note("data-list", "", "The payload is a list in Data.")
        elif isinstance(data, Mapping) and not self.is_in_data and self.used:
            self._note("data", "", "The payload is under Data.")

    def _take(self, promise: Promise, sent: str, values: list[Any], *, path: str) -> None:
        self.used.add(sent.lower())
        plain = path.removeprefix(NEGATED)
        if path in {promise.name, promise.last} and sent != plain:
            self.cases.append(sent)
        if promise.kind == "rows":
            if any(value is None for value in values):
                self._note("null-list", promise.name, f"{promise.name} is null, not a list.")
            return
        for value in values:
            self._judge(promise, value)

    def _judge(self, promise: Promise, value: object) -> None:
        if value is None or parsing.is_nothing(value):
            return
        kind = kind_of(value)
        if not promise.is_readable(value):
            words = f"{promise.name} should be {promise.kind} and is {kind}: it is left out."
            self._note("unreadable", promise.name, words)
        elif not promise.is_as_written(value):
            words = f"{promise.name} should be {promise.kind} and is written as {kind}."
            self._note("kind", promise.name, words)

    def _also_called(self, promise: Promise) -> str:
        model = (inner_model(self.model) if promise.rows else None) or self.model
        return {**model.rather_called, **model.also_called}.get(promise.last, "")

    def rows(self, name: str) -> list[Mapping[str, Any]]:
        path = self.profile.read.get(name, name)
        value = value_at(self.body, path)
        return rows_in(field(self.payload, name) if value is None and path == name else value)

    def _note(self, key: str, name: str, words: str) -> None:
        self.differences.setdefault((key, name), Difference(key, words, tolerated=True))

    def _unknown(self) -> tuple[str, ...]:
        names = [sent for sent, _ in self._all_leaves()]
        known = {f"data.{name}" for name in self.used} | self.used
        return tuple(
            dict.fromkeys(
                name
                for name in names
                if name.lower() not in known
                and name.lower() not in ENVELOPE | {f"data.{one}" for one in ENVELOPE}
            )
        )

    def _kinds(self) -> dict[str, str]:
        kinds: dict[str, str] = {}
        for name, value in self._all_leaves():
            if isinstance(value, list):
                kinds.setdefault(name, f"list of {len(value)}" if len(value) < 4 else "list")
            elif kinds.get(name, "null") in {"null", "empty"}:
                kinds[name] = kind_of(value)
        return kinds

    def _all_leaves(self) -> Iterator[tuple[str, Any]]:
        """Every value by the name sent, those of rows by their name in the row."""
        if isinstance(self.body, Mapping):
            yield from leaves(self.body)
        for row in self.rows(self.model.rows)[:MOST_ROWS] if self.model.rows else ():
            yield from leaves(row)


def _sent_path(source: object, path: str) -> str | None:
    """Returns the dotted path as the source writes it, or None if it has no such name."""
    names: list[str] = []
    place: Any = source
    for name in path.removeprefix(NEGATED).split("."):
        if isinstance(place, list) and len(place) == 1:
            place = place[0]
        if not isinstance(place, Mapping):
            return None
        sent = next((one for one in place if str(one).lower() == name.lower()), None)
        if sent is None:
            return None
        names.append(str(sent))
        place = place[sent]
    return ".".join(names)
