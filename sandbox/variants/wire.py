"""How the sandbox talks on the wire. With nothing changed, it is the contract."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from . import formats
from .operations import OPERATIONS
from .shapes.shape import Shape

ANYTHING = object()  # in `refuses`: whatever the value
SSO_FIELDS = (
    "RemoteAuthenticationToken",
    "ViewMode",
    "RedirectID",
    "CSSUrl",
    "ReturnUrl",
    "CustomReturnSiteName",
)


def unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Formats:
    guid: Callable[[UUID], Any] = str
    boolean: Callable[[bool], Any] = unchanged
    integer: Callable[[int], Any] = unchanged
    account_number: Callable[[str], Any] = unchanged
    money: Callable[[Decimal], Any] = float
    date: Callable[[date], Any] = formats.us_date


@dataclass(frozen=True)
class Failure:
    """How a failure is worded. `body` is a string of HTML, None for nothing, or JSON in which the
    text `{message}` stands for the reason."""

    status: int
    body: Any
    reason: str = ""  # instead of the sandbox's own


@dataclass(frozen=True)
class OperationWire:
    """`sent`, `named`, `left_out`, and `refuses` are by the names of the contract, with a dot for
    the rows of a list."""

    method: str
    path: str
    other_host: bool = False
    sent: Mapping[str, str] = field(default_factory=dict)  # other names in the request
    refuses: Mapping[str, Any] = field(default_factory=dict)  # fields or values it does not take
    named: Mapping[str, str] = field(default_factory=dict)  # other names in the answer; ! negates
    left_out: frozenset[str] = frozenset()
    place: str = "top"  # where the payload stands: top, data, data_list, bare_list, result
    announces: Mapping[str, str] = field(default_factory=dict)  # stands beside the payload
    failures: Mapping[str, Failure] = field(default_factory=dict)  # credentials, conflict, rejected
    status: int = 200
    status_without_rows: int | None = None  # then the answer is nothing but that
    shape: Shape | None = None  # of a loaded capture


@dataclass(frozen=True)
class SsoWire:
    method: str = "POST"
    path: str = "/cloudssoconnect"
    sent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PostbackWire:
    method: str = "POST"
    place: str = ""  # body, query, both; empty: as the postback settings say
    named: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    approved: str = "True"
    declined: str = "False"
    money: Callable[[Decimal], str] = "{:,.2f}".format
    time: Callable[[datetime], str] = formats.us_time
    time_zone: str = ""  # empty: the sandbox's own
    per_invoice: bool = False
    copies: int = 1
    chunked: bool = False
    encoding: str = "form"  # of the body: form, json, multipart
    last_slash: bool = True


@dataclass(frozen=True)
class Rules:
    """What Invoice Cloud may decide otherwise, or carry out in another way."""

    known_address: str = "conflict"  # conflict, refused, overwrites, registers, another
    first_bill_needed: bool = False
    invited_users: bool = False
    contact_addresses: bool = False  # EmailAddress of Retrieve Users is that of the bills
    credits_as_zero: bool = False
    lagging_balance: bool = False
    request_validation: bool = False
    token_seconds: int | None = None  # how long a token lives, whatever ExpiresIn says
    calls_per_second: Mapping[str, int] = field(default_factory=dict)  # {operation: limit}
    hosted_page_on_other_host: bool = False
    way_back: str = "button"  # from the payment result: button, none, redirect
    cookie_in_frame: bool = False


@dataclass(frozen=True)
class Wire:
    operations: Mapping[str, OperationWire]
    formats: Formats = Formats()
    spelling: Callable[[str], str] = unchanged
    null_for_empty_lists: bool = False
    json_in_text: bool = False
    sso: SsoWire = SsoWire()
    postback: PostbackWire = PostbackWire()
    rules: Rules = Rules()

    def on(self, *names: str, **changes: Any) -> "Wire":
        """Returns a wire with changes to some operations, or to all of them without a name.
        Mappings and sets are added to; a function takes the OperationWire and returns the value."""
        operations = dict(self.operations)
        for name in names or operations:
            operations[name] = changed(operations[name], changes)
        return replace(self, operations=operations)

    def on_each(self, changes: Mapping[str, Mapping[str, Any]]) -> "Wire":
        wire = self
        for name, of_operation in changes.items():
            wire = wire.on(name, **of_operation)
        return wire

    def of(self, part: str, **changes: Any) -> "Wire":
        """Returns a wire with changes to its formats, sso, postback, or rules."""
        return replace(self, **{part: changed(getattr(self, part), changes)})


def changed(part: Any, changes: Mapping[str, Any]) -> Any:
    return replace(part, **{name: combined(part, name, new) for name, new in changes.items()})


def combined(part: Any, name: str, new: Any) -> Any:
    old = getattr(part, name)
    if isinstance(part, OperationWire) and callable(new):
        return new(part)
    if isinstance(old, Mapping):
        return {**old, **new}
    return old | new if isinstance(old, frozenset) else new


def contract() -> Wire:
    operations = {
        name: OperationWire(operation.method, operation.path)
        for name, operation in OPERATIONS.items()
    }
    wire = Wire(operations)
    return wire.on("cloud_payments", place="data", announces={"Message": "SUCCESS"})


# Whether the contract expects the portal to cope: by reading tolerantly, by asking further (which a
# wire profile can make shorter), or only with a wire profile.
Copes = Literal["tolerant", "derived", "profile"]


@dataclass(frozen=True)
class Variant:
    name: str
    summary: str  # one sentence
    contract: str  # the line of the contract that it is about
    copes: Copes
    change: Callable[[Wire, Any], Wire]
    group: str = ""  # of the variants of a group, one can be on
    value: Any = None  # the default of what can be set
    contrary: bool = True  # part of the set that turns everything around


def changing(  # noqa: PLR0913 - a row of a table
    part: str,
    name: str,
    summary: str,
    contract: str,
    *,
    group: str = "",
    copes: Copes = "tolerant",
    contrary: bool = True,
    **changes: Any,
) -> Variant:
    """Returns a variant that sets fields of one part of the wire."""

    def change(wire: Wire, value: Any) -> Wire:
        return wire.of(part, **changes)

    return Variant(name, summary, contract, copes, change, group, contrary=contrary)


def always(change: Callable[[Wire], Wire]) -> Callable[[Wire, Any], Wire]:
    """Turns a change without a value into one that ignores it."""
    return lambda wire, value: change(wire)
