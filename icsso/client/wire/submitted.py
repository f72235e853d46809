"""Names and values of what was submitted to the portal in another way than as a plain form."""

import json
import re
from collections.abc import Iterator
from email.parser import BytesParser
from typing import Any

MULTIPART = re.compile(r"\s*multipart/form-data\s*;", re.IGNORECASE)
BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"
Pairs = list[tuple[bytes, bytes]]


def in_parts(body: bytes, content_type: str) -> Pairs:
    """Returns the parts of a multipart form, or nothing if it is none."""
    if not MULTIPART.match(content_type):
        return []
    head = f"Content-Type: {content_type}\r\n\r\n".encode("ascii", "replace")
    found = []
    for part in BytesParser().parsebytes(head + body).walk():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            found.append((name.encode("utf-8", "replace"), value))
    return found


def in_json(body: bytes) -> Pairs:
    """Returns the members of a JSON object, and of those inside it, or nothing if it is none.
    Booleans are as .NET writes them, null is empty. Raises ValueError."""
    if not body.lstrip(BEFORE_JSON).startswith((b"{", b"[")):
        return []
    try:
        content = json.loads(body.decode("utf-8-sig"), parse_int=str, parse_float=str)
        pairs = list(_members(content, ""))
    except RecursionError:
        raise ValueError("too deep") from None
    return [(n.encode("utf-8", "replace"), v.encode("utf-8", "replace")) for n, v in pairs]


def _members(content: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _members(value, key)
    elif isinstance(content, list):
        for value in content:
            yield from _members(value, name)
    else:
        yield name, "" if content is None else str(content)
