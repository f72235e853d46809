import signal
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from inhance.periodic import leases
from inhance.periodic.runner import ROUND, Runner

STOPS_WITHIN = 50.0  # seconds


class Command(BaseCommand):
    help = (
        "Runs the periodic commands when they are due, until it is ended. Can run on several "
        "machines: each command then runs on one of them at a time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="only say which commands are late, with exit status 1 if any is",
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        if check:
            self._check()
            return
        self.is_asked_to_stop = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        leases.plan()
        runner = Runner()
        while not self.is_asked_to_stop:
            runner.go_round()
            time.sleep(ROUND)
        runner.stop(within=STOPS_WITHIN)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.is_asked_to_stop = True

    def _check(self) -> None:
        try:
            late = leases.late()
        except Error as error:
            raise CommandError("The database does not answer.") from error
        if late:
            raise CommandError(f"Late: {', '.join(late)}. The log of run_periodic says why.")
        self.stdout.write("No periodic command is late.")
