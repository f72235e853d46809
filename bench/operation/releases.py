"""Releases while postbacks come in: the longest gap, what was lost, what failed.

PostgreSQL as it comes, Redis, and gunicorn at a socket that stays open, released as
`deploy/release.sh` does it: the other instance is started and, once it is ready, the one before is
ended. In turn with nothing else new, a new host name, a new encryption key
in its two steps, and a migration.
"""

import os
import socket
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
from tests.storm import servers

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

from bench.flood.checkouts import settle_in
from bench.flood.sender import Call
from bench.flood.told import told_of
from bench.operation.instance import Instance, listening
from bench.operation.stream import Answer, Stream, longest_gap, longest_wait, statuses
from icsso.billers.models import Biller
from inhance.postgresql.configuration import LIMITS
from payments.models import Postback

LOG = Path(FOLDER.name) / "web" / "log"
CHECKOUTS = 1000
BETWEEN = 1.5  # seconds
KINDS = ("the same again", "new host name", "new key behind", "new key in front", "migration")


def calls() -> list[Call]:
    """One postback for each checkout, sent again and again: each acknowledged call is a row."""
    random = Random(CHECKOUTS)
    return [told_of(random, number)[0][0] for number in range(CHECKOUTS)]


def with_new(kind: str, environment: dict[str, str], number: int) -> dict[str, str]:
    """What the operator changes before the release; returns the settings."""
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


def released(port: int, place: socket.socket, first: Instance, number: int) -> Iterator[str]:
    """Yields what is wrong after each release."""
    environment = os.environ | {"ALLOWED_HOSTS": "localhost,127.0.0.1"}
    environment["ENCRYPTION_KEYS"] = ",".join(settings.ENCRYPTION_KEYS)
    current = first
    for n in range(number):
        time.sleep(BETWEEN)
        kind = KINDS[n % len(KINDS)]
        environment = with_new(kind, environment, n)
        following = Instance(place, environment, LOG)
        current.stop()
        current = following
        if kind == "new host name" and not answers_at(port, f"new-{n}.example.com"):
            yield f"release {n}: the new host name is not known"
    time.sleep(BETWEEN)
    current.stop()


def tell(name: str, answers: list[Answer], *, gap_at_most: float | None) -> list[str]:
    """Prints the figures; returns what is wrong."""
    acknowledged = sum(200 <= answer.status < 300 for answer in answers)
    stored = Postback.objects.count()
    gap, failed = longest_gap(answers), len(answers) - acknowledged
    print(
        f"{name}: {len(answers):,} postbacks, answers {dict(statuses(answers))}; "
        f"longest gap {gap:.3f} s, longest wait {longest_wait(answers):.3f} s, errors {failed}"
    )
    found = [f"{name}: errors"] if failed and gap_at_most else []
    if gap_at_most and gap > gap_at_most:
        found.append(f"{name}: a gap of {gap:.3f} s")
    print(f"  stored: {stored:,}; lost of what was acknowledged: {max(0, acknowledged - stored)}")
    return found + ([f"{name}: lost"] if stored < acknowledged else [])


def main(number: int) -> int:
    call_command("migrate", verbosity=0)
    settle_in(CHECKOUTS)
    connection.close()  # the senders, which are forked, must not share it
    with listening() as place:
        port = place.getsockname()[1]
        first = Instance(place, os.environ, LOG)
        with Stream(port, calls()) as stream:
            found = list(released(port, place, first, number))
    found += tell(f"{number} releases", stream.answers, gap_at_most=0.5)
    if found:
        print(LOG.read_text()[-2000:])
    print("found wrong:", "; ".join(found) or 0)
    return bool(found)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("releases", type=int, nargs="?", default=20)
    with FOLDER, POSTGRES, REDIS:
        sys.exit(main(parser.parse_args().releases))
