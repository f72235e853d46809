"""How Invoice Cloud words refusals: patterns for the wire profile, made of plain words only.

A pattern contains no word that stands in any value that went over the wire: a name in a message
must not become part of a profile.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from icsso.client.answers import value_at
from icsso.client.probe.exchanges import Exchange

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
PLAIN_WORD = re.compile(r"[A-Za-z]{2,20}(?:'[a-z]{1,2})?|[aI]")
IDENTIFIER = re.compile(r"[A-Za-z]+[A-Za-z_.-]{0,40}")
MOST_WORDS = 5


def reason_of(body: Any) -> str:
    """Returns Invoice Cloud's own words for a refusal. Never to be shown: they may be personal."""
    for path in ("Message", "ErrorMessage", "Data.Message", "Data.ErrorMessage"):
        words = value_at(body, path)
        if isinstance(words, str) and words.strip():
            return words
    return ""


def code_of(body: Any) -> str:
    code = value_at(body, "Code") or value_at(body, "Data.Code")
    return code if isinstance(code, str) else ""


def refused(
    exchange: Exchange, means: str, *, others: Sequence[Exchange], private: Collection[str]
) -> dict[str, Any] | None:
    """Returns an entry for the profile's `refused` that matches this answer and none of the others;
    None if they cannot be told apart by text or code.

    Never by status alone: a rejected API key may have the same one.
    """
    status = exchange.status
    if status is None or status >= 500:
        return None
    code = code_of(exchange.body)
    taken = {code_of(other.body).lower() for other in others} | set(private)
    if IDENTIFIER.fullmatch(code) and code.lower() not in taken:
        return {"status": status, "code": f"^{code}$", "means": means}
    text = _pattern(reason_of(exchange.body), [reason_of(one.body) for one in others], private)
    return {"status": status, "text": text, "means": means} if text else None


def not_found(exchange: Exchange, means: str) -> dict[str, Any] | None:
    """Returns an entry that matches a 404 or 410 with nothing; None for any other answer."""
    if exchange.status not in {404, 410} or exchange.text.strip():
        return None
    return {"status": exchange.status, "text": "^$", "means": means}


def _pattern(reason: str, others: Sequence[str], private: Collection[str]) -> str:
    for words in _runs(reason, private):
        pattern = r"\W+".join(map(re.escape, words))
        if not any(re.search(pattern, other, re.IGNORECASE) for other in others):
            return pattern
    return ""


def _runs(reason: str, private: Collection[str]) -> Iterator[list[str]]:
    """The runs of plain words of a sentence, the longest first."""
    words = WORD.findall(reason)
    for length in range(min(MOST_WORDS, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            run = words[start : start + length]
            if any(len(word) > 2 for word in run) and all(_is_plain(word, private) for word in run):
                yield run


def _is_plain(word: str, private: Collection[str]) -> bool:
    return bool(PLAIN_WORD.fullmatch(word)) and word.lower() not in private
