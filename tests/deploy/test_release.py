"""Instances that come and go at a socket that stays open, as `deploy/release.sh` lets them."""

import os
import threading
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bench.operation.instance import Instance, listening

RELEASES, SENDERS, SECONDS = 3, 4, 60


def test_nothing_is_refused_or_dropped_while_instances_change(tmp_path: Path) -> None:
    """Of a server that answers at once: many requests are on their way at each change."""
    environment = os.environ | {"WEB_CONCURRENCY": "1", "WEB_THREADS": "2"}
    ends, answers, broken = threading.Event(), list[int](), list[Exception]()

    def send(port: int) -> None:
        while not ends.is_set():
            connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
            try:
                connection.request("POST", "/pay/postback/", b"a=b")
                answers.append(connection.getresponse().status)
            except (OSError, HTTPException) as error:
                broken.append(error)
            connection.close()

    def started() -> Instance:
        return Instance(
            place, environment, tmp_path / "log", application="tests.attacks.headers.echo"
        )

    with listening() as place:
        current = started()
        port = place.getsockname()[1]
        senders = [threading.Thread(target=send, args=[port]) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        for _ in range(RELEASES):
            following = started()
            current.stop()
            current = following
        ends.set()
        for sender in senders:
            sender.join()
        current.stop()
    assert broken == []
    assert set(answers) == {200}
    assert (tmp_path / "log").read_text().count("Handling signal: term") == RELEASES + 1
