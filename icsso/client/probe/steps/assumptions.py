"""What the probe assumes of operations it has not called, and what it cannot see at all."""

from collections.abc import Iterator

from icsso.client.contract import OPERATIONS
from icsso.client.probe.steps.remedies import learn
from icsso.client.probe.walk import Walk

UNSEEN = (
    "Update Email Address is never called. The postback, the way back after a payment, and how long"
    " a token really lives show up with the first payment: onboarding says when one was seen."
)


def assume(walk: Walk) -> list[str]:
    """Adds to the profile what operations that were not called very likely share with the others.
    Returns what is assumed or was not seen, in plain sentences."""
    missing = [name for name in OPERATIONS if name not in walk.answered]
    assumed = [name for name in missing if _assume(walk, name)]
    # Of paths, methods, and names sent, the remedies have assumed already.
    known = walk.target.profile.operations
    assumed += [
        name
        for name in missing
        if name not in assumed and name in walk.profile.operations and name not in known
    ]
    words = [UNSEEN]
    if assumed:
        names = ", ".join(sorted(assumed))
        words.insert(0, f"Not called, so assumed from the operations beside them: {names}.")
    return words


def _assume(walk: Walk, name: str) -> bool:
    now, reads, succeeded = walk.operation(name), dict(_reads(walk, name)), _succeeded(walk)
    added = False
    if reads and not now.read:
        added = learn(walk, name, read=reads)
    if succeeded and not now.succeeded:
        added = learn(walk, name, succeeded=succeeded) or added
    return added


def _reads(walk: Walk, name: str) -> Iterator[tuple[str, str]]:
    """The payload stands where all others have it, and a CustomerGUID is called the same."""
    envelope = _envelope(walk)
    guid = walk.operation("retrieve_customer_guid").read.get("CustomerGuid")
    for field in OPERATIONS[name].reads.model_fields.values():
        promised = str(field.alias)
        if promised == "CustomerGuid" and guid:
            yield promised, guid
        elif envelope:
            yield promised, f"{envelope}.{promised}"


def _envelope(walk: Walk) -> str:
    """Returns the name under which every answer so far has had its payload; empty if there is none
    of its own."""
    paths = [
        walk.operation(name).read.get(str(field.alias), "").lstrip("!")
        for name in walk.answered
        for field in OPERATIONS[name].reads.model_fields.values()
    ]
    first = {path.partition(".")[0] if "." in path else "" for path in paths}
    return first.pop() if len(first) == 1 and len(paths) > 1 else ""


def _succeeded(walk: Walk) -> dict[str, str]:
    said = [dict(walk.operation(name).succeeded) for name in walk.answered]
    return said[0] if said and all(one == said[0] for one in said) else {}
