"""Log lines as JSON, each with the number of the request it belongs to.

No line holds an address as it was asked for: addresses carry the secrets of links and
postbacks. The pattern of the address stands for it.
"""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

request_id: ContextVar[str] = ContextVar("request_id", default="")
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
    """The pattern of the address asked for, `/accounts/finish/<secret>/`; "" if there is none."""
    match = request.resolver_match
    return "/" + match.route if match else ""


class RequestFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        # Django writes its line about a refused request after the last middleware is done.
        record.request_id = request_id.get() or getattr(request, "id", "")
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            # Django's own lines ("Not Found: …") name the path.
            named = route_of(request) or "an unknown address"
            paths = (request.path_info, request.path, request.get_full_path())
            record.args = tuple(named if arg in paths else arg for arg in record.args)
        return True


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
        line |= {name: getattr(record, name) for name in EXTRAS if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return line

    def formatException(self, ei: Any) -> str:
        """Without the line in which PostgreSQL quotes the row that it refused."""
        lines = super().formatException(ei).splitlines()
        return "\n".join(line for line in lines if not line.startswith("DETAIL:"))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        # Else `logging` would print the arguments to standard error, as they are.
        return f"{record.msg} (its arguments do not fit)"


def as_json_lines(*, level: str) -> dict[str, Any]:
    """For the setting LOGGING."""
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
        # Without Django's own handlers: they print addresses, and addresses carry secrets.
        "loggers": {
            "django": {"handlers": [], "level": "INFO"},
            "django.server": {"level": "CRITICAL"},  # runserver's lines, beside our own
            # Any robot can send a wrong host name; the request's own line says 400.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
        },
    }
