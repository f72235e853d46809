"""Lines that are no payment: declined, void, or pending, returned, totals, and repeated headings.

Whoever exports a list chooses what is in it, so that a line is believed to be a payment only if
nothing in it says otherwise.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from backoffice.tables.columns import bare_name
from backoffice.tables.mapping import is_total
from icsso.client.parsing import is_no_money
from payments.models.reconciliation_line import ReconciliationLine

Reason = ReconciliationLine.Reason

MOST_WORDS = 5
WORD = re.compile(r"[^\W\d_]+")
# The beginnings of words, in English and Spanish.
RETURN: tuple[str, ...] = (
    "refund",
    "revers",
    "return",
    "chargeback",
    "disput",
    "nsf",
    "bounce",
    "insufficient",
)
RETURN += ("insufficient", "reembols", "devol", "contracargo", "reintegr")
UNPAID: tuple[str, ...] = (
    "declin",
    "denied",
    "deny",
    "fail",
    "void",
    "cancel",
    "expir",
    "error",
    "reject",
)
UNPAID += ("reject", "unpaid", "unsuccess", "unapprov", "unauthor", "disapprov", "abandon", "abort")
UNPAID += ("rechaz", "anul", "denega", "fallid")
PENDING: tuple[str, ...] = ("pending", "pendiente", "await", "schedul", "hold", "held", "process")
PAID: tuple[str, ...] = (
    "approv",
    "accept",
    "captur",
    "cleared",
    "complet",
    "deposited",
    "funded",
    "settled",
)
PAID += ("settled", "succe", "processed", "aprob", "acept", "pagad", "liquid")
ALSO_PAID = {"ok", "y", "yes", "t", "true", "1", "paid", "in", "full", "sale", "payment", "posted"}
ALSO_PAID |= {"charged", "sí", "si"}
NO = {"false", "no", "n", "0", "f"}
ACH = {"ach", "echeck", "check", "eft"}
# What may stand beside these words in a column that was not chosen, and in its name.
BESIDE = {*ACH, "card", "credit", "payment", "item", "transaction", "full", "partial", "by", "pago"}
BESIDE |= {"customer", "bank", "e", "back", "charge", "funds", "debit", "the", "of", "was", "is"}
BESIDE |= {"date", "amount", "flag", "code", "reason", "on", "at", "fecha", "monto"}
OF_COLUMNS = (*RETURN, "void", "declin", "cancel", "reject", "fail", "rechaz", "anul", "fallid")


def why_no_payment(
    status: str,
    kinds: Iterable[str],
    others: Iterable[tuple[str, str]],
    verdicts: Mapping[str, bool],
) -> str:
    """Returns the reason (`Reason`) why a line is not, or may not be, a payment; "" if it is one.

    kinds: cells that say what kind of line it is. others: names and cells of the columns that were
    not chosen. verdicts: what texts of Invoice Cloud mean.
    """
    told = [status, *kinds]
    if any(map(_is_return, told)):
        return Reason.RETURN
    if any(_has(text, UNPAID) for text in told):
        return Reason.UNPAID
    for name, cell in others:
        if why := _alone(cell) or _marked(name, cell):
            return why
    return _why_unpaid(status.strip(), verdicts)


def _why_unpaid(status: str, verdicts: Mapping[str, bool]) -> str:
    if status in verdicts:
        return "" if verdicts[status] else Reason.UNPAID
    text = status.casefold()
    words = re.findall(r"\w+", text)
    if text in NO:
        return Reason.UNPAID
    if all(word in ALSO_PAID or word.startswith(PAID) for word in words):
        return ""
    return Reason.UNPAID if _has(text, PENDING) else Reason.STATUS


@lru_cache(maxsize=4096)
def _is_return(text: str) -> bool:
    """Whether it says that the money was returned. A rejected ACH payment was believed first."""
    words = WORD.findall(text.casefold())
    is_back = "charge" in words and "back" in words
    is_rejected = any(word in ACH for word in words) and _has(text, ("reject", "rechaz"))
    return is_back or is_rejected or _has(text, RETURN)


@lru_cache(maxsize=4096)
def _alone(text: str, known: tuple[str, ...] = RETURN + UNPAID) -> str:
    """Returns what a text says if it says nothing else: not the address 1 Return Road."""
    words = WORD.findall(text.casefold())
    if not words or len(words) > MOST_WORDS or any(sign.isdigit() for sign in text):
        return ""
    if not all(word in BESIDE or word.startswith(known) for word in words):
        return ""
    if _is_return(text):
        return Reason.RETURN
    return Reason.UNPAID if _has(text, known) else ""


def _marked(name: str, cell: str) -> str:
    """Returns what the name of a column says that has a mark, a date, or an amount here: `Voided`,
    `Refund Date`, `Return Code`."""
    if is_no_money(cell) or cell.strip().casefold() in NO or not cell.strip("$0., "):
        return ""
    return _alone(name, OF_COLUMNS)


def _has(text: str, beginnings: tuple[str, ...]) -> bool:
    return any(word.startswith(beginnings) for word in WORD.findall(text.casefold()))


def is_line_of_totals(cells: Sequence[str]) -> bool:
    """Whether the first cell with text says so, and no more than numbers follow it."""
    first = next((cell for cell in cells if cell.strip()), "")
    return is_total(first)


def repeats_heading(cells: Sequence[str], header: Collection[str]) -> bool:
    """Whether it is the row with the column names, which some programs repeat on each page."""
    names = [bare_name(cell) for cell in cells if cell.strip()]
    return bool(names) and names == [bare_name(name) for name in header if bare_name(name)]
