"""Suggests where a promised value stands: by its value, by names that resemble it, by its kind."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from icsso.client import parsing
from icsso.client.answers import NEGATED
from icsso.client.probe.kinds import kind_of
from icsso.client.probe.reading.promises import Promise, promises_of
from icsso.client.probe.reading.search import Found, leaves, rows_in, rows_of
from icsso.client.wire.parts import OperationProfile

# Names that other services and Invoice Cloud's older ones use; `!` means the opposite.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "AccountNumber": ("account", "accountno", "accountid", "acctnumber", "acctno", "acct"),
    "EmailAddress": ("email", "loginname", "login", "username", "userid", "mail"),
    "CustomerGuid": ("customerid", "guid", "customer", "customerkey", "id"),
    "CustomerName": ("name", "fullname", "displayname"),
    "Registered": ("isregistered", "hasregistered", "isonline", "online", "enrolled",
                   "!unregistered", "!notregistered", "!isunregistered", "!failed"),
    "Active": ("isactive", "enabled", "isenabled", "!inactive", "!disabled", "!isdisabled"),
    "BillerGUID": ("billerid", "guid", "id", "billerkey"),
    "BillerName": ("name", "biller", "displayname"),
    "RemoteAuthenticationToken": ("token", "authenticationtoken", "accesstoken", "authtoken",
                                  "remotetoken", "ssotoken", "sessiontoken"),
    "ExpiresIn": ("expires", "expiresinseconds", "lifetime", "ttl", "expirein", "tokenlifetime"),
    "BalanceDue": ("balance", "amountdue", "totaldue", "currentbalance", "accountbalance",
                   "totalamountdue", "totalbalance"),
    "DueDate": ("paymentduedate", "duedate", "due", "nextduedate", "datedue"),
    "AutoPay": ("isautopay", "autopayenrolled", "autopayenabled", "onautopay", "autopaystatus"),
    "Paperless": ("ispaperless", "paperlessenrolled", "paperlessbilling", "ebill",
                  "!paperinvoices", "!paperbills", "!paper"),
    "PayByText": ("ispaybytext", "paybytextenrolled", "textpay", "smspay"),
    "CloudPaymentURL": ("url", "paymenturl", "redirecturl", "link", "cloudpaymentsurl"),
    "Users": ("customers", "accounts", "items", "records", "results", "rows"),
    "Accounts": ("useraccounts", "customers", "items", "records", "results", "rows"),
    "Results": ("accounts", "registrations", "items", "records", "rows"),
}  # fmt: skip
LIKELY = 0.8  # of SequenceMatcher, for names that resemble
NEGATIVE = re.compile(r"(?:not|non|un|in|no|is(?:not|un)?)(?=.)")
SHORTEST_TOKEN = 12
# Kinds of which an answer usually has one: the only candidate is taken whatever its name.
TAKEN_ALONE = {"token", "url", "guid", "money", "date"}
CERTAIN, BY_NAME, RESEMBLING, ALONE = 4.0, 3.0, 2.0, 1.0


class Asked(NamedTuple):
    """What the probe asked for or has learned, by the contract's name."""

    values: Mapping[str, tuple[str, ...]]

    def knows(self, name: str, value: object) -> bool:
        """Whether the value is one that was asked for."""
        if value is None or isinstance(value, bool):
            return False
        known = self.values.get(name, ())
        return any(_same(name, one, str(value)) for one in known if one)


def inferred(
    operation: str, body: object, profile: OperationProfile, found: Found, asked: Asked
) -> dict[str, str]:
    """Returns what to add to the profile's `read`: the contract's name, and where it stands."""
    inner = [one for one in found.missing if one.rows]
    rows = rows_of(operation, body, profile)
    reads = inferred_in_rows(inner, rows, _used(found), asked) if inner else {}
    used = _used(found)
    for promise in (one for one in found.missing if not one.rows):
        if promise.kind == "rows":
            reads |= _rows(operation, promise, body, asked)
            continue
        path = _best(promise, [_free(body, used)], asked)
        if path:
            reads[promise.name] = path
            used.add(path.removeprefix(NEGATED).lower())
    return reads


def _used(found: Found) -> set[str]:
    return {name.lower() for name in found.kinds} - {name.lower() for name in found.unknown}


def inferred_in_rows(
    promises: Sequence[Promise], rows: Sequence[Mapping[str, Any]], used: set[str], asked: Asked
) -> dict[str, str]:
    """Returns the same for the names of rows."""
    reads: dict[str, str] = {}
    taken = {name.lower() for name in used}
    for promise in promises:
        path = _best(promise, [_free(row, taken) for row in rows], asked)
        if path:
            reads[promise.name] = path
            taken.add(path.removeprefix(NEGATED).lower())
    return reads


