"""One run of a command, in a process of its own."""

import logging
import os
import signal
import sys
import time
from ctypes import c_double
from importlib import import_module
from threading import Thread

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

from backoffice.management.periodic import log_lines
from icsso.billers.metrics.recorder import tally

logger = logging.getLogger(__name__)
LOOKS_EVERY = 0.5  # seconds
LOST = 3  # exit status of a process that ended itself


def run(name: str, parent: int, lease: c_double) -> None:
    """Exits with 0 if the command succeeded. lease: its end, in seconds of this machine's monotonic
    clock; the parent extends it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    Thread(target=_watch, args=[name, parent, lease], daemon=True).start()
    try:
        call_command(name, **log_lines(name))
    except CommandError as error:
        logger.error("periodic command failed: %s: %s", name, error)
        sys.exit(1)
    except Exception:  # whatever it is, the other commands continue
        logger.exception("periodic command failed: %s", name)
        sys.exit(1)
    finally:
        tally.write()
        connections.close_all()
        if settings.SENTRY_DSN:
            import_module("inhance.monitoring.errors").finish()


def _watch(name: str, parent: int, lease: c_double) -> None:
    """Ends this process when it may no longer run: if its parent is gone or could not renew the
    lease, another machine may start the command."""
    while os.getppid() == parent and time.monotonic() < lease.value:
        time.sleep(LOOKS_EVERY)
    logger.error("periodic command given up, since its lease was not renewed: %s", name)
    os._exit(LOST)
