import os
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Writes a line when it begins and one when it ends, TELL_SECONDS later."""

    def handle(self, *args: Any, **options: Any) -> None:
        self._tell("begins")
        time.sleep(float(os.environ["TELL_SECONDS"]))
        self._tell("ends")

    def _tell(self, what: str) -> None:
        with Path(os.environ["TELL_FILE"]).open("a") as file:
            file.write(f"{os.getppid()} {os.getpid()} {what}\n")
