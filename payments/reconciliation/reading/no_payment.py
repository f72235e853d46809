"""Lines that are no payment: declined, void, pending, returned, totals, and repeated headings.

The contents of a list depend on who exported it, so a line counts as a payment only if nothing in
it says otherwise. What is not certain either way is uncertain, so staff have to decide.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from backoffice.tables.columns import bare_name
from backoffice.tables.mapping import is_total
from icsso.client.moments import moment
from icsso.client.parsing import is_no_money, money
from payments.models.reconciliation_line import ReconciliationLine
from payments.reversals.kinds import words_of
from payments.reversals.status_words import (
    ACH,
    BESIDE,
    CHARGEBACK,
    DECLINED,
    FREE_TEXT,
    IN_FLAG_NAMES,
    IN_STATUS_NAMES,
    MARKS,
    NO,
    NO_METHOD,
    NOT,
    OF_COLUMNS,
    PAID,
    PENDING,
    PEOPLE_AND_PLACES,
    PERSONS,
    REASONS,
    REFUSED,
    RETURN,
    STATUS_NAMES,
    TYPES,
    UNPAID,
    WITH_PAID,
    WITH_TYPES,
    YES,
)

Reason = ReconciliationLine.Reason

MOST_WORDS = 5
BEFORE_REMARK = re.compile(r"[:;(\u2014]|\s[-\u2013]\s")  # VOID - entered twice
CAPITAL_WITHIN = re.compile(r"(?<=[a-z])(?=[A-Z])")
AUTHORIZATION = re.compile(r"(?=.*[1-9])(?=.*\d)[A-Z0-9]{6}", re.IGNORECASE)
NAMES_OF_CODES = ("approval", "auth")
UNREAD = "#VALUE!"  # in place of a cell of a spreadsheet that could not be read
DEBIT = frozenset({"dr", "db", "d", "debit"})


class Said(NamedTuple):
    """What a line says about itself. status_name: of the column. others: names and cells of the
    columns that were not chosen."""

    status: str
    status_name: str
    type: str
    method: str
    others: Iterable[tuple[str, str]]


def why_no_payment(said: Said, verdicts: Mapping[str, bool]) -> str:
    """Returns the reason (`Reason`) why a line is not, or may not be, a payment; "" if it is one.

    verdicts: what texts of Invoice Cloud mean.
    """
    told = (said.status, said.type, said.method)
    if any(map(_is_return, told)):
        return Reason.RETURN
    if any(map(_is_unpaid, told)):
        return Reason.UNPAID
    by_others = [_by_other(name, cell) for name, cell in said.others]
    for certain in (Reason.RETURN, Reason.UNPAID):
        if certain in by_others:
            return certain
    if why := _why_unpaid(said, verdicts):
        return why
    doubtful = any(by_others) or not _is_known_type(said.type)
    doubtful = doubtful or _has(said.method, NO_METHOD | UNPAID)
    return Reason.STATUS if doubtful else ""


def _why_unpaid(said: Said, verdicts: Mapping[str, bool]) -> str:
    status = said.status.strip()
    if status in verdicts:
        return "" if verdicts[status] else Reason.UNPAID
    if status.casefold() in NO:
        return Reason.UNPAID
    if not status or _says_paid(status) or _is_code_of_approval(said.status_name, status):
        return ""
    is_pending = _has(status, PENDING) and not _has(status, PAID | NOT)
    return Reason.UNPAID if is_pending else Reason.STATUS


def _is_unpaid(text: str) -> bool:
    """Whether the text says only "not paid"; not Approved (void requested) or No errors."""
    words = words_of(text)
    return bool(words & UNPAID) and not words & (PAID | NOT)


def says_approved(said: Said, verdicts: Mapping[str, bool]) -> bool:
    """Whether the status column explicitly says so."""
    status = said.status.strip()
    return verdicts.get(status, False) or _says_paid(status)


def texts_about(said: Said, why: str) -> list[str]:
    """Returns the texts of a line that give this reason (`Reason`), and its own columns."""
    others = [(name, cell) for name, cell in said.others if _by_other(name, cell) == why]
    named = [f"{CAPITAL_WITHIN.sub(' ', name)} {cell}" for name, cell in others]
    return [said.status, said.type, said.method, *named]


def _says_paid(text: str) -> bool:
    """Whether the text says only that it is paid, possibly with the authorization number."""
    words = words_of(text)
    if (not words & (PAID | YES) and text.strip() not in YES) or _is_credit(words):
        return False
    return words <= PAID | YES | WITH_PAID


def _is_code_of_approval(name: str, text: str) -> bool:
    """Whether the column contains the bank's authorization number (ISO 8583, 38)."""
    return bare_name(name).startswith(NAMES_OF_CODES) and bool(AUTHORIZATION.fullmatch(text))


def _is_known_type(text: str) -> bool:
    words = words_of(text)
    if not text.strip() or _says_paid(text):
        return True
    return bool(words & TYPES) and words <= TYPES | WITH_TYPES and not _is_credit(words)


def _is_credit(words: frozenset[str]) -> bool:
    """Whether it may be a bookkeeping entry: a credit, but not a credit card."""
    return bool(words & {"credit", "debit"}) and "card" not in words


