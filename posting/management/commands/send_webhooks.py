from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from backoffice.management.periodic import PeriodicCommand
from posting.webhooks.services import send_all


class Command(PeriodicCommand):
    help = (
        "Sends payments and reversals to the billers' webhook endpoints: what is new, and what is "
        "due to be tried again. Safe to repeat, and to run on several machines."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--seconds",
            type=float,
            default=50.0,
            help="after which no attempt begins (50): a timer starts the next run",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        sent, broken = send_all(seconds=options["seconds"])
        if sent.delivered or sent.failed:
            self.stdout.write(f"Delivered: {sent.delivered}. Failed for now: {sent.failed}.")
        if broken:
            raise CommandError(f"Endpoints that could not be worked on: {broken}. See the log.")
