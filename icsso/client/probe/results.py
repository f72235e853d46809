"""What a probe says of one step, and of all. No result contains a value of the wire."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple


class Verdict(StrEnum):
    OK = "ok"
    DIFFERS = "differs"  # works, read tolerantly or with the wire profile that the probe prints
    UNUSABLE = "unusable"
    SKIPPED = "skipped"  # not asked, and why


class Difference(NamedTuple):
    """One difference from the contract.

    key: its short name, for tests. words: one plain sentence. tolerated: the portal reads it as it
    is. Otherwise the wire profile covers it, or somebody must ask Invoice Cloud.
    """

    key: str
    words: str
    tolerated: bool = False


@dataclass(frozen=True)
class StepResult:
    """status: of HTTP, None without a response. reading: how the portal reads the answer, in one
    sentence. missing: names promised and not sent. unknown: names sent and not known. kinds: by
    name sent. advice: what to do or to ask. exchanges: for a capture, without values."""

    step: str
    title: str
    verdict: Verdict
    reading: str
    operation: str = ""
    status: int | None = None
    milliseconds: int | None = None
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    advice: tuple[str, ...] = ()
    exchanges: tuple[Mapping[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Returns the result for a JSONField; `from_json` reads it."""
        return {**asdict(self), "differences": [one._asdict() for one in self.differences]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "StepResult":
        lists = {
            name: tuple(stored[name]) for name in ("missing", "unknown", "advice", "exchanges")
        }
        differences = tuple(Difference(**one) for one in stored["differences"])
        verdict = Verdict(stored["verdict"])
        return cls(**{**stored, **lists, "differences": differences, "verdict": verdict})


def exit_code(results: Iterable[StepResult]) -> int:
    """Returns 0 if nothing differs, 1 if something does and works, and 2 if something is unusable
    or nothing was asked."""
    verdicts = {result.verdict for result in results}
    if Verdict.UNUSABLE in verdicts or not verdicts - {Verdict.SKIPPED}:
        return 2
    return 1 if Verdict.DIFFERS in verdicts else 0


def capture(results: Iterable[StepResult]) -> dict[str, Any]:
    """Returns the wire without values, in the format that the sandbox replays."""
    return {
        "format": 1,
        "exchanges": [exchange for result in results for exchange in result.exchanges],
    }
