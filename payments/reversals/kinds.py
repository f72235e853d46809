"""Recognizes the kind of reversal in the words of Invoice Cloud's list or of a postback."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from payments.models.reversal_kind import ReversalKind
from payments.reversals.status_words import (
    ACH,
    CHARGEBACK,
    DECLINED,
    FEE,
    NOT,
    PENDING,
    REFUND,
    REFUSED,
    RETURN,
    RETURNED,
    REVERSED,
    UNCERTAIN,
    VOID,
)

WORD = re.compile(r"[^\W\d_]+")
CHARGED_BACK = re.compile(r"\bcharge[ds]?[\s_-]?backs?\b")
CAMEL = re.compile(r"[a-z]+(?:[A-Z][a-z]+)+")  # settledSuccessfully, as programs write it
CAPITAL_WITHIN = re.compile(r"(?<=[a-z])(?=[A-Z])")
WITH_DIGITS = re.compile(r"\w*\d\w*")


def _in_order(text: str) -> list[str]:
    if CAMEL.fullmatch(text):
        text = CAPITAL_WITHIN.sub(" ", text)
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return WORD.findall(WITH_DIGITS.sub(" ", CHARGED_BACK.sub("chargeback", bare)))


@lru_cache(maxsize=4096)
def words_of(text: str) -> frozenset[str]:
    """Returns the whole words, in lowercase and without accents, and none that contains digits.
    Charge back and charged back are one word: chargeback."""
    return frozenset(_in_order(text))


@lru_cache(maxsize=4096)
def is_uncertain(text: str) -> bool:
    """Whether it is open that the money is back, or how much of it: requested, refused, in
    progress, won, in part, or only a fee."""
    words = words_of(text)
    is_open = bool(words & (PENDING | UNCERTAIN | DECLINED | FEE)) or (
        bool(words & CHARGEBACK) and bool(words & REVERSED)
    )
    return is_open or _denies(_in_order(text))


def _denies(words: Sequence[str]) -> bool:
    """Whether it says Not returned. (Return: account not found means something else.)"""
    places = [place for place, word in enumerate(words) if word in NOT]
    return any(RETURN.union(VOID).intersection(words[at + 1 : at + 3]) for at in places)


def kind_in(text: str) -> ReversalKind | None:
    """Returns None for a text that names no kind, or is not certain."""
    words = words_of(text)
    if is_uncertain(text):
        return None
    if words & CHARGEBACK:
        return ReversalKind.CHARGEBACK
    if words & RETURNED or (words & ACH and words & REFUSED):
        return ReversalKind.RETURNED
    if words & REFUND or words & REVERSED:
        return ReversalKind.REFUNDED
    return ReversalKind.VOIDED if words & VOID else None
