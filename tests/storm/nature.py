"""Disasters inside the portal's processes: the clock of their machine jumps, and DNS lookups are
slow. They are set in a file, which each process reads again and again."""

import json
import os
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import time_machine

VARIABLE = "STORM_NATURE"  # the file; without it, nothing happens
LOOKS_EVERY = 0.2  # seconds


class Nature(NamedTuple):
    """ahead: seconds by which the clock is ahead. lookup: seconds that a DNS lookup takes."""

    ahead: float = 0
    lookup: float = 0

    def tell(self, path: Path) -> None:
        new = path.with_suffix(".new")
        new.write_text(json.dumps(self._asdict()))
        new.replace(path)

    @classmethod
    def told(cls, path: Path) -> "Nature":
        return cls(**json.loads(path.read_text())) if path.exists() else cls()


class Follower:
    """One per process, because threads do not survive a fork."""

    def __init__(self, path: Path) -> None:
        self.path, self.felt = path, Nature()
        self.lookup, self.travel = socket.getaddrinfo, None
        socket.getaddrinfo = self.look_up
        os.register_at_fork(after_in_child=self.begin)
        self.begin()

    def begin(self) -> None:
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self) -> None:
        while True:
            self.feel(Nature.told(self.path))
            time.sleep(LOOKS_EVERY)

    def feel(self, told: Nature) -> None:
        if told.ahead != self.felt.ahead:
            self.jump(told.ahead)
        self.felt = told

    def jump(self, ahead: float) -> None:
        """Moves the wall clock but not the monotonic one: waiting takes as long as before."""
        if self.travel:
            self.travel.stop()
        there = datetime.now(UTC) + timedelta(seconds=ahead)
        self.travel = time_machine.travel(there, tick=True) if ahead else None
        if self.travel:
            self.travel.start()

    def look_up(self, *names: Any, **further: Any) -> Any:
        time.sleep(self.felt.lookup)
        return self.lookup(*names, **further)


def follow() -> None:
    if path := os.environ.get(VARIABLE):
        Follower(Path(path))
