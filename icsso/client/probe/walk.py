"""What a probe knows while it walks: what it was given, what it has learned, and how it calls."""

import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from icsso.client.client import InvoiceCloudClient
from icsso.client.contract import OPERATIONS, User
from icsso.client.errors import InvoiceCloudError, InvoiceCloudRejected, InvoiceCloudUnavailable
from icsso.client.probe.exchanges import (
    NOT_JSON,
    Exchange,
    RecordingClient,
    ReplayingClient,
    outcome,
)
from icsso.client.probe.reading.inference import Asked
from icsso.client.wire.customer_record import ViewedRecord
from icsso.client.wire.parts import OperationProfile
from icsso.client.wire.profile import WireProfile, WireProfileError

WORD = re.compile(r"[^\W\d_]+")
LONGEST_PAUSE = 3  # seconds, when Invoice Cloud asks for fewer calls
Call = Callable[[InvoiceCloudClient], Any]
ViewCustomerRecord = Callable[[str], ViewedRecord | None]


class Target(NamedTuple):
    """Where the probe calls. client: the biller's own, whose connections and time limits it uses.
    api_key: so that it is never shown. biller_guid: the one expected, if known. without_frame: the
    biller opens pages without a frame. portal: the portal's address, for `frame-ancestors`."""

    client: InvoiceCloudClient
    api_key: str
    profile: WireProfile = WireProfile()
    biller_guid: UUID | None = None
    css_url: str = ""
    without_frame: bool = False
    portal: str = ""
    hosts: tuple[str, ...] = ()  # further servers of hosted pages that the biller has entered
    customer_record: ViewCustomerRecord | None = None  # SOAP's, when the biller has it on

    @property
    def base_url(self) -> str:
        return self.client.base_url


class Arguments(NamedTuple):
    """What the probe asks about. password: None leaves out what needs it. write: for a test account
    only; registers, sets password and email address to their current values, and creates."""

    account_number: str
    email: str
    password: str | None = None
    guest_page: bool = False
    write: bool = False


class Attempt(NamedTuple):
    """One call with everything that went over the wire for it."""

    operation: str
    value: Any
    error: InvoiceCloudError | None
    exchanges: tuple[Exchange, ...]

    @property
    def main(self) -> Exchange | None:
        return next((one for one in self.exchanges if one.operation == self.operation), None)

    @property
    def body(self) -> Any:
        """Returns what the answer says, or None. As a whole, null stands for an empty list."""
        main = self.main
        if main is None or main.body is NOT_JSON:
            return None
        known = OPERATIONS.get(self.operation)
        nothing = {known.reads.rows: None} if known and known.reads.rows else {}
        return nothing if main.body is None else main.body

    @property
    def status(self) -> int | None:
        return self.main.status if self.main else None

    @property
    def is_answered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_accepted(self) -> bool:
        """Whether the request was not refused, even if the answer cannot be read yet."""
        is_refused = isinstance(self.error, InvoiceCloudRejected)
        return self.is_answered and not is_refused and self.body is not None

    @property
    def was_derived(self) -> bool:
        """Whether the client had to ask more before it knew what the answer means."""
        return len(self.exchanges) > 1


