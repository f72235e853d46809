"""One step of the walk: an operation is called, read, and judged."""

from collections.abc import Callable
from typing import NamedTuple

from icsso.client.errors import InvoiceCloudUnavailable
from icsso.client.probe.reading.search import Found, find
from icsso.client.probe.results import Difference, StepResult, Verdict
from icsso.client.probe.steps.explanations import Judgment, explained
from icsso.client.probe.steps.names_sent import otherwise_sent
from icsso.client.probe.steps.places import elsewhere
from icsso.client.probe.steps.remedies import Remedy, Tried, otherwise_read
from icsso.client.probe.walk import Attempt, Call, Walk

NOTHING_FOUND = Found((), (), {}, ())


# In this order; each does nothing if it does not apply.
ALL_REMEDIES: tuple[Remedy, ...] = (elsewhere, otherwise_read, otherwise_sent, otherwise_read)


class Step(NamedTuple):
    """title: for people. expects_answer: whether this should succeed. remedies: what is tried if it
    does not. announcement: what to say before. skipped: why it is not asked."""

    name: str
    title: str
    operation: str
    call: Callable[[Walk], Call]
    judge: Callable[[Walk, Attempt], Judgment]
    expects_answer: bool = True
    announcement: str = ""
    skipped: Callable[[Walk], str] = lambda walk: ""
    remedies: tuple[Remedy, ...] = ALL_REMEDIES


def taken(walk: Walk, step: Step) -> StepResult:
    """Returns the result of the step; what it learns is in the walk's profile."""
    if why := step.skipped(walk):
        return StepResult(step.name, step.title, Verdict.SKIPPED, why, operation=step.operation)
    call = step.call(walk)
    tried = Tried(walk.attempt(step.operation, call))
    places: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()
    for remedy in step.remedies:
        tried = remedy(walk, tried.attempt, call)
        places, learned = places + tried.places, learned + tried.learned
    return _result(walk, step, tried.attempt, places, learned)


def _result(
    walk: Walk, step: Step, attempt: Attempt, places: tuple[str, ...], learned: tuple[str, ...]
) -> StepResult:
    found = NOTHING_FOUND
    is_readable = attempt.error is None or step.expects_answer
    if attempt.is_answered and attempt.body is not None and is_readable:
        found = find(step.operation, attempt.body, walk.operation(step.operation))
    judgment = _judged(walk, step, attempt, places)
    differences = (
        *_pauses(walk),
        *(Difference("profile", words) for words in learned),
        *found.differences,
        *_missing(found),
        *judgment.differences,
    )
    main = attempt.main
    return StepResult(
        step.name,
        step.title,
        verdict(walk, is_usable=judgment.is_usable, differences=differences),
        judgment.reading,
        operation=step.operation,
        status=main.status if main else None,
        milliseconds=main.milliseconds if main else None,
        missing=tuple(one.name for one in found.missing),
        unknown=found.unknown,
        kinds=found.kinds,
        differences=differences,
        advice=judgment.advice,
        exchanges=(walk.redacted(step.name, main),) if main else (),
    )


def verdict(walk: Walk, *, is_usable: bool, differences: tuple[Difference, ...]) -> Verdict:
    """What is tolerated counts as a difference only until the biller has a wire profile."""
    if not is_usable:
        return Verdict.UNUSABLE
    counted = [one for one in differences if not (one.tolerated and walk.had_profile)]
    return Verdict.DIFFERS if counted else Verdict.OK


def _pauses(walk: Walk) -> tuple[Difference, ...]:
    if not walk.was_told_to_wait:
        return ()
    walk.was_told_to_wait = False
    words = "Invoice Cloud asks for fewer calls (429); the probe waited and asked again."
    return (Difference("fewer-calls", words, tolerated=True),)


def _missing(found: Found) -> tuple[Difference, ...]:
    return tuple(
        Difference("missing", f"{one.name} is not sent.", tolerated=True) for one in found.missing
    )


def _judged(walk: Walk, step: Step, attempt: Attempt, places: tuple[str, ...]) -> Judgment:
    if attempt.error is not None and (
        step.expects_answer or isinstance(attempt.error, InvoiceCloudUnavailable)
    ):
        return explained(walk, step.title, attempt, places)
    return step.judge(walk, attempt)
