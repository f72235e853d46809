"""Replaces every value by its kind: what a capture and a report may show of Invoice Cloud's wire.

Names stay, values never do. A name that could be a value itself, such as an account number or a
customer used as a key, becomes its kind as well.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from icsso.client.probe.names import is_name

MOST_ROWS = 3  # of a list: more say nothing new
DEEPEST = 12
NAME = re.compile(r"[$@]?[A-Za-z_][A-Za-z_-]*[0-9]{0,3}")
LONGEST_NAME = 60
GUID = re.compile(r"(\{)?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?(1)\})")
GUID_INSIDE = re.compile(
    r"(%7[Bb]|\{)?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(%7[Dd]|\})?"
)
DATES: Sequence[tuple[str, re.Pattern[str]]] = [
    ("M/d/yyyy", re.compile(r"\d{1,2}/\d{1,2}/\d{4}")),
    ("M/d/yyyy h:mm:ss tt", re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d:\d\d [AaPp][Mm]")),
    ("yyyy-MM-dd", re.compile(r"\d{4}-\d\d-\d\d")),
    (
        "yyyy-MM-ddTHH:mm:ss",
        re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?"),
    ),
    ("/Date(ms)/", re.compile(r"/Date\(-?\d+([+-]\d{4})?\)/")),
]
MONEY = re.compile(
    r"\(?[-+]?\$?[-+]?\d{0,3}(,?\d{3})*\.(?P<cents>\d{1,6})\)?( ?CR|-)?", re.IGNORECASE
)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def kind_of(value: object) -> str:
    """Returns the kind of one value: `guid`, `money:2`, `date:M/d/yyyy`, `text:14`, and so on."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, Decimal | float):
        return f"money:number:{_digits(Decimal(str(value)))}"
    return _text_kind(str(value))


def described(body: Any, *, secrets: Collection[str] = (), depth: int = 0) -> Any:
    """Returns the body with every value replaced by its kind, and lists cut to three rows.

    secrets: what was asked for; a name that contains one of these is replaced, too, as is one that
    is not made of the words of fields (`names`). Of those of one kind, the first stands for all.
    """
    if depth > DEEPEST:
        return "text:0"
    if isinstance(body, Mapping):
        inside: dict[str, Any] = {}
        for name, value in body.items():
            kept = _name_or_kind_in_json(str(name), secrets)
            inside.setdefault(kept, described(value, secrets=secrets, depth=depth + 1))
        return inside
    if isinstance(body, list | tuple):
        return [described(row, secrets=secrets, depth=depth + 1) for row in body[:MOST_ROWS]]
    return kind_of(body)


def name_or_kind(name: str, secrets: Collection[str] = ()) -> str:
    """Returns the name if it can only be one, else its kind in braces."""
    lower = name.lower()
    known = any(secret and secret.lower() in lower for secret in secrets)
    if len(name) <= LONGEST_NAME and NAME.fullmatch(name) and not known:
        return name
    return f"{{{kind_of(name)}}}"


def _name_or_kind_in_json(name: str, secrets: Collection[str]) -> str:
    return name_or_kind(name, secrets) if is_name(name) else f"{{{kind_of(name)}}}"


def path_of(url: str, known: Collection[str]) -> str:
    """Returns the path of an address. What is no known name in it may be a value: GUIDs become
    `{CustomerGuid}`, all else `{part}`."""
    path = GUID_INSIDE.sub("{CustomerGuid}", urlsplit(url).path)
    kept = {"", "{customerguid}", *known}
    return "/".join(part if part.lower() in kept else "{part}" for part in path.split("/"))


def _digits(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _text_kind(text: str) -> str:
    stripped = " ".join(text.split())  # newer versions of .NET put a narrow space before PM
    kinds: Sequence[Callable[[str], str]] = (_plain, _guid, _date, _money)
    found = next((kind for kind in (one(stripped) for one in kinds) if kind), "")
    return found or f"text:{len(text)}"


def _plain(text: str) -> str:
    if not text:
        return "empty"
    if text.lower() in {"true", "false"}:
        return "boolean:text"
    if text.isascii() and text.isdigit():
        return f"digits:{len(text)}"
    if EMAIL.fullmatch(text):
        return "email"
    return "url" if re.match(r"https?://", text, re.IGNORECASE) else ""


def _guid(text: str) -> str:
    if not GUID.fullmatch(text):
        return ""
    return "guid" + ":braces" * text.startswith("{") + ":upper" * (text != text.lower())


def _date(text: str) -> str:
    return next((f"date:{form}" for form, pattern in DATES if pattern.fullmatch(text)), "")


def _money(text: str) -> str:
    match = MONEY.fullmatch(text)
    return f"money:{len(match['cents'])}" if match else ""
