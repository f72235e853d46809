"""Answers requests in a process of its own and reports their cost: CPU time of this process and of
all PostgreSQL processes, in milliseconds per request. Wall-clock time is not measured."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from cProfile import Profile
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

FORM = "application/x-www-form-urlencoded"
TICK = os.sysconf("SC_CLK_TCK")
FACTORY = RequestFactory(SERVER_NAME="localhost", REMOTE_ADDR="203.0.113.7")
Call = Callable[[], object]
# Prepares this many calls. They are measured only when they are made.
Row = Callable[[int], list[Call]]


def request(application: Any, address: str, *, status: int = 200, **sent: Any) -> Call:
    """Returns a call to the WSGI application, made as a server makes it.

    status: the expected status of the response. sent: `data` of a form or `body` of JSON for a
    POST, and `cookies`.
    """
    cookies = "; ".join(f"{name}={value}" for name, value in sent.pop("cookies", {}).items())
    headers = {"cookie": cookies} if cookies else {}
    if "data" in sent:  # form-encoded, not multipart
        sent |= {"data": urlencode(sent["data"]), "content_type": FORM}
    if "body" in sent:
        sent |= {"data": sent.pop("body"), "content_type": "application/json"}
    made = FACTORY.post if "data" in sent else FACTORY.get
    environ = made(address, headers=headers, **sent).environ
    given = []

    def call() -> None:
        response = application(environ, lambda line, headers: given.append(line))
        b"".join(response)
        response.close()
        assert given[-1].startswith(str(status)), (address, given[-1])

    return call


def serve(rows: Mapping[str, Row]) -> None:
    """Measures rows as requested on standard input, line by line, until the input ends. A request
    is `[name, times]` as JSON; the answer is `[milliseconds here, milliseconds of PostgreSQL,
    queries, calls of functions]`. Counted are the calls in the thread of the request, those of
    built-in functions included: what /readyz checks in other threads is not."""
    told, sys.stdout = sys.stdout, StringIO()
    postmaster = _postmaster()
    print("ready", file=told, flush=True)
    for line in sys.stdin:
        name, times = json.loads(line)
        print(json.dumps(_measure(rows[name], times, postmaster)), file=told, flush=True)


def _measure(row: Row, times: int, postmaster: int) -> tuple[float, float, int, int]:
    first, second, calls = row(1), row(1), row(times)
    with CaptureQueriesContext(connection) as captured:
        _make(first)
    queries = len(captured)
    with Profile() as profile:
        _make(second)
    functions = sum(each.callcount for each in profile.getstats())
    there, here = _database_seconds(postmaster), time.process_time()
    _make(calls)
    here, there = time.process_time() - here, _database_seconds(postmaster) - there
    return here * 1000 / times, there * 1000 / times, queries, functions


def _make(calls: Iterable[Call]) -> None:
    for call in calls:
        call()


def _postmaster() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    return int(_stat(pid)[1])


def _database_seconds(postmaster: int) -> float:
    """Returns the CPU seconds of all server processes, including those that have ended: a
    connection opened for one request has a process of its own."""
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    ended = sum(int(ticks) for ticks in _stat(postmaster)[13:15]) / TICK
    return ended + sum(_computed(pid) for pid in (str(postmaster), *children))


def _computed(pid: str) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        return 0.0  # ended in the meantime, so its parent's figures include it


def _stat(pid: int) -> list[str]:
    """Returns the fields of /proc/PID/stat after the name, starting with the state."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
