"""Log lines as JSON, each with the number of its request.

No line holds a requested URL, because URLs contain the secrets of links and postbacks. The URL
pattern is logged instead.
"""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

request_id: ContextVar[str] = ContextVar("request_id", default="")
task_id: ContextVar[str] = ContextVar("task_id", default="")  # of the task that a worker runs
NAMES_TASK = "Task id=%s "
TASK_ID = re.compile(r"[0-9A-Za-z-]{32,36}")  # a UUID, or 32 random characters
EXTRAS = (
    "method",
    "route",
    "status",
    "milliseconds",
    "operation",
    "biller",
    "member",
    "checkout",
    "account",
)


def number_of_request() -> str:
    return request_id.get()


def route_of(request: HttpRequest) -> str:
    """Returns the URL pattern of the request, `/accounts/finish/<secret>/`; "" if there is none."""
    match = request.resolver_match
    return "/" + match.route if match else ""


class RequestFilter(logging.Filter):
    """Adds to a line which request or task it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        _name_task(record)
        request = getattr(record, "request", None)
        # Django logs a refused request after the last middleware has finished.
        record.request_id = request_id.get() or getattr(request, "id", "")
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            # Django's own lines ("Not Found: …") name the path.
            named = route_of(request) or "an unknown URL"
            paths = [request.path_info, request.path, request.get_full_path()]
            paths += [path.encode("unicode_escape").decode() for path in paths]  # as Django does
            record.args = tuple(named if arg in paths else arg for arg in record.args)
        return True


def _name_task(record: logging.LogRecord) -> None:
    """Sets `task`. In the lines of django-tasks, the ID is part of the text, where it would be
    redacted as a secret."""
    task = task_id.get()
    words, args = str(record.msg), record.args
    if words.startswith(NAMES_TASK) and isinstance(args, tuple) and args:
        task, record.args = str(args[0]), args[1:]
        record.msg = words.replace(NAMES_TASK, "Task ", 1)
    if TASK_ID.fullmatch(task):
        record.task = task


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.line(record), default=str)

    def line(self, record: logging.LogRecord) -> dict[str, Any]:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            "request": getattr(record, "request_id", ""),
        }
        if task := getattr(record, "task", ""):
            line["task"] = task
        line |= {name: getattr(record, name) for name in EXTRAS if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return line

    def formatException(self, ei: Any) -> str:
        """Leaves out the line in which PostgreSQL quotes the row it refused."""
        lines = super().formatException(ei).splitlines()
        return "\n".join(line for line in lines if not line.startswith("DETAIL:"))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        # Otherwise `logging` would print the raw arguments to standard error.
        return f"{record.msg} (its arguments do not match)"


def as_json_lines(*, level: str) -> dict[str, Any]:
    """Returns the value of the setting LOGGING."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": "inhance.logging.json_lines.RequestFilter"}},
        "formatters": {"line": {"()": "inhance.logging.redaction.SafeFormatter"}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "filters": ["request"],
                "formatter": "line",
            }
        },
        "root": {"handlers": ["console"], "level": level},
        # Without Django's own handlers: they print URLs, and URLs contain secrets.
        "loggers": {
            "django": {"handlers": [], "level": "INFO"},
            "django.server": {"level": "CRITICAL"},  # runserver's lines, in addition to our own
            # At DEBUG, it logs addresses: with GUIDs, and with a token where sign-on is by GET.
            "urllib3": {"level": "WARNING"},
            # Django logs what it refuses as an error, but any robot can send a wrong host name or
            # too many fields. `inhance.errors` says what was refused; the request's line says 400.
            "django.security": {"level": "CRITICAL"},
            "django.security.csrf": {"level": "INFO"},
            "django.security.SuspiciousSession": {"level": "INFO"},
        },
    }
