"""Runs what several people do at once, one step at a time, in an order that a test chooses.

A step ends at each call to Invoice Cloud, before it and after its answer, and at each commit. All
runs on one database connection, so a transaction is never interrupted: a database gives that too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from django.db import connection
from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]
from pydantic import BaseModel

from icsso.client.client import InvoiceCloudClient
from icsso.client.contract import Authentication, RegistrationResult, User
from icsso.client.errors import (
    AlreadyExists,
    CredentialMismatch,
    InvoiceCloudRejected,
    InvoiceCloudUnavailable,
    NotRegistered,
)
from tests.faults.flows.operations import CHANGING, WRITING, operation_of
from tests.faults.flows.points import WRITES


class Crash(BaseException):
    """The process ends here."""


class Actor(greenlet):  # type: ignore[misc]  # its package is untyped
    """Somebody, or the clock, who does one thing to its end unless the process dies."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__(act)
        self.steps: list[str] = []
        self.has_inserted = False

    def step(self) -> None:
        self.switch()

    def crash(self) -> None:
        if self and not self.dead:
            self.throw(Crash)


def reach(step: str) -> None:
    """Ends a step of whoever is acting. Outside of an actor nothing is interrupted."""
    actor = getcurrent()
    if isinstance(actor, Actor):
        actor.steps.append(step)
        assert actor.parent is not None
        actor.parent.switch()


@contextmanager
def steps_at_commits() -> Iterator[None]:
    """In a savepoint that ends what the test has done: within it, the outermost is a commit."""
    outside = len(connection.savepoint_ids)
    commit = connection.savepoint_commit

    def is_outermost() -> bool:
        return len(connection.savepoint_ids) == outside

    def savepoint_commit(sid: str) -> None:
        commit(sid)
        if is_outermost():
            reach("committed")

    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        actor = getcurrent()
        if isinstance(actor, Actor) and actor.has_inserted:
            actor.has_inserted = False
            reach("inserted")
        result = run(sql, params, many, context)
        if (write := WRITES.match(sql)) and is_outermost():
            if isinstance(actor, Actor) and " RETURNING " in sql:
                actor.has_inserted = True  # a step ends once what it returns has been read
            else:
                reach(f"{write[1].lower()} {write[2]}")
        return result

    connection.savepoint_commit = savepoint_commit  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(execute):
            yield
    finally:
        del connection.savepoint_commit


A = TypeVar("A", bound=BaseModel)


class Answer(StrEnum):
    """What becomes of one call."""

    GIVEN = "given"
    REFUSED = "refused"
    LOST = "carried out, and the answer lost"
    NOTHING = "not carried out, and nobody knows"
    AWAY = "not carried out, which is known"


def answers_but_the_given(call: str) -> list[Answer]:
    """What else may become of this call, in ways that differ: only a change is refused, and only
    where something is written is there a difference between carried out and not."""
    operation, others = operation_of(call), {Answer.LOST, Answer.AWAY}
    if operation in WRITING:
        others.add(Answer.NOTHING)
    if operation in CHANGING:
        others.add(Answer.REFUSED)
    return [each for each in Answer if each in others]


@dataclass
class InvoiceCloud:
    """The users of one biller, by address, with their passwords: what the client's methods do
    to them. answers: of the next calls made by actors; when they are used up, all are given."""

    users: dict[str, str]
    answers: list[Answer] = field(default_factory=list)

    def within(self, seconds: float) -> InvoiceCloudClient:
        return self  # type: ignore[return-value]

    def remote_authentication(self, *, email: str, password: str) -> Authentication:
        with self._call("remote_authentication"):
            known = self.users.get(email)
            if known is None:
                raise NotRegistered("remote_authentication", "not registered")
            if known != password:
                raise CredentialMismatch("remote_authentication", "another password")
        return _answer(Authentication, RemoteAuthenticationToken="token", ExpiresIn=900)

    def retrieve_users(self, *, email: str = "", account_number: str = "") -> tuple[User, ...]:
        """All users have the one account there is."""
        with self._call("retrieve_users"):
            found = [each for each in self.users if email in {"", each}]
            if account_number and not found:
                return (_answer(User, AccountNumber=account_number, Registered=False),)
        return tuple(
            _answer(User, AccountNumber="1", EmailAddress=each, Registered=True) for each in found
        )

    users_at = InvoiceCloudClient.users_at
    is_registered = InvoiceCloudClient.is_registered

    def register_accounts(
        self, *, email: str, password: str, account_numbers: list[str]
    ) -> tuple[RegistrationResult, ...]:
        with self._call("register_accounts"):
            self.users.setdefault(email, password)
        return tuple(
            _answer(RegistrationResult, AccountNumber=number, Registered=True)
            for number in account_numbers
        )

    def update_password(self, *, email: str, new_password: str) -> None:
        with self._call("update_password"):
            self._must_know("update_password", email)
            self.users[email] = new_password

    def update_email_address(self, *, email: str, new_email: str) -> None:
        with self._call("update_email_address"):
            self._must_know("update_email_address", email)
            if new_email in self.users:
                raise AlreadyExists("update_email_address", "taken")
            self.users[new_email] = self.users.pop(email)

    def _must_know(self, operation: str, email: str) -> None:
        if email not in self.users:
            raise InvoiceCloudRejected(operation, "refused")

    @contextmanager
    def _call(self, operation: str) -> Iterator[None]:
        reach(f"calling {operation}")
        is_actor = isinstance(getcurrent(), Actor)
        answer = self.answers.pop(0) if self.answers and is_actor else Answer.GIVEN
        if answer is Answer.REFUSED and operation in CHANGING:
            raise InvoiceCloudRejected(operation, "refused")
        if answer in {Answer.NOTHING, Answer.AWAY}:
            lost = answer is Answer.NOTHING
            raise InvoiceCloudUnavailable(operation, "no answer", outcome_unknown=lost)
        yield
        reach(f"answered {operation}")
        if answer is Answer.LOST:
            raise InvoiceCloudUnavailable(operation, "no answer", outcome_unknown=True)


def _answer(model: type[A], **fields: object) -> A:
    """As on the wire."""
    return model.model_validate(fields)
