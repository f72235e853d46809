"""The portal as a server that kills itself with signal 9 at the point it is told.

Two files, and nothing kept in memory, since whoever reads them may die at any moment: the journal
has a line for each point reached, and the order names the one to die at.
"""

import os
import signal
from pathlib import Path

from django.db.backends.signals import connection_created
from django.urls import get_resolver

from inhance.wsgi import application
from tests.faults.flows.points import numbered, watch_for_good

__all__ = ["JOURNAL", "ORDER", "application"]
JOURNAL, ORDER = "FAULTS_JOURNAL", "FAULTS_ORDER"  # environment variables: paths


def reach(step: str) -> None:
    journal = Path(os.environ[JOURNAL])
    point = numbered(step, journal.read_text().splitlines())
    with journal.open("a") as lines:
        lines.write(point + "\n")
    if point == Path(os.environ[ORDER]).read_text():
        os.kill(os.getpid(), signal.SIGKILL)


if JOURNAL in os.environ:
    watch_for_good(reach, opening=connection_created)
    get_resolver().url_patterns  # noqa: B018  before the fork, so that each worker has them
