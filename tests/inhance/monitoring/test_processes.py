"""gunicorn as production starts it: what Prometheus, Sentry, and a collector of traces get from it,
and what its log looks like. No receiver ever gets a value, an address, or a person."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.inhance.monitoring.reading import BEARER, TOKEN, Figures, figures_of, value
from tests.portal_process import PortalProcess
from tests.posting.receiver import WebhookReceiver, receiving

CANARY = "canary"
WAIT = 120  # seconds at most, on a machine that may be busy
GUNICORN = ("-c", "deploy/gunicorn.conf.py", "--workers", "2")
SETTINGS = "tests.inhance.monitoring.failing"


class Watched(NamedTuple):
    portal: PortalProcess
    sentry: WebhookReceiver
    collector: WebhookReceiver
    folder: Path


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A portal with all of it, which has answered one request with every kind of canary."""
    folder = tmp_path_factory.mktemp("watched")
    figures = folder / "figures"
    figures.mkdir()
    with receiving() as sentry, receiving() as collector:
        environment = {
            "METRICS_TOKEN": TOKEN,
            "PROMETHEUS_MULTIPROC_DIR": str(figures),
            "SENTRY_DSN": f"http://key@{urlsplit(sentry.url).netloc}/1",
            "TRACES_URL": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        started = PortalProcess(
            folder, settings_module=SETTINGS, environment=environment, options=GUNICORN
        )
        with started as portal:
            provoke(portal)
            yield Watched(portal, sentry, collector, figures)


def provoke(portal: PortalProcess) -> None:
    response = requests.post(
        f"{portal.url}/fail/canary-secret/?q=canary-query",
        data={"name": "canary-body", "password": "canary-password"},
        headers={"X-Canary": "canary-header", "Authorization": "Basic canary-login"},
        cookies={"sessionid": "canary-cookie"},
        timeout=WAIT,
    )
    assert response.status_code == 500


def test_sentry_gets_where_it_failed_and_nothing_of_whom(watched: Watched):
    sent = until(lambda: _events(watched.sentry), lambda events: len(events) >= 2)
    assert CANARY not in json.dumps(sent).lower()
    failed = next(each for each in sent if each["exception"]["values"])
    assert [each["type"] for each in failed["exception"]["values"]] == [
        "ValueError",
        "RuntimeError",
    ]
    frames = failed["exception"]["values"][1]["stacktrace"]["frames"]
    assert frames[-1]["function"] == "fail"
    assert failed["tags"]["route"] == "/fail/<secret>/"
    assert len(failed["tags"]["request"]) == 10
    told = next(each for each in sent if each is not failed)
    assert told["logentry"]["message"] == "not delivered to %s"
    known = {"request", "user", "server_name", "breadcrumbs", "extra", "modules", "transaction"}
    assert not known & {name for each in sent for name in each}


def _events(receiver: WebhookReceiver) -> list[dict[str, Any]]:
    bodies = [_body(each) for each in receiver.received]
    assert CANARY.encode() not in b"".join(bodies).lower()
    lines = [json.loads(line) for body in bodies for line in body.splitlines() if line]
    return [line for line in lines if "exception" in line]


def _body(received: Any) -> bytes:
    is_packed = received.headers.get("Content-Encoding") == "gzip"
    return gzip.decompress(received.body) if is_packed else received.body


def test_a_trace_has_the_request_and_its_call_and_no_address(watched: Watched):
    spans = until(lambda: _spans(watched.collector), lambda found: "POST /fail/<secret>/" in found)
    request, call = spans["POST /fail/<secret>/"], spans["invoice cloud account"]
    assert call.parent_span_id == request.span_id
    assert call.end_time_unix_nano - call.start_time_unix_nano == 120_000_000
    named = {each.key: each.value.string_value for each in call.attributes}
    assert (named["portal.operation"], named["portal.outcome"]) == ("account", "no-answer")
    assert {each.key for each in request.attributes} == {
        "http.route",
        "http.response.status_code",
        "portal.request",
    }
    assert not request.events


def _spans(receiver: WebhookReceiver) -> dict[str, Any]:
    bodies = [_body(each) for each in receiver.received]
    assert CANARY.encode() not in b"".join(bodies).lower()
    sent = [ExportTraceServiceRequest.FromString(body) for body in bodies]
    return {
        span.name: span
        for request in sent
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }


def test_processes_count_together_and_one_that_ends_takes_nothing_along(watched: Watched):
    portal = watched.portal
    answered = 40
    pids = {requests.get(f"{portal.url}/process/", timeout=WAIT).text for _ in range(answered)}
    counted = {"route": "/process/", "method": "GET", "status": "2xx"}
    assert value(_scraped(portal), "portal_requests_total", **counted) == answered
    portal.replace_worker()
    after = until(
        lambda: requests.get(f"{portal.url}/process/", timeout=WAIT).text.split()[0],
        lambda pid: pid not in {each.split()[0] for each in pids},
    )
    assert after
    figures = _scraped(portal)
    assert value(figures, "portal_requests_total", **counted) > answered
    assert value(figures, "portal_source_up", source="database") == 0
    named = {"operation": "account", "outcome": "no-answer"}
    assert value(figures, "portal_invoice_cloud_call_seconds_count", **named) == 1
    kept = {path.stem.rpartition("_")[2] for path in watched.folder.glob("*.db")}
    assert kept <= {"0", "1", "2"}


def _scraped(portal: PortalProcess) -> Figures:
    return figures_of(requests.get(f"{portal.url}/metrics", headers=BEARER, timeout=WAIT).text)


def test_every_line_is_json_and_in_utc(watched: Watched):
    lines = [json.loads(line) for line in watched.portal.log.splitlines() if line.strip()]
    assert {"gunicorn.error", "inhance.requests", "tests.failing"} <= {
        line["logger"] for line in lines
    }
    assert all(line["time"].endswith("+00:00") for line in lines)
    assert CANARY not in json.dumps([line for line in lines if "exception" not in line]).replace(
        "canary-argument", ""
    ).replace("canary-member", "")


def test_what_nobody_asked_for_is_not_imported(tmp_path: Path):
    with PortalProcess(tmp_path, settings_module=SETTINGS, options=GUNICORN) as portal:
        answer = requests.get(f"{portal.url}/process/", timeout=WAIT).text
        gone = requests.get(f"{portal.url}/metrics", headers=BEARER, timeout=WAIT)
    assert answer.isdecimal()
    assert gone.status_code == 404


def until(look: Callable[[], Any], is_there: Callable[[Any], bool]) -> Any:
    deadline = time.monotonic() + WAIT
    while not is_there(seen := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert is_there(seen), seen
    return seen
