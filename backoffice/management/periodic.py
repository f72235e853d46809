"""What every command that a timer runs has in common."""

import io
import logging
import sys
from typing import TextIO

from django.core.management.base import BaseCommand, OutputWrapper


def log_lines(command: str) -> dict[str, TextIO]:
    """Returns streams whose lines are log lines, as arguments of `call_command`."""
    logger = logging.getLogger(f"commands.{command}")
    return {"stdout": _Lines(logger, logging.INFO), "stderr": _Lines(logger, logging.ERROR)}


class PeriodicCommand(BaseCommand):
    """Nobody watches it, so what it says is log lines, unless it writes to a person's terminal or
    to the stream of a caller."""

    def run_from_argv(self, argv: list[str]) -> None:
        if not sys.stdout.isatty():
            lines = log_lines(argv[1])
            self.stdout, self.stderr = (OutputWrapper(stream) for stream in lines.values())
        super().run_from_argv(argv)


class _Lines(io.StringIO):
    """A stream whose lines are log lines."""

    def __init__(self, logger: logging.Logger, level: int) -> None:
        super().__init__()
        self._logger, self._level = logger, level

    def write(self, text: str) -> int:
        for line in text.splitlines():
            if line.strip():
                self._logger.log(self._level, "%s", line.strip())
        return len(text)