class Walk:
    def __init__(self, target: Target, arguments: Arguments) -> None:
        self.target, self.arguments = target, arguments
        self.profile = target.profile
        self.customer_guid: UUID | None = None
        self.token = ""
        self.users: tuple[User, ...] = ()
        self.customer_name = ""
        self.hosted_url = ""
        self.was_told_to_wait = False
        self.sso_works = self.sso_needs_cookie = False
        self.answered: set[str] = set()  # operations that have worked
        self.refusals: dict[str, Exchange] = {}  # by what they mean
        self._client = RecordingClient.like(target.client)
        self.seen: list[Exchange] = []
        self._random = secrets.token_hex(8)

    @property
    def had_profile(self) -> bool:
        """Whether a wire profile was given: then what is read tolerantly has been seen before."""
        return bool(written(self.target.profile))

    @property
    def random_number(self) -> str:
        """Obviously no account of anybody, and impossible to guess."""
        return f"PROBE{self._random.upper()}"

    @property
    def random_email(self) -> str:
        return f"probe-{self._random}@probe.example"

    @property
    def random_password(self) -> str:
        return f"Pb{self._random}Xq9"

    @property
    def is_registered(self) -> bool:
        return any(user.registered for user in self.users)

    def client(self) -> RecordingClient:
        """Returns a client that has recorded nothing yet, as the profile says now."""
        return self._client.anew(self._wire())

    def attempt(self, operation: str, call: Call) -> Attempt:
        client = self.client()
        value, error = outcome(lambda: call(client))
        pause = _short_pause(error)
        if pause:
            self.was_told_to_wait = True
            time.sleep(pause)
            client = self.client()
            value, error = outcome(lambda: call(client))
        self.seen += client.exchanges
        return self._noted(Attempt(operation, value, error, tuple(client.exchanges)))

    def replay(self, attempt: Attempt, call: Call) -> Attempt:
        """Reads the answer of an attempt again, with what has been learned since."""
        if attempt.main is None:
            return attempt
        client = ReplayingClient.of(attempt.main, self.client())
        value, error = outcome(lambda: call(client))
        return self._noted(attempt._replace(value=value, error=error))

    def _noted(self, attempt: Attempt) -> Attempt:
        if attempt.error is None and attempt.is_answered:
            self.answered.add(attempt.operation)
        return attempt

    def operation(self, name: str) -> OperationProfile:
        return self.profile.operation(name)

    def learn(self, fragment: Mapping[str, Any]) -> bool:
        """Adds to the wire profile. Returns whether that is a valid one."""
        try:
            self.profile = WireProfile.parse(fragment).over(self.profile)
        except WireProfileError:
            return False
        return True

    def asked(self) -> Asked:
        """Returns what answers can be recognized by."""
        guids = (str(self.customer_guid),) if self.customer_guid else ()
        biller = (str(self.target.biller_guid),) if self.target.biller_guid else ()
        return Asked(
            {
                "AccountNumber": (self.arguments.account_number, self.random_number),
                "EmailAddress": (self.arguments.email, self.random_email),
                "CustomerGuid": guids,
                "BillerGUID": biller,
            }
        )

    def secrets(self) -> list[str]:
        """Returns every value that must not stand in a name or a path."""
        given = [self.arguments.account_number, self.arguments.email, self.arguments.password or ""]
        made = [self.random_number, self.random_email, self.random_password, self.token]
        return [one for one in (*given, *made, self.target.api_key) if len(one) > 2]

    def paths(self) -> set[str]:
        """Returns the parts of all paths that are names, in lower case."""
        known = [one.path for one in OPERATIONS.values()]
        known += [one.path or "" for one in self.profile.operations.values()]
        known.append(urlsplit(self.profile.sso.address).path)
        return {part.lower() for path in known for part in path.split("/")}

    def redacted(self, step: str, exchange: Exchange) -> dict[str, Any]:
        """Returns what a capture may have of an exchange."""
        return exchange.redacted(step, secrets=self.secrets(), known=self.paths())

    def private_words(self) -> set[str]:
        """Returns all words of values that went over the wire, apart from reasons of refusals:
        what a pattern for a refusal may not consist of."""
        texts = [*self.secrets()]
        for exchange in self.seen:
            texts += _values(exchange.body) if exchange.body is not NOT_JSON else []
            texts += _values(exchange.sent)
        return {word.lower() for text in texts for word in WORD.findall(text)}

    def _wire(self) -> WireProfile:
        hosts = (*self.profile.hosts, *self.target.hosts)
        return WireProfile(hosts=hosts).over(self.profile)


def written(profile: WireProfile) -> dict[str, Any]:
    """Returns the profile as JSON, without parts in which nothing is set."""
    return _without_empty_parts(profile.to_json())


def _without_empty_parts(part: Mapping[str, Any]) -> dict[str, Any]:
    full = {
        name: _without_empty_parts(value) if isinstance(value, Mapping) and name != "set" else value
        for name, value in part.items()
    }
    return {name: value for name, value in full.items() if value not in ({}, [])}


def _short_pause(error: InvoiceCloudError | None) -> float:
    """Returns the seconds to wait if Invoice Cloud wants fewer calls and they are few; else 0."""
    if not isinstance(error, InvoiceCloudUnavailable) or error.status != 429:
        return 0
    wait = error.retry_after or 1
    return wait if wait <= LONGEST_PAUSE else 0


def _values(body: object, name: str = "") -> Iterator[str]:
    if isinstance(body, Mapping):
        for key, value in body.items():
            yield from _values(value, str(key))
    elif isinstance(body, list):
        for row in body:
            yield from _values(row, name)
    elif isinstance(body, str) and name.lower() not in {"message", "errormessage", "code"}:
        yield body