def _by_other(name: str, cell: str) -> str:
    """Returns what a column that was not chosen says."""
    kind = _kind_of_column(name)
    if kind.is_about_people:
        return ""
    found = _alone(cell) or _marked(name, cell)
    if found == Reason.UNPAID and kind.is_free_text:
        return Reason.STATUS
    if found:
        return found
    if _alone(BEFORE_REMARK.split(cell, maxsplit=1)[0]):
        return Reason.STATUS  # the remark may be about anything: Returned: mail undeliverable
    if kind.is_status and words_of(cell) and not _says_paid(cell):
        return Reason.STATUS
    # Money may have gone out, unless these are the books of the utility's bank account.
    is_doubtful = (kind.is_flag and _denies(cell)) or (kind.is_side and _has(cell, DEBIT))
    return Reason.STATUS if is_doubtful else ""


class ColumnKind(NamedTuple):
    is_about_people: bool
    is_free_text: bool
    is_status: bool  # as in `Payment Stage`
    is_flag: bool  # as in `Was Captured`
    is_side: bool  # as in `Dr/Cr`


@lru_cache(maxsize=1024)
def _kind_of_column(name: str) -> ColumnKind:
    words, bare = words_of(CAPITAL_WITHIN.sub(" ", name)), bare_name(name)
    has_status = bool(words & STATUS_NAMES)
    is_about_people = bare in PERSONS or any(each in bare for each in PEOPLE_AND_PLACES)
    return ColumnKind(
        is_about_people=is_about_people and not has_status,
        is_free_text=any(each in bare for each in FREE_TEXT),
        is_status=has_status and words <= STATUS_NAMES | IN_STATUS_NAMES,
        is_flag=bool(words & PAID) and words <= PAID | IN_FLAG_NAMES,
        is_side={"dr", "cr"} <= words or {"db", "cr"} <= words,
    )


@lru_cache(maxsize=4096)
def _is_return(text: str) -> bool:
    """Whether it says that the money was returned. A rejected ACH payment was first accepted; one
    declined for insufficient funds never was."""
    words = words_of(text)
    if words & CHARGEBACK or (words & ACH and words & REFUSED):
        return True
    return bool(words & (RETURN - REASONS if words & DECLINED else RETURN))


@lru_cache(maxsize=4096)
def _alone(text: str) -> str:
    """Returns the meaning of a text that contains nothing else: not the address 1 Return Road."""
    words = words_of(text)
    if not words or len(words) > MOST_WORDS or any(sign.isdigit() for sign in text):
        return ""
    if words & NOT and words & (RETURN | UNPAID | PENDING | PAID):
        return Reason.STATUS if words <= NOT | RETURN | UNPAID | PENDING | PAID | BESIDE else ""
    if not words <= RETURN | UNPAID | PENDING | BESIDE:
        return ""
    if _is_return(text):
        return Reason.RETURN
    if words & UNPAID:
        return Reason.UNPAID if any(map(_is_participle, words & UNPAID)) else Reason.STATUS
    return Reason.STATUS if words & PENDING else ""


def _is_participle(word: str) -> bool:
    """Whether the word can only be a status: Declined, but not Error."""
    return word == "void" or word.endswith(("ed", "ado", "ada", "ido", "ida"))


def _marked(name: str, cell: str) -> str:
    """Returns the meaning of a column's name if the line has a mark, a date, a code, or an amount
    in it: `Voided`, `Refund Date`, `Return Code`. Other words are uncertain: Voided may be
    Never."""
    words = words_of(CAPITAL_WITHIN.sub(" ", name))
    if not words & OF_COLUMNS or not words <= OF_COLUMNS | BESIDE or _is_unset(cell):
        return ""
    found = Reason.RETURN if _is_return(name) else Reason.UNPAID
    tells = words & {"code", "reason", "codigo", "motivo"} and not words_of(cell) & NOT
    return found if tells or _is_set(cell) or found == _alone(cell) else Reason.STATUS


def _is_unset(cell: str) -> bool:
    text = cell.strip()
    if is_no_money(text) or text.casefold() in NO or not text.strip("$0., "):
        return True
    try:
        return moment(text) is None  # as .NET writes a date that was never set
    except ValueError:
        return False


def _is_set(cell: str) -> bool:
    if cell.strip().casefold() in YES | MARKS:
        return True
    for read in (money, moment):
        try:
            read(cell)
        except ValueError:
            continue
        return True
    return False


def _denies(cell: str) -> bool:
    text = cell.strip().casefold()
    is_zero = bool(text) and not text.strip("$0.,") and "0" in text
    return is_zero or text in NO or bool(words_of(text) & (NOT | PENDING))


def _has(text: str, known: frozenset[str]) -> bool:
    return bool(words_of(text) & known)


def is_line_of_totals(cells: Sequence[str]) -> bool:
    """Whether the first cell with text says that it is a total, and only numbers follow."""
    first = next((cell for cell in cells if cell.strip()), "")
    return is_total(first)


def repeats_heading(cells: Sequence[str], header: Collection[str]) -> bool:
    """Whether it repeats the row with the column names, as some programs do on each page, or is a
    row of dashes below it."""
    names = [bare_name(cell) for cell in cells if cell.strip()]
    return not any(names) or names == [bare_name(name) for name in header if bare_name(name)]
