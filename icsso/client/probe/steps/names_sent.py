"""The remedy for a request whose names Invoice Cloud does not know, as its refusal says.

Only a refusal that complains about a field leads to another try: a wrong password must not be sent
again and again.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from icsso.client.contract import OPERATIONS
from icsso.client.errors import InvoiceCloudRejected
from icsso.client.probe.reading.inference import resembles
from icsso.client.probe.reading.wordings import reason_of
from icsso.client.probe.steps.remedies import Tried, learn, neighbors
from icsso.client.probe.walk import Attempt, Call, Walk

MOST_ROUNDS = 4
COMPLAINT = re.compile(
    r"required|missing|must|null|empty|unexpected|unrecognized|unknown|"
    r"not (known|recognized|allowed|supported)|does not (know|exist in)",
    re.IGNORECASE,
)
NAME = re.compile(r"\b[A-Za-z][A-Za-z0-9_]{2,40}\b")
# What other services call the contract's names, and Invoice Cloud's own older services.
ALSO_SENT: Mapping[str, tuple[str, ...]] = {
    "AccountNumber": ("AcctNumber", "AccountNo", "Account"),
    "EmailAddress": ("LoginName", "UserName", "Email"),
    "Password": ("Pwd", "UserPassword"),
    "NewPassword": ("NewPwd",),
    "NewEmailAddress": ("NewLoginName", "NewUserName", "NewEmail", "NewName"),
    "CustomerName": ("Name",),
    "Username": ("UserName",),
}
CAN_BE_LEFT_OUT = {"Address1", "Address2", "City", "State", "Zip", "Phone", "Username"}


def complaints(walk: Walk, attempt: Attempt) -> list[str]:
    """Returns the names of the contract that a refusal complains about."""
    if not isinstance(attempt.error, InvoiceCloudRejected) or attempt.main is None:
        return []
    reason = reason_of(attempt.body)
    if not COMPLAINT.search(reason) or not isinstance(attempt.main.sent, Mapping):
        return []
    words = set(NAME.findall(reason))
    names = walk.operation(attempt.operation).send
    sends = OPERATIONS[attempt.operation].sends
    return [name for name in sends if words & {_last(name), _last(names.get(name) or name)}]


def otherwise_sent(walk: Walk, attempt: Attempt, call: Call) -> Tried:
    """Tries other names, one after the other, as long as the refusal changes."""
    before, now = walk.profile, attempt
    learned: list[str] = []
    for _ in range(MOST_ROUNDS):
        better = next(_improvements(walk, now, call), None)
        if better is None:
            break
        now = better.attempt
        learned += better.learned
    if not learned or complaints(walk, now):
        walk.profile = before
        return Tried(attempt)
    _same_for_neighbors(walk, attempt.operation)
    return Tried(now, learned=tuple(learned))


def _improvements(walk: Walk, attempt: Attempt, call: Call) -> Iterator[Tried]:
    for name in complaints(walk, attempt):
        for sent in _alternatives(walk, attempt, name):
            before = walk.profile
            if learn(walk, attempt.operation, send={name: sent}):
                other = walk.attempt(attempt.operation, call)
                if _is_better(other, attempt):
                    words = f"{name} is sent as {sent}." if sent else f"{name} is not sent."
                    yield Tried(other, learned=(words,))
            walk.profile = before


def _is_better(other: Attempt, attempt: Attempt) -> bool:
    """Whether it works now, or the refusal is another one: about the next name."""
    if other.is_accepted:
        return True
    is_refusal = isinstance(other.error, InvoiceCloudRejected) and (other.status or 500) < 500
    return is_refusal and reason_of(other.body) != reason_of(attempt.body)


def _alternatives(walk: Walk, attempt: Attempt, name: str) -> Iterator[str | None]:
    now = walk.operation(attempt.operation).send.get(name, name)
    named = [
        word
        for word in dict.fromkeys(NAME.findall(reason_of(attempt.body)))
        if word.lower() not in walk.private_words() and resembles(_last(name), word)
    ]
    known = {_last(one) for one in OPERATIONS[attempt.operation].sends}
    others = [word for word in named if word not in known]
    for sent in (*others, *ALSO_SENT.get(_last(name), ()), _last(name)):
        if sent != _last(now or ""):
            yield sent
    if name in CAN_BE_LEFT_OUT:
        yield None


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _same_for_neighbors(walk: Walk, operation: str) -> None:
    """Operations that have not answered yet are called with the same names first."""
    names: Mapping[str, Any] = walk.operation(operation).send
    for other, neighbor in neighbors(walk, operation).items():
        for name, sent in names.items():
            if not sent:
                continue
            for theirs in neighbor.sends:
                if _last(theirs) == _last(name):
                    learn(walk, other, send={theirs: sent})
                elif _last(theirs) == f"New{_last(name)}":
                    learn(walk, other, send={theirs: f"New{sent}"})
