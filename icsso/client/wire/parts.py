"""The parts of a wire profile: an operation, Cloud SSO Connect, and the postback."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, Self, cast
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from icsso.client import sso
from icsso.client.addresses import origin
from icsso.client.answers import field, is_null_at, name_key, value_at
from icsso.client.contract import APPROVED_TEXTS
from icsso.client.refusals import Refused
from icsso.client.wire.bodies import put, renamed, rows_with

PATH = re.compile(r"/[\w.~!$&'()*+,;=:@%/?{}-]*", re.ASCII)
DOTTED = re.compile(r"!?[^.!\s]+(\.[^.!\s]+)*")


def _server(address: str) -> str:
    if origin(address) != address.rstrip("/").lower():
        raise ValueError("must be a server's address, like https://api.example.com")
    return address.rstrip("/").lower()


def _path(path: str) -> str:
    # Without the slash, the path would extend the host name: https://host + .elsewhere.com
    if not PATH.fullmatch(path) or path.startswith("//"):
        raise ValueError("must start with a slash and contain no spaces")
    return path


def _dotted(path: str) -> str:
    if not DOTTED.fullmatch(path):
        raise ValueError("must be a name, or names joined by dots, like Result.Token")
    return path


@cache
def known_zones() -> frozenset[str]:
    """Returns the time zones that this server knows. Python opens all their files each time it
    is asked."""
    return frozenset(available_timezones())


def _time_zone(name: str) -> str:
    if name not in known_zones():
        raise ValueError("must be a time zone, like America/New_York")
    return name


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Server = Annotated[str, AfterValidator(_server)]
Dotted = Annotated[str, AfterValidator(_dotted)]
Method = Annotated[Literal["GET", "POST", "PUT"], BeforeValidator(_upper)]


class Part(BaseModel):
    """Whatever is left out is as in the contract."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def over(self, other: Self) -> Self:
        """Returns both, with everything that this one sets in front."""
        merged = dict(other.__dict__)
        for name in self.model_fields_set:
            value, below = getattr(self, name), merged[name]
            if isinstance(value, Part) and isinstance(below, Part):
                value = value.over(below)
            elif isinstance(value, Mapping):
                value = _merged(value, below)
            merged[name] = value
        both = self.model_fields_set | other.model_fields_set
        return cast("Self", self.model_construct(_fields_set=both, **merged))


def _merged(value: Mapping[str, Any], below: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, one in value.items():
        under = below.get(name)
        merged[name] = one.over(under) if isinstance(one, Part) and under is not None else one
    return merged


class OperationProfile(Part):
    """How one operation differs. Names left out are those of the contract.

    host: replaces the base URL. send: the names sent, by the contract's; null is not sent.
    set: values put into the body under their dotted names. read: where a value of the contract
    stands; `!` in front negates a boolean. succeeded: what must stand where in a success.
    refused: what refusals mean, in front of the contract's.
    """

    method: Method | None = None
    path: Annotated[str, AfterValidator(_path)] | None = None
    host: Server | None = None
    send: Mapping[str, Dotted | None] = Field(default_factory=dict)
    set: Mapping[Dotted, Any] = Field(default_factory=dict)
    read: Mapping[str, Dotted] = Field(default_factory=dict)
    succeeded: Mapping[Dotted, str] = Field(default_factory=dict)
    refused: tuple[Refused, ...] = ()

    def written(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Returns a body of the contract as it is sent."""
        sent: dict[str, Any] = renamed(body, self.send)
        for name, value in self.set.items():
            put(sent, name, value)
        return sent

    def found_in(self, body: object, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the payload by the contract's names, from wherever they stand."""
        found = dict(payload)
        for name in sorted(self.read, key=lambda name: name.count(".")):
            rows, _, inner = name.rpartition(".")
            if rows and field(found, rows) is not None:
                found[rows] = rows_with(field(found, rows), inner, self.read[name])
            if rows:
                continue
            value = value_at(body, self.read[name])
            value = value_at(payload, self.read[name]) if value is None else value
            found = {key: one for key, one in found.items() if name_key(key) != name_key(name)}
            if value is not None or any(
                is_null_at(one, self.read[name]) for one in (body, payload)
            ):
                found[name] = value
        return found

    def is_success(self, body: object) -> bool:
        return all(
            str(value_at(body, path)).strip().casefold() == text.strip().casefold()
            for path, text in self.succeeded.items()
        )


class SsoProfile(Part):
    """address: absolute, or a path under the base URL. fields: names by the contract's."""

    method: Annotated[Literal["GET", "POST"], BeforeValidator(_upper)] = "POST"
    address: str = sso.SSO_PATH
    fields: Mapping[str, str | None] = Field(default_factory=dict)

    def form_action(self, base_url: str) -> str:
        """Returns the address of Cloud SSO Connect, without any value."""
        return self.address if origin(self.address) else base_url.rstrip("/") + self.address

    def named(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Returns the fields of the form by the names sent."""
        return renamed(fields, self.fields)


class PostbackProfile(Part):
    """method: the only one accepted, unless it is ANY. fields: the names received, by the
    contract's. approved, declined: texts of `Approved` that count in addition to `True` and
    `False`. time_zone: of PaymentDate."""

    method: Annotated[Literal["GET", "POST", "ANY"], BeforeValidator(_upper)] = "ANY"
    fields: Mapping[str, str] = Field(default_factory=dict)
    approved: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "America/New_York"

    @property
    def methods(self) -> frozenset[str]:
        return frozenset({"GET", "POST"} if self.method == "ANY" else {self.method})

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def verdicts(self) -> Mapping[str, bool]:
        """Returns what each exact text of `Approved` means."""
        return {
            **APPROVED_TEXTS,
            **dict.fromkeys(self.approved, True),
            **dict.fromkeys(self.declined, False),
        }
