"""OpenTelemetry traces, sent to the collector of TRACES_URL: requests, tasks, and the calls to
Invoice Cloud that they wait for. Imported only if that is set.

OpenTelemetry's own instrumentation records URLs, headers, and SQL. These spans contain only the
route, the operation, the task, and the outcome.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.http import HttpRequest, HttpResponse
from django_tasks import TaskResult
from django_tasks.signals import task_finished, task_started
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from icsso.billers.metrics.recorder import call_heard
from icsso.client.errors import Heard, Outcome
from inhance.logging.json_lines import number_of_request, route_of
from inhance.monitoring.requests import method_of

SEND_WITHIN = 10  # seconds, in a thread of its own
_under_way: list[AbstractContextManager[Any]] = []  # a worker runs one task at a time


def start(url: str) -> None:
    """Starts sending. A thread sends the batches, including the last one when the process ends."""
    provider = TracerProvider(resource=Resource({"service.name": "inhance-portal"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(url, timeout=SEND_WITHIN)))
    trace.set_tracer_provider(provider)
    call_heard.connect(_add_call)
    task_started.connect(_begin_task)
    task_finished.connect(_end_task)


class RequestSpans:
    """Creates a span for each request, and continues no trace of a client."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with _span("request", SpanKind.SERVER) as span:
            response = self.get_response(request)
            route = route_of(request) or "unknown"
            span.update_name(f"{method_of(request)} {route}")
            span.set_attribute("http.route", route)
            span.set_attribute("http.response.status_code", response.status_code)
            span.set_attribute("portal.request", response.get("X-Request-ID", ""))
            if response.status_code >= 500:
                span.set_status(Status(StatusCode.ERROR))
        return response


def _tracer() -> Tracer:
    return trace.get_tracer("inhance")


def _span(name: str, kind: SpanKind) -> AbstractContextManager[Span]:
    """Records no exception by itself, because its text may quote what was entered."""
    return _tracer().start_as_current_span(
        name, kind=kind, record_exception=False, set_status_on_exception=False
    )


def _add_call(sender: Any, heard: Heard, **kwargs: Any) -> None:
    """Called when the call has ended, in the thread of the request or task that waited for it."""
    ended = time.time_ns()
    began = ended - heard.milliseconds * 1_000_000
    named = f"invoice cloud {heard.operation}"
    span = _tracer().start_span(named, kind=SpanKind.CLIENT, start_time=began)
    span.set_attribute("portal.operation", heard.operation)
    span.set_attribute("portal.outcome", heard.outcome.value)
    span.set_attribute("portal.request", number_of_request())
    if heard.outcome not in {Outcome.ANSWERED, Outcome.REFUSED}:
        span.set_status(Status(StatusCode.ERROR))
    span.end(end_time=ended)


def _begin_task(sender: Any, task_result: "TaskResult[Any]", **kwargs: Any) -> None:
    named = task_result.task.module_path
    context = _span(named, SpanKind.CONSUMER)
    context.__enter__().set_attribute("portal.task", str(task_result.id))
    _under_way.append(context)


def _end_task(sender: Any, task_result: "TaskResult[Any]", **kwargs: Any) -> None:
    if not _under_way:
        return
    span, context = trace.get_current_span(), _under_way.pop()
    if task_result.status == "FAILED":
        span.set_status(Status(StatusCode.ERROR))
    context.__exit__(None, None, None)
