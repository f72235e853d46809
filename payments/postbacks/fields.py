"""Turns the bytes of a postback into fields: limited, always decodable, without card numbers.

Nothing here trusts the sender: anyone who knows the address can send anything.
"""

import json
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from itertools import accumulate
from urllib.parse import parse_qsl

from icsso.billers.models import Biller
from icsso.client.contract import PostbackField
from icsso.client.wire.submitted import MOST_FIELDS, other_than_form, part_of_other
from payments.postbacks.card_numbers import card_numbers, masked, masked_end

Fields = dict[str, list[str]]
MOST_BYTES = 32 * 1024  # query string plus body: the usual eighteen fields take 1 KiB
MOST_STORED = MOST_BYTES * 3 // 2  # of a part, as JSON
KNOWN = {field.casefold() for field in PostbackField}


class TooLarge(Exception):
    """Larger than any postback of Invoice Cloud. Only a part of it may be kept."""


def read(*, query: bytes, body: bytes, content_type: str = "", is_whole: bool = True) -> Fields:
    """Returns every field with its values in the order received, the query string first. The body
    is a form, also in parts (multipart), or JSON, whose objects and lists do not count: what stands
    in several objects has several values.

    is_whole: False if a part is missing; then it may end within a card number, and what is too much
    is left out. Otherwise, TooLarge is raised.
    """
    if is_whole and len(query) + len(body) > MOST_BYTES:
        raise TooLarge
    fields: Fields = {}
    if is_whole:
        pairs = [*_pairs(query), *_body_pairs(body, content_type)]
    else:
        pairs = _pairs_of_part(query[:MOST_BYTES], body[: MOST_BYTES - len(query)], content_type)
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    if sum(map(len, fields.values())) > MOST_FIELDS:
        raise TooLarge
    return fields


def without_card_numbers(fields: Mapping[str, Iterable[str]], *, biller: Biller) -> Fields:
    """Masks card numbers, but not the biller's own account numbers that look like one."""
    suspects = {number for text in _texts(fields) for number in card_numbers(text)}
    if not suspects:
        return {name: [*values] for name, values in fields.items()}
    own = biller.accounts.for_numbers(suspects)
    safe: Fields = {}
    for name, values in fields.items():
        safe.setdefault(masked(name, besides=own), []).extend(
            masked(value, besides=own) for value in values
        )
    return safe


def merged(fields: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Returns the values by lowercase name: Invoice Cloud runs ASP.NET, which ignores case. Blanks
    and line breaks around a name don't count, so a field that occurs with and without them has two
    values if they differ."""
    values_by_name: dict[str, set[str]] = {}
    for name, values in fields.items():
        values_by_name.setdefault(name.strip().casefold(), set()).update(values)
    return values_by_name


def content_digest(fields: Mapping[str, Iterable[str]], *, is_whole: bool = True) -> str:
    """Returns the SHA-256 of the fields, whatever their order and place. A part of a postback never
    has the same one as a whole postback, even if no field is missing."""
    content = sorted((name, sorted(values)) for name, values in merged(fields).items())
    told = json.dumps(content if is_whole else {"part": content})
    return sha256(told.encode()).hexdigest()


def _texts(fields: Mapping[str, Iterable[str]]) -> Iterator[str]:
    for name, values in fields.items():
        yield from (name, *values)


def _body_pairs(body: bytes, content_type: str) -> list[tuple[str, str]]:
    """Anything that is neither multipart nor JSON counts as a form. The byte order mark that .NET
    may write at the beginning is not part of the first name."""
    other = other_than_form(body, content_type)
    return [(_text(name), _text(value)) for name, value in other] or _pairs(
        body.removeprefix(BOM_UTF8)
    )


def _pairs_of_part(query: bytes, body: bytes, content_type: str) -> list[tuple[str, str]]:
    """Returns what is kept of a part: first the fields that Invoice Cloud is known to send."""
    other = part_of_other(body, content_type)
    inner = [(_text(name), _text(value)) for name, value in other]
    pairs = [*_pairs(query, most=None), *(inner or _pairs(body, most=None))]
    pairs[-1:] = [(masked_end(name), masked_end(value)) for name, value in pairs[-1:]]
    pairs.sort(key=lambda pair: pair[0].strip().casefold() not in KNOWN)
    room, kept = MOST_STORED, []
    for pair in pairs[:MOST_FIELDS]:
        name, value = (_shortened(text, room // 2) for text in pair)
        room -= _size(name) + _size(value)
        kept.append((name, value))
    return kept


def _shortened(text: str, room: int) -> str:
    """Returns as much of the text as fits, without the beginning of a card number at its end."""
    if _size(text) <= room:
        return text
    ends = accumulate(map(_size, text))
    return masked_end(text[: sum(end <= room for end in ends)])


def _size(text: str) -> int:
    """Returns how long the text is in JSON, which writes some characters as six."""
    return len(json.dumps(text)) - 2


def _pairs(form: bytes, most: int | None = MOST_FIELDS) -> list[tuple[str, str]]:
    # As Latin-1, every byte survives the splitting; each text is decoded separately afterward.
    try:
        pairs = parse_qsl(
            form.decode("latin-1"),
            keep_blank_values=True,
            encoding="latin-1",
            max_num_fields=most,
        )
    except ValueError:
        raise TooLarge from None
    # A form that was once embedded in XML has &amp; between its pairs.
    return [(_text(name.removeprefix("amp;")), _text(value)) for name, value in pairs]


def _text(latin: str | bytes) -> str:
    """Decodes UTF-8, or else Latin-1. PostgreSQL accepts no NUL in JSON."""
    raw = latin if isinstance(latin, bytes) else latin.encode("latin-1")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.replace("\x00", "\ufffd")
