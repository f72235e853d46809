"""Releases while postbacks arrive: the longest gap, what was lost, and what failed. With 0
releases, it shows what this machine does without any.

PostgreSQL with its default settings, Redis, and gunicorn on a socket that stays open, released the
way `deploy/release.sh` does it: the new instance is started, and a moment after it is ready, the
old one is stopped. The releases take turns: no other change, a new host name, a new encryption key
in its two steps, and a migration.
"""

import os
import socket
import sys
import tempfile
import time
from argparse import ArgumentParser
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
from tests.storm.machines import servers

FOLDER = tempfile.TemporaryDirectory(prefix="portal-bench-")
for place in ("postgres", "redis", "web"):
    (Path(FOLDER.name) / place).mkdir()
Path(FOLDER.name).chmod(0o711)  # PostgreSQL is another user
POSTGRES, DATABASE_URL = servers.postgres(Path(FOLDER.name) / "postgres", options=())
REDIS, REDIS_URL = servers.redis(Path(FOLDER.name) / "redis")
ENVIRONMENT = {
    "DATABASE_URL": DATABASE_URL,
    "REDIS_URL": REDIS_URL,
    "DEBUG": "false",
    "LOG_LEVEL": "CRITICAL",
    "WEB_CONCURRENCY": "2",
    "WEB_THREADS": "16",
}
os.environ |= {"DJANGO_SETTINGS_MODULE": "inhance.settings", **ENVIRONMENT}

import django

django.setup()

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from bench.flood.checkouts import create_checkouts
from bench.flood.postbacks import postbacks_of
from bench.flood.sender import Call
from bench.operation.instance import Instance, listening
from bench.operation.stream import Answer, Gap, Stream, acknowledged, gaps, statuses, waits
from icsso.billers.models import Biller
from inhance.postgresql.configuration import LIMITS
from payments.models import Postback

LOG = Path(FOLDER.name) / "web" / "log"
CHECKOUTS = 1000
BETWEEN = 3.0  # seconds between the end of a release and the start of the next
BOTH = 3.0  # seconds in which both instances answer, as in deploy/release.sh
FELT = 1.0  # seconds after its end, in which the new processes get their first requests
GAP_AT_MOST = 0.5  # seconds
KINDS = ("the same again", "new host name", "new key behind", "new key in front", "migration")


class Window(NamedTuple):
    """A release, by the monotonic clock. ready: when the new instance was ready, BOTH seconds
    before the old one is stopped. over: when the release no longer has any effect."""

    began: float
    ready: float
    over: float

    def holds(self, answer: Answer) -> bool:
        return answer.asked < self.over and answer.answered > self.began

    def overlapping(self, gaps: list[Gap]) -> list[Gap]:
        return [gap for gap in gaps if gap.holds_any(self.began, self.over)]


def calls() -> list[Call]:
    """Yields one postback for each checkout, again and again: each acknowledged call is a row."""
    random = Random(CHECKOUTS)
    return [postbacks_of(random, number)[0][0] for number in range(CHECKOUTS)]


def with_new(kind: str, environment: dict[str, str], number: int) -> dict[str, str]:
    """Makes the change that an operator makes before the release; returns the settings."""
    hosts, keys = environment["ALLOWED_HOSTS"], environment["ENCRYPTION_KEYS"]
    if kind == "new host name":
        hosts += f",new-{number}.example.com"
        Biller.objects.get().hosts.create(host=f"new-{number}.example.com")
    elif kind == "new key behind":
        keys = f"{keys},{Fernet.generate_key().decode()}"
    elif kind == "new key in front":
        *older, new = keys.split(",")
        keys = ",".join([new, *older])
    elif kind == "migration":
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LIMITS['migrate'].lock}s'")
            cursor.execute(f"ALTER TABLE payments_postback ADD COLUMN new_{number} integer NULL")
            cursor.execute(
                f"CREATE INDEX CONCURRENTLY new_{number} ON payments_postback (new_{number})"
            )
    return environment | {"ALLOWED_HOSTS": hosts, "ENCRYPTION_KEYS": keys}


