"""A pytest plugin: names the files of a run that took long."""

from collections import Counter

import pytest

SECONDS = 20


class SlowFiles:
    """Adds up what the tests of each file took, on all workers together."""

    def __init__(self) -> None:
        self._seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.location[0]] += report.duration  # type: ignore[assignment]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        slow = [(file, took) for file, took in self._seconds.most_common() if took > SECONDS]
        if slow:
            terminalreporter.section(f"files that took more than {SECONDS} s")
        for file, took in slow:
            terminalreporter.line(f"{took:6.1f} s  {file}")