def _rows(operation: str, promise: Promise, body: object, asked: Asked) -> dict[str, str]:
    """The list that has most of what is promised of its rows, and the names in it."""
    inner = [one for one in promises_of(operation) if one.rows == promise.name]
    options: list[tuple[float, str, dict[str, str]]] = []
    for path, rows in _lists(body):
        reads = inferred_in_rows(inner, rows, set(), asked)
        exact = {one.name: one.last for one in inner if _has_name(rows, one.last)}
        score = len(exact) * 2 + len(reads)
        resembles = _likeness(promise.last, path.rpartition(".")[2]) / 10
        named = {name: where for name, where in reads.items() if name not in exact}
        options.append((score + resembles, path, named))
    if not options:
        return {}
    best, path, named = max(options, key=lambda option: option[0])
    return {promise.name: path, **named} if best >= 1 else {}


def _has_name(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    return any(str(key).lower() == name.lower() for row in rows for key in row)


def _lists(body: object) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    for path, value in leaves(body):
        rows = rows_in(value)
        if rows:
            yield path, rows


def _free(place: object, used: set[str]) -> dict[str, Any]:
    return {
        path: value
        for path, value in leaves(place)
        if path.lower() not in used and not isinstance(value, list)
    }


def _best(promise: Promise, places: Sequence[Mapping[str, Any]], asked: Asked) -> str:
    """Returns the path of the likeliest value; empty if nothing is likely enough."""
    paths = list(dict.fromkeys(path for place in places for path in place))
    options = []
    for path in paths:
        values = [place[path] for place in places if path in place]
        score, negated = _score(promise, path, values, asked)
        if score:
            options.append((score, NEGATED + path if negated else path))
    options.sort(key=lambda option: -option[0])
    if not options:
        return ""
    alone = len([one for one in options if one[0] >= ALONE]) == 1
    best = options[0]
    return best[1] if best[0] >= RESEMBLING or (alone and promise.kind in TAKEN_ALONE) else ""


def _score(promise: Promise, path: str, values: Sequence[Any], asked: Asked) -> tuple[float, bool]:
    name, negated = _likeness_of_name(promise.last, path.rpartition(".")[2], promise.kind)
    given = [value for value in values if value is not None and not parsing.is_nothing(value)]
    if any(asked.knows(promise.last, value) for value in given):
        return CERTAIN + name / 10, False
    if not all(_is_possible(promise, value) for value in given):
        return 0.0, False
    if name >= BY_NAME or (name and given):
        return name, negated
    return (ALONE, False) if given and promise.kind in TAKEN_ALONE else (0.0, False)


def _is_possible(promise: Promise, value: object) -> bool:
    if isinstance(value, list | Mapping):
        return False
    kind = kind_of(value)
    if promise.kind == "token":
        is_opaque = isinstance(value, str) and not re.search(r"\s", value)
        return is_opaque and kind != "url" and len(str(value)) >= SHORTEST_TOKEN
    if promise.kind in {"email", "money", "date", "text"}:
        return kind.startswith(promise.kind) and promise.is_readable(value)
    return promise.is_readable(value)


def _likeness_of_name(wanted: str, sent: str, kind: str) -> tuple[float, bool]:
    """Returns how much a name resembles the promised one, and whether it means the opposite."""
    plain, synonyms = _plain(sent), SYNONYMS.get(wanted, ())
    if kind == "boolean":
        if NEGATED + plain in synonyms:
            return BY_NAME, True
        rest = NEGATIVE.sub("", plain, count=1)
        if rest != plain and rest == _plain(wanted):
            return BY_NAME, not plain.startswith("is") or plain.startswith(("isnot", "isun"))
    if plain == _plain(wanted) or plain in synonyms:
        return BY_NAME, False
    return (RESEMBLING, False) if _likeness(wanted, sent) >= LIKELY else (0.0, False)


def _likeness(wanted: str, sent: str) -> float:
    one, other = _plain(wanted), _plain(sent)
    if min(len(one), len(other)) >= 5 and (one in other or other in one):
        return 0.9
    return SequenceMatcher(a=one, b=other).ratio()


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _same(name: str, one: str, other: str) -> bool:
    if name == "AccountNumber":
        return parsing.account_key(one) == parsing.account_key(other)
    return one.strip("{} ").lower() == other.strip("{} ").lower()


def resembles(wanted: str, sent: str) -> bool:
    """Whether a name may be another one for a name of the contract."""
    return _likeness_of_name(wanted, sent, "text")[0] > 0
