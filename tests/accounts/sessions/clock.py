"""Time as sessions read it."""

from datetime import timedelta

import pytest

from accounts.sessions import middleware


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_800_000_000.0
        monkeypatch.setattr(middleware.time, "time", lambda: self.now)

    def go(self, **passed: float) -> None:
        self.now += timedelta(**passed).total_seconds()
