"""The table of docs/privacy.md: `python manage.py retention_table` prints it."""

from collections.abc import Iterator

from inhance.retention.kept import KEPT
from inhance.retention.periods import DEFAULTS
from inhance.retention.rules import RULES


def table() -> str:
    """Returns both parts in Markdown: what is deleted, and what is kept."""
    return "".join(f"{line}\n" for line in (*_deleted(), "", *_kept()))


def _deleted() -> Iterator[str]:
    yield "| in `RETENTION_DAYS` | days | counted from | what is deleted |"
    yield "| --- | --- | --- | --- |"
    for rule in RULES:
        yield f"| `{rule.kind}` | {DEFAULTS[rule.kind]} | {rule.counted} | {rule.data} |"


def _kept() -> Iterator[str]:
    yield "| kept | why |"
    yield "| --- | --- |"
    by_reason: dict[str, list[str]] = {}
    for label, reason in KEPT.items():
        by_reason.setdefault(reason, []).append(f"`{label}`")
    for reason, labels in by_reason.items():
        yield f"| {', '.join(labels)} | {reason} |"
