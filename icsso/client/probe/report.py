"""The report in plain words, 80 columns wide. It contains names and kinds, never a value."""

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from icsso.client.probe.results import Difference, StepResult, exit_code

COLUMNS = 80
INDENT = "    "
CONCLUSIONS = {
    0: "Nothing differs from the contract. No wire profile is needed.",
    1: "Something differs, but the portal can work with it.",
    2: "Something cannot be used yet. See “what to do” above.",
}
ACCEPTED = "Nothing differs from the contract and the biller's wire profile."


def step_lines(number: int, result: StepResult) -> list[str]:
    """Returns the lines about one step."""
    return [
        _heading(number, result),
        *_wrapped(result.reading),
        *_named("Promised, not sent", result.missing),
        *_named("Sent, not known", result.unknown),
        *_named("Kinds", [f"{name} {kind}" for name, kind in result.kinds.items()]),
        *_differences(result.differences),
        *(line for advice in result.advice for line in _labeled("What to do", advice)),
    ]


def notice_lines(words: str) -> list[str]:
    """Returns the lines of what is said before a step."""
    return _wrapped(f"Note: {words}")


def closing_lines(
    results: Sequence[StepResult],
    profile: Mapping[str, Any],
    *,
    had_profile: bool,
    remarks: Sequence[str],
) -> list[str]:
    """Returns the conclusion, and the wire profile to paste."""
    code = exit_code(results)
    conclusion = ACCEPTED if had_profile and code == 0 else CONCLUSIONS[code]
    lines = ["", *_wrapped(conclusion, indent="")]
    for remark in remarks:
        lines += _wrapped(remark, indent="")
    lines += ["", "Wire profile to paste (onboarding, “Wire profile”):"]
    return [*lines, *json.dumps(profile, indent=2, ensure_ascii=False).splitlines()]


def _heading(number: int, result: StepResult) -> str:
    said = str(result.status) if result.status is not None else "-"
    took = f"{result.milliseconds} ms" if result.milliseconds is not None else "-"
    title = f"{number:2}. {result.title}"
    room = COLUMNS - 26
    return f"{title[:room]:<{room}} {result.verdict.value:<8} {said:>4} {took:>11}"


def _differences(differences: Iterable[Difference]) -> Iterator[str]:
    for one in differences:
        if one.key != "missing":  # these names stand in a line of their own
            yield from _labeled("Tolerated" if one.tolerated else "Differs", one.words)


def _named(label: str, names: Sequence[str]) -> list[str]:
    return _labeled(label, ", ".join(names)) if names else []


def _labeled(label: str, words: str) -> list[str]:
    return _wrapped(f"{label}: {words}", further="  ")


def _wrapped(words: str, *, indent: str = INDENT, further: str = "") -> list[str]:
    return textwrap.wrap(
        words,
        width=COLUMNS,
        initial_indent=indent,
        subsequent_indent=indent + further,
        break_on_hyphens=False,
    )
