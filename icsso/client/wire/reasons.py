"""The words in an answer: all of them, for decisions, and the part that customers may see."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from icsso.client.answers import (
    FAULTS,
    LABELS,
    NEGATED,
    REASONS,
    field,
    is_fault,
    is_praise,
    name_key,
)
from icsso.client.errors import TOO_MANY
from icsso.client.parsing import NO_VALUE, boolean, plain_words

LONGEST_WORD = 40  # characters without a blank: anything longer may be a token
LONGEST_REASON = 200  # characters: anything longer is no sentence for a customer
# Operations whose answer is a secret: a value without a name must not be taken for a reason.
GIVES_SECRET = {"remote_authentication", "cloud_payments"}
PRAISING = {"data", *map(name_key, (*REASONS, *LABELS))}
# Fields that report a fault but may hold nothing that people can read.
SIGNS = (*FAULTS, "ErrorCode", "ExceptionMessage")
# Fields that say whether the call succeeded; those in COUNTS may be numbers of items instead.
SUCCESSES = (
    *("Success", "IsSuccess", "Succeeded", "IsSuccessful", "Successful"),
    *("!HasError", "!HasErrors", "!IsError", "!IsFaulted"),
)
COUNTS = ("Succeeded", "Successful")
# Fields with the outcome in a word. Beside the promised fields, the word may be about anything.
OUTCOMES = ("Status", "StatusText", "Result", "ResultStatus", "ResponseStatus", "Outcome")
LONGEST_OUTCOME = 60  # characters
FAILED = re.compile(
    r"(?!.*\b(no|zero|without)\b)[a-z ]*"
    r"(fail(ed|ure)?|errors?|fault(ed)?|exception|unsuccessful|unavailable"
    r"|denied|rejected|refused|aborted|timed? ?out)"
    r"( has)?( occurred)?\W*",
    re.IGNORECASE,
)
NOTHING_SAID: tuple[object, ...] = ("", [], {}, None)
WORD = re.compile(r"[^\W\d_]+(['\u2019-][^\W\d_]+)*[.,;:!?]?")
# Complete texts that mean that the service is not available now, by the equivalent status.
AGAIN_LATER = r"(\W+(please )?try again (later|in \d+ seconds?))?\W*"
SERVICE = r"(the )?(service|server|system|site)( is)?( currently| temporarily)? "
IN_WORDS: Mapping[int, re.Pattern[str]] = {
    TOO_MANY: re.compile(
        rf"((rate|request) limit( is| has been)? exceeded|too many (requests|calls)){AGAIN_LATER}"
        # Azure's
        r"|out of (call volume|bandwidth) quota(\W+quota will be replenished in [\d.:]+)?\W*",
        re.IGNORECASE,
    ),
    503: re.compile(
        rf"({SERVICE}(unavailable|not available|down)"
        rf"|({SERVICE})?((down )?for|under|in) maintenance"
        rf"|(scheduled|system|site) maintenance( in progress)?){AGAIN_LATER}",
        re.IGNORECASE,
    ),
}
# Complete texts of an error beside an empty list that mean only that nothing was found.
ROWS = "(records?|users?|customers?|accounts?|results?|rows?|data|match(es)?|entries)"
NOTHING_FOUND = re.compile(
    rf"((the )?(user|customer|account) has )?no (matching |such )?{ROWS}"
    r"(\W*| (was|were|is|are|found|returned|exists?|matche[sd]|with|for|linked)\b.*)"
    rf"|(the )?{ROWS}( number)?( (was|were|is|are|do|does|could))? not (be )?(found|exist)\b.*"
    r"|((record|user|customer|account) )?not found\W*"
    r"|(the )?(operation|request|query|search)( was)? completed successfully\W*",
    re.IGNORECASE,
)
FAULT_WORD = re.compile(
    "time|error|fail|fault|denied|invalid|unable|cannot|exception|connect|server|service|database"
    "|gateway|upstream|key|token|quota|limit|session|permi|authori|again|because",
    re.IGNORECASE,
)


def said(body: object, wanted: str) -> Any:
    """Returns a field about the call itself, from the top level or from `Data`. A bare true or
    false says whether it succeeded."""
    if isinstance(body, bool):
        return body if wanted == "Success" else None
    if not isinstance(body, Mapping):
        return None
    found, data = field(body, wanted), field(body, "Data")
    if isinstance(data, list) and len(data) == 1:
        data = data[0]
    if found is None and wanted == "Success" and isinstance(data, bool):
        return data
    return field(data, wanted) if found is None and isinstance(data, Mapping) else found


def success_said(body: object) -> bool | None:
    """Returns whether the body says that the call succeeded; None if it says neither yes nor no."""
    for name in SUCCESSES:
        told = said(body, name.removeprefix(NEGATED))
        if told is not None and not (name in COUNTS and str(told).isdecimal()):
            with suppress(ValueError):
                return boolean(told) != name.startswith(NEGATED)
    return None


def says_failed(body: object, names: Sequence[str] = OUTCOMES) -> bool:
    """Whether a word says that the call failed. A word for success proves nothing, because an error
    may stand beside it."""
    return any(
        told is False or FAILED.fullmatch(_outcome(told))
        for told in (said(body, name) for name in names)
    )


def _outcome(told: object) -> str:
    return re.sub("[_-]", " ", told.strip()[:LONGEST_OUTCOME]) if isinstance(told, str) else ""


def words_of(body: object, names: Sequence[str] = REASONS) -> str:
    """Returns the text under one of these names, or without a name, that is not just SUCCESS, if
    there is one. For decisions only: it may be a secret."""
    words = [text for text in (*_named(body, names), _bare(body)) if text]
    return next((text for text in words if not is_praise(text)), next(iter(words), ""))


def has_reason(body: object, names: Sequence[str] = REASONS) -> bool:
    """Whether there is anything but SUCCESS under these names, or without a name. An error need not
    be in words."""
    words = words_of(body, names)
    is_told = bool(words) and not is_praise(words)
    return is_told or any(is_fault(said(body, name)) for name in names if name in SIGNS)


def has_reason_for_no_rows(body: object, rows: object) -> bool:
    """Whether the answer casts doubt on there being no rows: beside null, any reason does; beside
    an empty list, an error does unless it only says that nothing was found."""
    if rows is None:
        return has_reason(body, (*REASONS, *SIGNS))
    if says_failed(body, ("Message", *LABELS)):
        return True
    words = [text for text in (*_named(body, FAULTS), _bare(body)) if text and not is_praise(text)]
    return not all(map(_is_nothing_found, words)) if words else has_reason(body, SIGNS)


def _is_nothing_found(words: str) -> bool:
    plain = words.replace("_", " ")
    return bool(NOTHING_FOUND.fullmatch(plain)) and not FAULT_WORD.search(plain)


def says_only_nothing_found(body: object) -> bool:
    """Whether the answer has no words, or only says that nothing was found."""
    words = words_of(body, (*REASONS, *LABELS))
    return not words or _is_nothing_found(words)


def says_nothing(body: object) -> bool:
    """Whether an answer is empty, or has nothing but SUCCESS."""
    return not isinstance(body, Mapping) or all(
        value in NOTHING_SAID or (name_key(name) in PRAISING and is_praise(str(value)))
        for name, value in body.items()
    )


def status_said(words: str) -> int | None:
    """Returns the status that the words stand for, if they are about the service alone."""
    return next((status for status, how in IN_WORDS.items() if how.fullmatch(words)), None)


def reason_of(operation: str, body: object) -> str:
    """Returns what customers may see of the answer: its first sentence that is not SUCCESS, or
    ""."""
    words = [
        *_named(body, (*REASONS, *LABELS)),
        *([] if operation in GIVES_SECRET else [_bare(body)]),
    ]
    return next((text for text in words if _is_sentence(text) and not is_praise(text)), "")


def _is_sentence(text: str) -> bool:
    """Whether the text has at least two words, and nothing that may be a token or a secret
    address."""
    parts = text.split()
    words = [part for part in parts if WORD.fullmatch(part) and _is_plain(part)]
    return len(words) > 1 and "://" not in text and max(map(len, parts)) <= LONGEST_WORD


def _is_plain(word: str) -> bool:
    return word.islower() or word.isupper() or word[1:].islower()


def _named(body: object, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        told = said(body, name)
        if name not in SIGNS or is_fault(told):
            words = (text for text in _words(told) if text.casefold() not in NO_VALUE)
            yield from sorted(words, key=_is_nothing_found)  # errors before "not found"


def _words(told: object, *, depth: int = 3) -> Iterator[str]:
    """Yields the words of a text, of each item of a list, or of an object, such as ASP.NET's lists
    of what is wrong with each field. A value under any other name is not a reason."""
    parts = told if isinstance(told, list) else []
    if isinstance(told, Mapping):
        named = (field(told, name) for name in (*REASONS, *LABELS))
        lists = [value for value in told.values() if isinstance(value, list) and value]
        parts = next(([value] for value in named if value), lists)
    elif isinstance(told, str | int | Decimal) and not isinstance(told, bool) and told != 0:
        yield plain_words(str(told))[:LONGEST_REASON]
    for part in parts if depth else ():
        yield from _words(part, depth=depth - 1)


def _bare(body: object) -> str:
    """Returns the text of a body, or of a `Data`, that is nothing but text."""
    data = field(body, "Data") if isinstance(body, Mapping) else body
    return next(_words(data), "") if isinstance(data, str) else ""
