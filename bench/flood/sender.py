"""The senders of the flood: several processes with several connections each."""

import http.client
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing.sharedctypes import Synchronized

SENDERS, CONNECTIONS = 2, 8  # processes, and connections of each: enough to keep the server busy
Call = tuple[str, bytes]  # address, body


class Sender:
    """One connection and the postbacks it has to deliver."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection: http.client.HTTPConnection | None = None

    def call(self, call: Call) -> int:
        """Returns the status, or 0 if the connection broke."""
        path, body = call
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self.connection.request("POST", path, body, headers)
            answer = self.connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            if self.connection:
                self.connection.close()
            self.connection = None
            return 0
        return answer.status

    def insist(self, call: Call) -> Iterator[int]:
        while True:
            status = self.call(call)
            yield status
            if 200 <= status < 300:
                return
            time.sleep(0.1)


def send(
    port: int, calls: Sequence[Call], done: "Synchronized[int]", *, once: bool
) -> Counter[int]:
    """Sends over one connection. Returns how often each status was answered."""
    sender, statuses = Sender(port), Counter[int]()
    for call in calls:
        statuses.update([sender.call(call)] if once else sender.insist(call))
        with done.get_lock():
            done.value += 1
    return statuses


def send_all(
    port: int, calls: Sequence[Call], done: "Synchronized[int]", *, once: bool = False
) -> tuple[Counter[int], float]:
    """Sends from several processes. Returns the statuses and the seconds."""
    found: multiprocessing.Queue[Counter[int]] = multiprocessing.Queue()

    def work(mine: Sequence[Call]) -> None:
        statuses: list[Counter[int]] = []

        def run(part: Sequence[Call]) -> None:
            statuses.append(send(port, part, done, once=once))

        threads = [
            threading.Thread(target=run, args=[mine[n::CONNECTIONS]]) for n in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found.put(sum(statuses, Counter()))

    started = time.perf_counter()
    senders = [
        multiprocessing.Process(target=work, args=[calls[n::SENDERS]]) for n in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    statuses = sum((found.get() for _ in senders), Counter[int]())
    seconds = time.perf_counter() - started
    for sender in senders:
        sender.join()
    return statuses, seconds
