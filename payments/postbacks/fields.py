"""Turns the bytes of a postback into fields: limited, always decodable, without card numbers.

Nothing here trusts the sender: anyone who knows the address can send anything.
"""

import json
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from urllib.parse import parse_qsl

from icsso.billers.models import Biller
from icsso.client.wire.submitted import MOST_FIELDS, other_than_form
from payments.postbacks.card_numbers import card_numbers, masked, masked_end

Fields = dict[str, list[str]]
MOST_BYTES = 32 * 1024  # query string plus body: the usual eighteen fields take 1 KiB


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
        query = _beginning(query, MOST_BYTES)
        body = _beginning(body, MOST_BYTES - len(query))
        pairs = [*_pairs(query), *_body_pairs(body, content_type)][:MOST_FIELDS]
        pairs[-1:] = [(masked_end(name), masked_end(value)) for name, value in pairs[-1:]]
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


def _beginning(form: bytes, most: int) -> bytes:
    """Returns as much as is read of a part, before the field that would be one too many."""
    return b"&".join(form[:most].split(b"&", MOST_FIELDS)[:MOST_FIELDS])


def _pairs(form: bytes) -> list[tuple[str, str]]:
    # As Latin-1, every byte survives the splitting; each text is decoded separately afterward.
    try:
        pairs = parse_qsl(
            form.decode("latin-1"),
            keep_blank_values=True,
            encoding="latin-1",
            max_num_fields=MOST_FIELDS,
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
