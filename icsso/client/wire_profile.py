"""The wire profile: where an Invoice Cloud differs from the contract (contract, rule 1).

A profile is JSON. What it leaves out is the contract; an empty one is the contract itself.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self, cast
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from icsso.client import sso
from icsso.client.addresses import origin
from icsso.client.answers import field, is_null_at, value_at
from icsso.client.bodies import put, renamed, rows_with, sample
from icsso.client.contract import APPROVED_TEXTS, OPERATIONS, Operation, PostbackField, names_of
from icsso.client.refusals import Refused

PLACEHOLDER = re.compile(r"\{(.*?)\}")
PATH = re.compile(r"/[\w.~!$&'()*+,;=:@%/?{}-]*", re.ASCII)
DOTTED = re.compile(r"!?[^.!\s]+(\.[^.!\s]+)*")
SECRETS = {"Password", "NewPassword", "RemoteAuthenticationToken"}


class WireProfileError(ValueError):
    """faults: one plain sentence for each fault, with its place in the profile."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


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


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("must be a time zone, like America/New_York")
    return name


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Server = Annotated[str, AfterValidator(_server)]
Dotted = Annotated[str, AfterValidator(_dotted)]
Method = Annotated[Literal["GET", "POST", "PUT"], BeforeValidator(_upper)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    def over(self, other: Self) -> Self:
        """Returns both, with everything that this one sets in front."""
        merged = dict(other.__dict__)
        for name in self.model_fields_set:
            value, below = getattr(self, name), merged[name]
            if isinstance(value, _Part) and isinstance(below, _Part):
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
        merged[name] = one.over(under) if isinstance(one, _Part) and under is not None else one
    return merged


class OperationProfile(_Part):
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
            found = {key: one for key, one in found.items() if key.lower() != name.lower()}
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


class SsoProfile(_Part):
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


class PostbackProfile(_Part):
    """fields: the names received, by the contract's. approved, declined: texts of `Approved` that
    count in addition to `True` and `False`. time_zone: of PaymentDate."""

    method: Annotated[Literal["GET", "POST", "ANY"], BeforeValidator(_upper)] = "POST"
    fields: Mapping[str, str] = Field(default_factory=dict)
    approved: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "America/New_York"

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


class WireProfile(_Part):
    """operations: by the names of `contract.OPERATIONS`. hosts: further servers of hosted pages."""

    operations: Mapping[str, OperationProfile] = Field(default_factory=dict)
    sso: SsoProfile = SsoProfile()
    postback: PostbackProfile = PostbackProfile()
    hosts: tuple[Server, ...] = ()

    @classmethod
    def parse(cls, value: object) -> Self:
        """Returns the profile written in JSON, or already read from it. Raises WireProfileError."""
        if isinstance(value, str):
            try:
                value = json.loads(value or "{}")
            except ValueError as error:
                raise WireProfileError([f"The profile is not JSON: {error}."]) from None
        if not isinstance(value, Mapping):
            raise WireProfileError(["The profile must be a JSON object: {…}."])
        try:
            profile = cls.model_validate(value)
        except ValidationError as error:
            raise WireProfileError([_sentence(fault) for fault in error.errors()]) from None
        faults = list(_faults(profile))
        if faults:
            raise WireProfileError(faults)
        return profile

    def operation(self, name: str) -> OperationProfile:
        return self.operations.get(name, OperationProfile())

    def to_json(self) -> dict[str, Any]:
        """Returns what is set, as `parse` reads it."""
        return self.model_dump(mode="json", exclude_unset=True)

    @property
    def secret_servers(self) -> set[str]:
        """Returns the servers named here that get the API key or tokens."""
        hosts = [one.host or "" for one in self.operations.values()]
        return {found for found in map(origin, [*hosts, self.sso.address]) if found}

    @property
    def servers(self) -> set[str]:
        """Returns all servers named here."""
        return self.secret_servers | {*self.hosts}

    def origins(self, base_url: str) -> list[str]:
        """Returns the servers whose pages may be framed, besides the base URL."""
        cloud_payments = self.operation("cloud_payments").host
        addresses = [self.sso.form_action(base_url), cloud_payments or "", *self.hosts]
        return [found for found in map(origin, addresses) if found]


def _sentence(fault: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    words = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        words = "is not a name of the wire profile"
    return f"{place}: {words}."


def _faults(profile: WireProfile) -> Iterator[str]:
    for name, one in profile.operations.items():
        if name not in OPERATIONS:
            known = ", ".join(OPERATIONS)
            yield f"operations.{name}: there is no such operation. There are {known}."
            continue
        yield from _operation_faults(name, one)
    yield from _unknown("sso.fields", profile.sso.fields, sso.FIELDS)
    yield from _unknown("postback.fields", profile.postback.fields, tuple(PostbackField))
    address = profile.sso.address
    if not origin(address) and not (PATH.fullmatch(address) and not address.startswith("//")):
        yield "sso.address: must be an address with https://, or start with a slash."
    declined = {*profile.postback.declined, *_texts_that_mean(False)}
    approved = {*profile.postback.approved, *_texts_that_mean(True)}
    if both := approved & declined:
        yield f"postback: {', '.join(sorted(both))} cannot mean both approved and declined."
    received = [profile.postback.fields.get(name, name).casefold() for name in PostbackField]
    if len(set(received)) < len(received):
        yield "postback.fields: two names of the contract cannot be received under one."


def _texts_that_mean(approved: bool) -> set[str]:
    return {text for text, means in APPROVED_TEXTS.items() if means is approved}


def _operation_faults(name: str, one: OperationProfile) -> Iterator[str]:
    known, place = OPERATIONS[name], f"operations.{name}"
    yield from _unknown(f"{place}.send", one.send, known.sends)
    yield from _unknown(f"{place}.read", one.read, names_of(known.reads))
    wanted = PLACEHOLDER.findall(known.path)
    if one.path is not None and PLACEHOLDER.findall(one.path) != wanted:
        yield (
            f"{place}.path: must contain {{{wanted[0]}}}."
            if wanted
            else (f"{place}.path: must contain no placeholder.")
        )
    else:
        yield from _misfits(place, one, known)
    if one.method == "GET" and SECRETS & set(known.sends):
        yield f"{place}.method: GET would put a password or token into an address."


def _misfits(place: str, one: OperationProfile, known: Operation) -> Iterator[str]:
    try:
        one.written(sample(known.sends))
        (one.path or known.path).format(**dict.fromkeys(PLACEHOLDER.findall(known.path), ""))
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        yield f"{place}: what path, send, and set say does not fit together."
    sent = [one.send.get(name, name) for name in known.sends if "." not in name]
    named = [name for name in sent if name is not None]
    if len(set(named)) < len(named):
        yield f"{place}.send: two names of the contract cannot be sent under one."


def _unknown(place: str, given: Mapping[str, object], known: tuple[str, ...]) -> Iterator[str]:
    for name in given:
        if name not in known:
            yield f"{place}: {name} is not a name of the contract. There are {', '.join(known)}."
