"""Logs exceptions that end a process or a thread, and warnings of libraries. Otherwise, Python
would print them as text, an exception with whatever it quotes."""

import logging
import sys
import threading
from types import TracebackType

logger = logging.getLogger(__name__)


def log_what_is_uncaught() -> None:
    logging.captureWarnings(True)
    sys.excepthook = _of_process
    threading.excepthook = _of_thread


def _of_process(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logger.critical("the process ends", exc_info=(kind, error, traceback))


def _of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value:
        found = (ended.exc_type, ended.exc_value, ended.exc_traceback)
        logger.error("a thread has ended", exc_info=found)
