"""Names and values of what was submitted to the portal in another way than as a plain form.

Anyone may submit anything: the work grows only with the bytes, and stops at the first field too
many.
"""

import json
import re
from typing import Any

MOST_FIELDS = 100  # whoever gets one more knows that there were too many
DEEPEST = 8  # objects and lists inside each other
LONGEST_HEAD = 1024  # bytes of the headers of a part
BOUNDARY = re.compile(
    r'\s*multipart/form-data\s*;.*?\bboundary="?([\w\'()+,./:=? -]{1,70})', re.IGNORECASE
)
BLANK_LINE = re.compile(rb"\r?\n\r?\n")
NAME = re.compile(
    rb'^content-disposition:[^\n]*?[;\s]name="?([^"\r\n;]*)', re.IGNORECASE | re.MULTILINE
)
# Of JSON: a text, whether it ends or not, and what separates members.
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"?|[{}\[\],]', re.DOTALL)
CLOSING = {b"{": b"}", b"[": b"]"}
BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"
Pairs = list[tuple[bytes, bytes]]


def other_than_form(body: bytes, content_type: str) -> Pairs:
    """Returns the parts of a multipart form, or the members of a JSON object and of those inside
    it; nothing if it is neither, or cannot be read: then it counts as a form."""
    try:
        return _parts(body, content_type) or _members(body)
    except (ValueError, RecursionError):
        return []


def part_of_other(body: bytes, content_type: str) -> Pairs:
    """Returns the same of a body that may break off or have too many fields: all that is complete.
    The work grows only with the bytes."""
    try:
        return _complete_parts(body, content_type) or _members(_closed(body), most=len(body))
    except (ValueError, RecursionError):
        return []


def _complete_parts(body: bytes, content_type: str) -> Pairs:
    """Returns every part with a boundary after it. Raises ValueError if one cannot be read."""
    boundary = BOUNDARY.match(content_type)
    if not boundary:
        return []
    _before, *parts = (b"\n" + body).split(_mark(boundary))
    return [_part(part) for part in parts[:-1]]


def _closed(body: bytes) -> bytes:
    """Returns JSON that breaks off up to its last comma, with everything closed that is open."""
    ends, last = b"", (0, b"")
    for token in TOKEN.finditer(body):
        sign = token[0]
        if sign in CLOSING:
            ends = CLOSING[sign] + ends
        elif sign in CLOSING.values():
            ends = ends[1:]
        elif sign == b",":
            last = token.start(), ends
        if len(ends) > DEEPEST:
            raise ValueError("too deep")
    return body[: last[0]] + last[1] if ends else body


def _mark(boundary: re.Match[str]) -> bytes:
    return b"\n--" + boundary[1].strip().encode("latin-1")


def _parts(body: bytes, content_type: str) -> Pairs:
    """Each is taken as it stands, whatever encoding it names. Raises ValueError if one cannot be
    read or the end is missing."""
    boundary = BOUNDARY.match(content_type)
    if not boundary:
        return []
    _before, *parts = (b"\n" + body).split(_mark(boundary), MOST_FIELDS + 2)
    if len(parts) <= MOST_FIELDS + 1 and not (parts and parts.pop().startswith(b"--")):
        raise ValueError("no end")
    return [_part(part) for part in parts[: MOST_FIELDS + 1]]


def _part(part: bytes) -> tuple[bytes, bytes]:
    head, *value = BLANK_LINE.split(part, 1)
    if not value or len(head) > LONGEST_HEAD or head.strip(b" \t")[:1] not in b"\r\n":
        raise ValueError("no part")
    name = NAME.search(head)
    return name[1] if name else b"", value[0].removesuffix(b"\r")


def _members(body: bytes, most: int = MOST_FIELDS) -> Pairs:
    """Booleans are as .NET writes them, null is empty. Of a name that occurs several times, each
    value counts. Raises ValueError or RecursionError."""
    if not body.lstrip(BEFORE_JSON).startswith((b"{", b"[")):
        return []
    text = body.decode("utf-8-sig")
    content = json.loads(
        text, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=tuple
    )
    found: Pairs = []
    rest: list[tuple[str, Any, int]] = [("", content, 0)]
    while rest and len(found) <= most:
        name, value, depth = rest.pop()
        if not isinstance(value, tuple | list):
            text = "" if value is None else str(value)
            found.append((name.encode("utf-8", "replace"), text.encode("utf-8", "replace")))
            continue
        if depth == DEEPEST:
            raise ValueError("too deep")
        # An object is a tuple of its members, in which a list has its own name for each value.
        inner = value if isinstance(value, tuple) else [(name, one) for one in value]
        rest += [(key, one, depth + 1) for key, one in reversed(inner)]
    return found
