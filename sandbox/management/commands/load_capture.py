"""Lets the sandbox answer in the shapes of a capture that a portal's probe has written."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from sandbox.variants import services


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("capture", type=Path, help="a JSON file")
        parser.add_argument(
            "--profile", type=Path, help="the wire profile that the probe printed, as a JSON file"
        )

    def handle(self, *, capture: Path, profile: Path | None, **options: Any) -> None:
        try:
            loaded = services.load_capture(read(capture), read(profile) if profile else None)
        except ValueError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"Answers as captured: {', '.join(loaded['imitated']) or 'nothing'}")
        if loaded["ignored"]:
            self.stdout.write(f"Not imitated: {', '.join(loaded['ignored'])}")


def read(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except OSError as problem:
        raise CommandError(str(problem)) from None
