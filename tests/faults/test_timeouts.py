"""Each call of each flow gets no answer: once although it was carried out and, where that makes a
difference, once without having been carried out."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from pytest_django.fixtures import Settings
from requests.adapters import HTTPAdapter

from tests.faults.flows.operations import WRITING, operation_of, path_of
from tests.faults.flows.points import Points
from tests.faults.flows.sides import Sides, eventually
from tests.faults.flows.stories import Story
from tests.faults.flows.telling import MAIN, STORIES, tell, undisturbed

pytestmark = pytest.mark.any_database

# The sandbox's names: silence, or a connection that breaks. Before the call is carried out; with
# "_after", when it was.
CASES = [*product(STORIES, ["hang"]), *product(MAIN, ["reset"])]
IMPATIENT = 0.5  # seconds, for the call that hangs: all others have as long as a slow machine needs


@pytest.mark.parametrize(("story", "kind"), CASES, ids=lambda case: getattr(case, "__name__", case))
def test_a_call_without_an_answer_is_made_good(
    story: type[Story], kind: str, sides: Sides, settings: Settings
) -> None:
    failures = {}
    settings.INVOICE_CLOUD_TRIES = 1  # a repeat would be answered
    calls = [each for each in undisturbed(story, sides) if each.startswith("calling ")]
    for call, moment in product(calls, ("", "_after")):
        if not moment and operation_of(call) not in WRITING:
            continue  # the same as after it
        try:
            told = unanswered(call, kind + moment, story, sides)
            told.go_on()
            told.check()
        except AssertionError as failure:
            failures[call, moment] = str(failure).splitlines()[0]
    assert not failures


def unanswered(call: str, kind: str, story: type[Story], sides: Sides) -> Story:
    """The story with one call to which no answer came. No page of it is an error page."""
    path, operation, disturbed = path_of(call), operation_of(call), Event()

    def disturb() -> None:
        sides.control("POST", "faults", operation=operation, kind=kind, times=1, seconds=5)
        disturbed.set()

    def met() -> None:
        assert sides.control("GET", "faults") == [], "met by no call"

    with impatient(path, since=disturbed):
        told = tell(story, sides, Points(stop_at=call, then=disturb))
    eventually(met)  # the portal may give up before the sandbox has taken the call
    sides.control("DELETE", "faults")  # lets go of a call that hangs
    return told


@contextmanager
def impatient(path: str, *, since: Event) -> Iterator[None]:
    """The first call at this path from then on has to be answered soon."""
    send = HTTPAdapter.send

    def hurried(
        self: HTTPAdapter, request: requests.PreparedRequest, **how: Any
    ) -> requests.Response:
        if since.is_set() and urlsplit(request.url or "").path.rstrip("/").endswith(f"/{path}"):
            since.clear()
            how["timeout"] = IMPATIENT
        return send(self, request, **how)

    HTTPAdapter.send = hurried  # type: ignore[method-assign]
    try:
        yield
    finally:
        HTTPAdapter.send = send  # type: ignore[method-assign]
