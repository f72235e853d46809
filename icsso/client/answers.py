"""Reads Invoice Cloud's answers tolerantly (contract, rule 3).

Names match in any case, unknown fields are ignored, and a value that cannot be read is left out
unless the answer is useless without it.
"""

import logging
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from icsso.client import moments, parsing

logger = logging.getLogger(__name__)
T = TypeVar("T")
GUID = re.compile(r"\{?[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}\}?")
TOKEN = re.compile(r"[!-~]+")
# Values in place of a token that mean that there is none: Invalid, NotRegistered, NO_SUCH_USER, -1.
# Empty values are checked elsewhere.
NO_TOKEN = re.compile(
    r"(?:true|false|undefined|empty|denied|expired|locked"
    r"|(?:no|not|bad|wrong|invalid|incorrect|unknown|unauthori[sz]|fail|error|missing)[a-z_-]*)"
    r"|[-+]?\d{1,6}",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"https?://\S+$", re.IGNORECASE)
# Names of fields with the reason for a refusal, as ASP.NET and others have them. FAULTS never hold
# anything else.
FAULTS = ("ErrorMessage", "Error", "Errors", "ErrorDescription", "ErrorMessages")
REASONS = ("Message", *FAULTS, "Detail", "Messages")
# Fields that a success may have too: they hold a reason only if the call failed.
LABELS = ("Description", "Reason", "ResponseMessage", "ResultMessage", "StatusMessage")
# Values of `Message`, and of a field in FAULTS, that report no fault.
PRAISE = "success(ful(ly)?)?|ok|no errors?"
SUCCESS = re.compile(rf"\W*({PRAISE}|true)\W*", re.IGNORECASE)
NO_FAULT = re.compile(rf"\W*({PRAISE}|false|0+)\W*", re.IGNORECASE)
NEGATED = "!"  # before a name: the opposite of its value


