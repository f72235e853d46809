"""From the bytes of a call to its fields: capped, decoded whatever they are, without card numbers.

Nothing here believes the sender: whoever knows the address may send anything.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from urllib.parse import parse_qsl

from icsso.billers.models import Biller
from payments.postbacks.card_numbers import card_numbers, masked

Fields = dict[str, list[str]]
LARGEST_CALL = 32 * 1024  # bytes, query string and body together: eighteen fields take one
MOST_FIELDS = 100


class TooMuch(Exception):
    """More than any call of Invoice Cloud's brings. Nothing of it is kept."""


def read(*, query: bytes, body: bytes) -> Fields:
    """Every field with its values in the order they came, the query string's first.

    Raises TooMuch.
    """
    if len(query) + len(body) > LARGEST_CALL:
        raise TooMuch
    fields: Fields = {}
    for name, value in (*_pairs(query), *_pairs(body)):
        fields.setdefault(name, []).append(value)
    if sum(map(len, fields.values())) > MOST_FIELDS:
        raise TooMuch
    return fields


def without_card_numbers(fields: Mapping[str, Iterable[str]], *, biller: Biller) -> Fields:
    """An account number of the biller's own may look like a card's: it stays."""
    suspects = {number for text in _texts(fields) for number in card_numbers(text)}
    known = biller.accounts.filter(account_number__in=suspects) if suspects else ()
    own = {account.account_number for account in known}
    safe: Fields = {}
    for name, values in fields.items():
        safe.setdefault(masked(name, besides=own), []).extend(
            masked(value, besides=own) for value in values
        )
    return safe


def merged(fields: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """What each field says, by its name in small letters: the server is ASP.NET."""
    said: dict[str, set[str]] = {}
    for name, values in fields.items():
        said.setdefault(name.casefold(), set()).update(values)
    return said


def content_digest(fields: Mapping[str, Iterable[str]]) -> str:
    said = sorted((name, sorted(values)) for name, values in merged(fields).items())
    return sha256(json.dumps(said).encode()).hexdigest()


def _texts(fields: Mapping[str, Iterable[str]]) -> Iterator[str]:
    for name, values in fields.items():
        yield from (name, *values)


def _pairs(form: bytes) -> list[tuple[str, str]]:
    # As latin-1 every byte survives the splitting; what the bytes mean is decided for each text.
    try:
        pairs = parse_qsl(
            form.decode("latin-1"),
            keep_blank_values=True,
            encoding="latin-1",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise TooMuch from None
    return [(_text(name), _text(value)) for name, value in pairs]


def _text(latin: str) -> str:
    """UTF-8, or else latin-1. PostgreSQL takes no NUL in JSON."""
    raw = latin.encode("latin-1")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = latin
    return text.replace("\x00", "\ufffd")
