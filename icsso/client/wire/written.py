"""From the bytes of a body to what it says: JSON, JSON written into text, or a sentence."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import requests

from icsso.client.answers import field, name_key

NO_CONTENT = 204
EMPTY: tuple[object, ...] = (None, "", [], {})
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)


def decoded(body: bytes | bytearray, content_type: str) -> str:
    """Returns the text: in UTF-8, or in UTF-16 if its first bytes show that, or else in what the
    header says. The header is wrong more often than the bytes."""
    seen = json.detect_encoding(body)
    try:
        return body.decode(seen)
    except UnicodeDecodeError:
        charset = CHARSET.search(content_type)
    try:
        return body.decode(charset[1] if charset else seen, errors="replace")
    except (LookupError, UnicodeError):
        return body.decode(seen, errors="replace")


def body_of(response: requests.Response, text: str) -> tuple[bool, Any]:
    """Returns whether the text could be an answer, and its content. Status 204 counts as null,
    which is what ASP.NET means by it, and an empty body as an empty object."""
    if response.status_code == NO_CONTENT:
        return True, None
    if not text.strip():
        return True, {}
    is_answer, body = parsed(text)
    if not is_answer and _is_in_words(response, text):
        return True, text
    body = unpacked(body)
    return is_answer and (body is None or isinstance(body, Mapping | list | str | bool)), body


def _is_in_words(response: requests.Response, text: str) -> bool:
    """Whether the answer is a sentence and not a page: ASP.NET sends text that a program returns
    this way. With 403 or 404, it may be a gateway's sentence about a path that does not exist."""
    is_text = response.headers.get("Content-Type", "").strip().lower().startswith("text/plain")
    return is_text and text.lstrip()[0].isalpha() and response.status_code not in {403, 404}


def unpacked(body: Any) -> Any:
    """Returns the content of JSON that was serialized twice, as a whole, in `Data`, or in `d`,
    where ASP.NET's script services put their whole answer."""
    if isinstance(body, Mapping) and [*body] == ["d"]:
        body = body["d"]
    if isinstance(body, str) and body.lstrip().startswith(("{", "[")):
        is_answer, inner = parsed(body)
        return inner if is_answer else body
    if isinstance(body, Mapping) and isinstance(field(body, "Data"), str):
        return {
            name: unpacked(value) if name_key(name) == "data" else value
            for name, value in body.items()
        }
    return body


def parsed(text: str) -> tuple[bool, Any]:
    """Returns whether the text is JSON, and its content."""
    try:
        # As Decimal: money must never become a float.
        body = json.loads(text, parse_float=Decimal, object_pairs_hook=_object)
    except (ValueError, ArithmeticError, RecursionError):
        return False, None
    return True, body


def _object(pairs: list[tuple[str, Any]]) -> Any:
    """Returns an object, or the list that Json.NET writes as one when it keeps references."""
    body = _without_repeated_names(pairs)
    is_list = "$values" in body and all(name.startswith("$") for name in body)
    return body["$values"] if is_list else body


def _without_repeated_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Returns an object in which each name stands once, in whatever spelling. An empty value does
    not count beside another: a list of users beside a null is no empty list. Two values that differ
    become a list of both, which nothing takes for a value."""
    body = dict(pairs)
    if len(body) == len(pairs) and _are_distinct(tuple(body)):
        return body
    body = {}
    spelled: dict[str, str] = {}
    for name, value in pairs:
        first = spelled.setdefault(name_key(name), name)
        if body.get(first) in EMPTY:
            body[first] = value
        elif value not in EMPTY and value != body[first]:
            body[first] = [body[first], value]
    return body


@lru_cache(32)  # the rows of a list have the same names
def _are_distinct(names: tuple[str, ...]) -> bool:
    return len({*map(name_key, names)}) == len(names)