class Answer(BaseModel):
    """A response of Invoice Cloud.

    may_be_empty: whether an answer without any field can be used. rows: the field that a bare list
    is taken for; null counts as an empty list. lone_guid, lone_address: the field that a bare GUID,
    or a bare web address, is taken for.
    also_called: other names of a field, by its name in the contract; `!` negates a boolean.
    rather_called: names whose value comes first if it is an email address.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, str_strip_whitespace=True
    )
    may_be_empty: ClassVar[bool] = False
    rows: ClassVar[str] = ""
    lone_guid: ClassVar[str] = ""
    lone_address: ClassVar[str] = ""
    also_called: ClassVar[Mapping[str, str]] = {}
    rather_called: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _match_names_in_any_case(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        aliases = {
            name_key(str(field.alias)): str(field.alias) for field in cls.model_fields.values()
        }
        named = {aliases.get(name_key(str(name)), name): value for name, value in data.items()}
        found = {name: value for name, value in named.items() if not _is_missing(value)}
        if cls.rows in named:
            rows = found.setdefault(cls.rows, [])
            found[cls.rows] = [rows] if isinstance(rows, Mapping) else rows
        for name, other in cls.also_called.items():
            if name not in found and (value := value_at(data, other)) is not None:
                found[name] = value
        for name, other in cls.rather_called.items():
            value = value_at(data, other)
            if value is not None and (name not in found or "@" in str(value)):
                found[name] = value
        return found


def value_at(data: object, path: str) -> Any:
    """Returns the value at a dotted path, names in any case; None without one.

    A path that starts with `!` returns the opposite of a boolean.
    """
    value = data
    for name in path.removeprefix(NEGATED).split("."):
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        value = field(value, name) if isinstance(value, Mapping) else None
    if not path.startswith(NEGATED) or value is None:
        return value
    try:
        return not parsing.boolean(value)
    except ValueError:
        return None


def is_null_at(data: object, path: str) -> bool:
    """Whether null stands at a dotted path, and not nothing at all."""
    parent, _, last = path.removeprefix(NEGATED).rpartition(".")
    place = value_at(data, parent) if parent else data
    return isinstance(place, Mapping) and any(
        name_key(name) == name_key(last) and value is None for name, value in place.items()
    )


def name_key(name: str) -> str:
    """Returns the form in which names are compared: the server is ASP.NET, for which case does not
    matter, and what stands in front of it may join words in another way."""
    return name.lower().replace("_", "")


def field(body: Mapping[str, Any], wanted: str) -> Any:
    """Returns a field by its name, however that is spelled."""
    key = name_key(wanted)
    return next((value for name, value in body.items() if name_key(name) == key), None)


def is_praise(words: str) -> bool:
    """Whether the words say nothing but that it went well."""
    return bool(SUCCESS.fullmatch(words))


def is_fault(told: object, *, depth: int = 3) -> bool:
    """Whether the value of a field in FAULTS reports a fault, in words or not."""
    if isinstance(told, Mapping | list):
        parts = told.values() if isinstance(told, Mapping) else told
        return any(depth == 0 or is_fault(part, depth=depth - 1) for part in parts)
    words = str(told).strip().casefold()
    return words not in parsing.NO_VALUE and not NO_FAULT.fullmatch(words)


def payload_of(body: Any, promised: type[Answer]) -> Mapping[str, Any]:
    """Returns the payload by the names of the contract: from `Data`, from the top level, or from a
    bare list or GUID where the answer promises one. If several places fit, takes the one that has
    rows."""
    whole = body if isinstance(body, Mapping) else {}
    data = field(whole, "Data")
    places = [body] if _is_missing(data) else [data]
    if isinstance(data, Mapping | list):
        places.append(body)
    # Beside a refusal, a GUID or an address belongs to the refusal.
    told = {name: field(whole, name) for name in REASONS}
    is_refused = any(
        is_fault(words) if name in FAULTS else words and not is_praise(str(words))
        for name, words in told.items()
    )
    found = [_payload_at(place, promised, is_refused=is_refused) for place in places]
    return max(
        found, key=lambda one: (has_promised(one, promised), bool(field(one, promised.rows)))
    )


def _payload_at(place: Any, promised: type[Answer], *, is_refused: bool) -> Mapping[str, Any]:
    if place is None and promised.rows:
        return {promised.rows: []}
    if isinstance(place, list):
        if promised.rows and not (len(place) == 1 and has_promised(place[0], promised)):
            return {promised.rows: place}
        place = place[0] if len(place) == 1 else {}
    if isinstance(place, Mapping):
        return place
    # Any other bare value may be a refusal in words, and must never be taken for a token.
    if is_refused:
        return {}
    text = str(place).strip()
    if promised.lone_guid and GUID.fullmatch(text):
        return {promised.lone_guid: text}
    return {promised.lone_address: text} if promised.lone_address and ADDRESS.match(text) else {}


def has_promised(payload: object, promised: type[Answer]) -> bool:
    """Whether the payload has a value for any field of the contract."""
    if not isinstance(payload, Mapping):
        return False
    named = {name_key(str(one.alias)) for one in promised.model_fields.values()}
    rows = name_key(promised.rows)
    return any(
        key == rows or (key in named and not _is_missing(value))
        for key, value in ((name_key(name), value) for name, value in payload.items())
    )


def _is_missing(value: object) -> bool:
    return value is None or parsing.is_nothing(value)


def _left_out_if_unreadable(
    value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
) -> Any:
    try:
        return handler(value)
    except ValueError:  # pydantic's own error is one, too
        logger.warning("invoice cloud: a value of %s was not readable", info.field_name)
        return None


def _usable_rows(rows: object, handler: ValidatorFunctionWrapHandler) -> Any:
    """A row that cannot be read must not stop the thousands around it: it is left out. Without any
    readable row, the answer is not what the contract promises."""
    if not isinstance(rows, list | tuple):
        return handler(rows)
    kept: list[Any] = []
    for row in rows:
        try:
            kept += handler([row])
        except ValueError:
            continue
    if rows and not kept:
        return handler(rows)
    if len(kept) < len(rows):
        logger.warning("invoice cloud: ignored %d unreadable rows", len(rows) - len(kept))
    return tuple(kept)


def _words(value: object) -> object:
    return parsing.plain_words(value) if isinstance(value, str) else value


def _token(text: str) -> str:
    """Raises ValueError for a word that means that there is no token, and for a small number."""
    says_none = text.casefold() in parsing.NO_VALUE or NO_TOKEN.fullmatch(text)
    if says_none or not TOKEN.fullmatch(text):
        raise ValueError("no token")
    return text


Token = Annotated[str, AfterValidator(_token)]
Words = Annotated[str, BeforeValidator(_words)]
AccountNumber = Annotated[str, BeforeValidator(parsing.account_number)]
Boolean = Annotated[bool, BeforeValidator(parsing.boolean)]
Money = Annotated[Decimal, BeforeValidator(parsing.money)]
Day = Annotated[date | None, BeforeValidator(moments.day)]
IfReadable = Annotated[T | None, WrapValidator(_left_out_if_unreadable)]
Rows = Annotated[tuple[T, ...], WrapValidator(_usable_rows)]