def answers_at(port: int, host: str) -> bool:
    asked = HTTPConnection("127.0.0.1", port, timeout=30)
    asked.request("GET", "/robots.txt", headers={"Host": host})
    return asked.getresponse().status == 200


class Releases:
    """last: the instance that runs at the end. windows: the time of each release. wrong: problems
    found right away."""

    def __init__(self, port: int, place: socket.socket, number: int) -> None:
        self.port, self.place, self.number = port, place, number
        self.environment = os.environ | {"ALLOWED_HOSTS": "localhost,127.0.0.1"}
        self.environment["ENCRYPTION_KEYS"] = ",".join(settings.ENCRYPTION_KEYS)
        self.last = Instance(place, self.environment, LOG)
        self.windows: list[Window] = []
        self.wrong: list[str] = []

    def happen(self) -> None:
        time.sleep(BETWEEN)
        for n in range(self.number):
            self._release(n)
            time.sleep(BETWEEN)

    def _release(self, number: int) -> None:
        kind, began = KINDS[number % len(KINDS)], time.monotonic()
        self.environment = with_new(kind, self.environment, number)
        following = Instance(self.place, self.environment, LOG)
        ready = time.monotonic()
        time.sleep(BOTH)
        self.last.stop()
        self.windows.append(Window(began, ready, time.monotonic() + FELT))
        self.last = following
        if kind == "new host name" and not answers_at(self.port, f"new-{number}.example.com"):
            self.wrong.append(f"release {number}: the new host name is not known")


def tell(answers: list[Answer], windows: list[Window]) -> list[str]:
    """Prints the figures; returns the problems."""
    all_gaps = gaps(answers)
    for number, window in enumerate(windows):
        longest = next(iter(window.overlapping(all_gaps)), Gap(0.0, window.ready))
        print(
            f"{KINDS[number % len(KINDS)]}, ready after {window.ready - window.began:.1f} s:"
            f" {figures([each for each in answers if window.holds(each)])};"
            f" longest gap {longest.seconds:.3f} s, {longest.until - window.ready:+.1f} s then"
        )
    during = [each for each in answers if any(window.holds(each) for window in windows)]
    felt = [gap for window in windows for gap in window.overlapping(all_gaps)]
    otherwise = [each for each in answers if each not in during]
    print(f"during releases: {figures(during)}; longest gap {longest_of(felt):.3f} s")
    rest = longest_of([gap for gap in all_gaps if gap not in felt])
    print(f"otherwise: {figures(otherwise)}; longest gap {rest:.3f} s")
    good, stored = len(acknowledged(answers)), Postback.objects.count()
    print(
        f"{len(windows)} releases, {len(answers):,} postbacks: errors {len(answers) - good},"
        f" lost of what was acknowledged {max(0, good - stored)};"
        f" load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    wrong = {
        "errors": good < len(answers),
        "a gap": longest_of(felt) > GAP_AT_MOST,
        "lost": stored < good,
    }
    return [name for name, is_so in wrong.items() if is_so]


def longest_of(gaps: list[Gap]) -> float:
    return max((gap.seconds for gap in gaps), default=0.0)


def figures(answers: list[Answer]) -> str:
    half, most, longest = waits(answers)
    told = f"{len(answers):,} answers {dict(statuses(answers))}, waits: median {half:.3f} s,"
    return f"{told} 99% {most:.3f} s, longest {longest:.3f} s"


def main(number: int) -> int:
    call_command("migrate", verbosity=0)
    create_checkouts(CHECKOUTS)
    connection.close()  # the senders are forked and must not share the connection
    with listening() as place:
        port = place.getsockname()[1]
        releases = Releases(port, place, number)
        with Stream(port, calls()) as stream:
            releases.happen()
        releases.last.stop()
    found = releases.wrong + tell(stream.answers, releases.windows)
    if found:
        print(LOG.read_text()[-2000:])
    print("found wrong:", "; ".join(found) or 0)
    return bool(found)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("releases", type=int, nargs="?", default=20)
    with FOLDER, POSTGRES, REDIS:
        sys.exit(main(parser.parse_args().releases))
