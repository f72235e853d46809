"""A stream of postbacks from several senders, and when each was answered."""

import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Sequence
from itertools import cycle, pairwise
from math import inf
from typing import NamedTuple

from bench.flood.sender import Call, Sender

SENDERS = 8
PAUSE = 0.3  # seconds between an answer and the next call of the same sender


class Answer(NamedTuple):
    call: Call
    asked: float
    answered: float
    status: int  # 0 if the connection broke


class Stream:
    """Runs in a process of its own within the `with` block, each call over a new connection, like
    the samples in deploy/proxies. Failed calls are not repeated."""

    def __init__(self, port: int, calls: Sequence[Call]) -> None:
        self._ends = multiprocessing.Event()
        self._answers: multiprocessing.Queue[list[Answer]] = multiprocessing.Queue()
        self._process = multiprocessing.Process(target=self._send_all, args=[port, calls])

    def __enter__(self) -> "Stream":
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self.answers = sorted(self._answers.get(), key=lambda each: each.answered)
        self._process.join()

    def _send_all(self, port: int, calls: Sequence[Call]) -> None:
        answers: list[Answer] = []
        senders = [
            threading.Thread(target=self._send, args=[port, calls[n::SENDERS], answers])
            for n in range(SENDERS)
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        self._answers.put(answers)

    def _send(self, port: int, calls: Sequence[Call], answers: list[Answer]) -> None:
        for call in cycle(calls):
            if self._ends.is_set():
                return
            sender, asked = Sender(port), time.monotonic()
            status = sender.call(call)
            answers.append(Answer(call, asked, time.monotonic(), status))
            if sender.connection:
                sender.connection.close()
            time.sleep(PAUSE)


def acknowledged(answers: Sequence[Answer]) -> list[Answer]:
    return [answer for answer in answers if 200 <= answer.status < 300]


class Gap(NamedTuple):
    seconds: float
    until: float  # by the monotonic clock

    def holds_any(self, began: float, over: float) -> bool:
        """Returns whether the two periods overlap."""
        return self.until > began and self.until - self.seconds < over


def gaps(answers: Sequence[Answer]) -> list[Gap]:
    """Returns the gaps between acknowledgments, longest first."""
    times = [answer.answered for answer in acknowledged(answers)]
    return sorted((Gap(after - before, after) for before, after in pairwise(times)), reverse=True)


def waits(answers: Sequence[Answer]) -> tuple[float, float, float]:
    """Returns the seconds that calls waited: the median, the 99th percentile, and the maximum."""
    found = sorted(answer.answered - answer.asked for answer in answers)
    if not found:
        return inf, inf, inf
    return found[len(found) // 2], found[len(found) * 99 // 100], found[-1]


def statuses(answers: Sequence[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)
