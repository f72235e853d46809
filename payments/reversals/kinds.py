"""Recognizes the kind of reversal in the words of Invoice Cloud's list or of a postback."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from payments.models.reversal_kind import ReversalKind
from payments.reversals.status_words import (
    ACH,
    CHARGEBACK,
    DECLINED,
    NOT,
    PARTIAL,
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
DO_NOT_HONOR = re.compile(r"\bdo[\s_-]?not[\s_-]?honou?r\b")
WITH_DIGITS = re.compile(r"\w*\d\w*")


def _in_order(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    phrased = DO_NOT_HONOR.sub("donothonor", CHARGED_BACK.sub("chargeback", bare))
    return WORD.findall(WITH_DIGITS.sub(" ", phrased))


@lru_cache(maxsize=4096)
def words_of(text: str) -> frozenset[str]:
    """Returns the whole words, in lowercase and without accents, and none that contains digits.
    Charge back and charged back are one word, chargeback, and so is donothonor."""
    return frozenset(_in_order(text))


@lru_cache(maxsize=4096)
def is_uncertain(text: str) -> bool:
    """Whether it is open that the money is back, and all of it: requested, refused, in progress,
    won, in part, or only a fee."""
    words, in_order = words_of(text), _in_order(text)
    is_open = bool(words & (PENDING | UNCERTAIN | DECLINED)) or (
        bool(words & CHARGEBACK) and bool(words & REVERSED)
    )
    return is_open or _denies(in_order) or _is_partial(in_order) or _is_fee(in_order)


def _denies(words: Sequence[str]) -> bool:
    """Whether it says Not returned. (Return: account not found means something else.)"""
    places = [place for place, word in enumerate(words) if word in NOT]
    return any(RETURN.union(VOID).intersection(words[at + 1 : at + 3]) for at in places)


def _is_partial(words: Sequence[str]) -> bool:
    """Whether it says Partial refund or Refunded in part; not Partial payment returned."""
    pairs = pairwise(word for word in words if word not in {"in", "en"})
    return any({*pair} & PARTIAL and {*pair} & RETURN for pair in pairs)


def _is_fee(words: Sequence[str]) -> bool:
    """Whether it is about a fee and says nothing else: it takes nothing from the payment."""
    match words:
        case [returned, "fee" | "fees"]:  # NSF fee
            return returned in RETURN
        case ["fee" | "fees", refund] | [_, "fee" | "fees", refund]:  # service fee refunded
            return refund in REFUND and words[0] not in RETURN
        case [refund, "of", "fee" | "fees"] | [refund, "of", _, "fee" | "fees"]:
            return refund in REFUND
    return False


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
