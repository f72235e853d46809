"""Sends errors to Sentry, or a server that speaks its protocol. Imported only if SENTRY_DSN is set.

An event is rebuilt from a list of permitted data, so that a new version of the library sends no
more: the kind of exception, files and lines, the log message without its values, and the ID of the
request, which leads to the log line. No value, no URL, no person.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

from inhance.logging.json_lines import EXTRAS, request_id, route_of
from inhance.logging.json_lines import task_id as number_of_task
from inhance.logging.redaction import redacted

KEPT = ("event_id", "timestamp", "level", "platform", "logger", "release", "environment", "sdk")
OF_FRAME = ("filename", "function", "module", "lineno", "in_app")
TAGS = tuple(set(EXTRAS) - {"member", "account", "checkout"})


def start(dsn: str) -> None:
    """Sends everything that is logged as an error, and exceptions that end the process."""
    sentry_sdk.init(
        dsn=dsn,
        before_send=_safe,  # type: ignore[arg-type]  # its event is a TypedDict of all there may be
        before_breadcrumb=lambda crumb, hint: None,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        server_name="",
        release=os.environ.get("SENTRY_RELEASE", ""),  # it would call git
        default_integrations=False,
        auto_session_tracking=False,
        send_client_reports=False,
        integrations=[
            LoggingIntegration(level=None, event_level=logging.ERROR),
            ExcepthookIntegration(),
            DedupeIntegration(),
            AtexitIntegration(callback=lambda pending, seconds: None),  # it would write to stderr
        ],
    )


def finish() -> None:
    """Waits up to two seconds until all is sent, in a process that skips `atexit`."""
    sentry_sdk.flush(2)


def _safe(event: Mapping[str, Any], hint: Mapping[str, Any]) -> dict[str, Any]:
    safe = {name: event[name] for name in KEPT if name in event}
    record = hint.get("log_record")
    safe["tags"] = {"request": request_id.get(), "task": number_of_task.get()}
    if isinstance(record, logging.LogRecord):
        # The message as it is in the code, without the values put into it.
        safe["logentry"] = {"message": redacted(str(record.msg))}
        safe["tags"] |= dict(_facts(record))
    values = event.get("exception", {}).get("values", [])
    safe["exception"] = {"values": [_exception(value) for value in values]}
    return safe


def _facts(record: logging.LogRecord) -> Iterator[tuple[str, str]]:
    yield from ((name, str(getattr(record, name))) for name in TAGS if hasattr(record, name))
    if request := getattr(record, "request", None):
        yield "route", route_of(request)
        yield "request", getattr(request, "id", "")


def _exception(value: Mapping[str, Any]) -> dict[str, Any]:
    """Leaves out the exception's own text, which may quote what was entered."""
    frames = (value.get("stacktrace") or {}).get("frames", [])
    told = [{name: frame[name] for name in OF_FRAME if name in frame} for frame in frames]
    kind = {name: value[name] for name in ("type", "module", "mechanism") if name in value}
    kind["mechanism"] = {"type": "generic", "handled": True}
    return kind | {"stacktrace": {"frames": told}}
