"""The probe: walks the steps of story 14 and says how an Invoice Cloud differs from the contract.

    probe = Probe(Target(base_url=…, api_key=…), Arguments(account_number=…, email=…))
    for result in probe.results(announce=print):
        …
    probe.profile()

Read-only unless `Arguments.write` is set. What it returns contains no value of the wire.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from icsso.client.probe.results import StepResult, Verdict
from icsso.client.probe.steps.assumptions import assume
from icsso.client.probe.steps.authentication import AUTHENTICATING
from icsso.client.probe.steps.customers import CUSTOMERS
from icsso.client.probe.steps.hosted_page import hosted_page
from icsso.client.probe.steps.places import is_no_place
from icsso.client.probe.steps.single_sign_on import by_get, by_post, twice
from icsso.client.probe.steps.soap import customer_record
from icsso.client.probe.steps.step import Step, taken
from icsso.client.probe.steps.writing import WRITING
from icsso.client.probe.walk import Arguments, Target, Walk, written

Announce = Callable[[str], None]
Taken = Callable[[Announce], StepResult]


def _say_nothing(words: str) -> None:
    pass


class Probe:
    def __init__(self, target: Target, arguments: Arguments) -> None:
        self._walk = Walk(target, arguments)
        self._arguments = arguments
        self.remarks: list[str] = []  # after the last step: what is assumed or cannot be seen
        self._has_record = target.customer_record is not None

    def results(self, *, announce: Announce = _say_nothing) -> Iterator[StepResult]:
        """Returns the result of one step after the other, each when it is there.

        announce: called with one sentence before a step that people should know of. Ends early if
        Invoice Cloud cannot be reached or refuses the API key: nothing else would say more.
        """
        so_far: list[StepResult] = []
        for step in self._steps():
            so_far.append(step(announce))
            yield so_far[-1]
            if _is_hopeless(so_far):
                return
        self.remarks = assume(self._walk)

    def profile(self) -> dict[str, Any]:
        """Returns the wire profile to paste: only what differs, so {} if nothing does."""
        return written(self._walk.profile)

    @property
    def had_profile(self) -> bool:
        return self._walk.had_profile

    @property
    def count(self) -> int:
        """How many steps there are at most, for a progress bar."""
        return len(self._steps())

    def _steps(self) -> list[Taken]:
        plain = [*CUSTOMERS, *AUTHENTICATING]
        steps: list[Taken] = [partial(self._take, step) for step in plain]
        if self._has_record:
            steps.insert(1, partial(self._open, customer_record))
        steps += [partial(self._open, one) for one in (by_post, by_get, twice)]
        if self._arguments.guest_page:
            steps.append(partial(self._open, hosted_page))
        if self._arguments.write:
            steps += [partial(self._take, step) for step in WRITING]
        return steps

    def _open(self, step: Callable[[Walk], StepResult], announce: Announce) -> StepResult:
        return step(self._walk)

    def _take(self, step: Step, announce: Announce) -> StepResult:
        if step.announcement and not step.skipped(self._walk):
            announce(step.announcement)
        return taken(self._walk, step)


def _is_hopeless(so_far: list[StepResult]) -> bool:
    """Whether nothing answers, the key is refused, or the first two operations are not there."""
    unusable = all(result.verdict is Verdict.UNUSABLE for result in so_far)
    statuses = [result.status for result in so_far]
    if len(so_far) == 1:
        return unusable and statuses[0] in {None, 401, 403, 502, 503, 504}
    return unusable and len(so_far) == 2 and all(map(is_no_place, statuses))
