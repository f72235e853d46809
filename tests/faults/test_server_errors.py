"""500, 502, 503, or a lost answer, from every operation: whether it was carried out is not known.

Each operation fails in each way: a change of a credential at every call that the main stories make,
any other at one of them, in turn. `test_timeouts` has silence, at every call.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import cycle, product
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from pytest_django.fixtures import Settings
from requests.adapters import HTTPAdapter

from accounts.models.credential_change import CredentialChange, State
from icsso.client.contract import OPERATIONS
from tests.faults.flows.browsers import InProcess, Page
from tests.faults.flows.operations import CHANGING, WRITING, operation_of, path_of
from tests.faults.flows.points import Points
from tests.faults.flows.sides import Sides
from tests.faults.flows.stories import Story
from tests.faults.flows.telling import MAIN, tell, undisturbed

pytestmark = pytest.mark.any_database

# The sandbox's names, where only the last is carried out; and a status after it was carried out.
KINDS = ("server_error", "bad_gateway", "unavailable", "reset_after", 500, 502, 503)
# They change nothing that two sides hold, and are asked again when the page is.
NOT_IN_A_STORY = {"biller_status", "retrieve_customer_guid", "account", "cloud_payments"}
Call = tuple[type[Story], str]  # its name in `points`
CLAIM = re.compile(r"nothing was changed|wasn.t changed", re.IGNORECASE)


def test_an_error_that_leaves_the_outcome_open_is_made_good(
    sides: Sides, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INVOICE_CLOUD_TRIES = 1  # a repeat would be answered
    pages, failures = shown(monkeypatch), {}
    calls = calls_by_operation(sides)
    assert set(calls) == set(OPERATIONS) - NOT_IN_A_STORY
    for operation, made in calls.items():
        for (story, call), kind in cases(operation, made):
            pages.clear()
            try:
                told = disturbed(call, kind, story, sides)
                told.get("/")  # shows what was not shown yet
                assert_nothing_is_claimed(operation, pages)
                told.go_on()
                told.check()
            except AssertionError as failure:
                failures[operation, kind, call] = str(failure).splitlines()[0]
    assert not failures


def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Returns the pages that anybody sees from now on."""
    pages: list[str] = []
    page = InProcess._page

    def kept(response: object) -> Page:
        made = page(response)
        pages.append(made.text)
        return made

    monkeypatch.setattr(InProcess, "_page", staticmethod(kept))
    return pages


def calls_by_operation(sides: Sides) -> dict[str, list[Call]]:
    calls = defaultdict(list)
    for story in MAIN:
        for point in undisturbed(story, sides):
            if point.startswith("calling "):
                calls[operation_of(point)].append((story, point))
    return calls


def cases(operation: str, made: list[Call]) -> Iterable[tuple[Call, str | int]]:
    return product(made, KINDS) if operation in CHANGING else zip(cycle(made), KINDS, strict=False)


def assert_nothing_is_claimed(operation: str, pages: list[str]) -> None:
    """What may have been done there is not given up, and no page says that it was not done."""
    claims = [found[0] for page in pages if (found := CLAIM.search(page))]
    assert not claims or operation not in WRITING, f"a page says {claims[0]!r}"
    given_up = CredentialChange.objects.filter(state=State.ABANDONED)
    assert not given_up.exists() or operation not in CHANGING, "given up"


def disturbed(call: str, kind: str | int, story: type[Story], sides: Sides) -> Story:
    """The story with one call that fails in this way. No page of it is an error page."""
    path, now = path_of(call), Event()

    def disturb() -> None:
        if isinstance(kind, str):
            sides.control("POST", "faults", operation=operation_of(call), kind=kind, times=1)
        now.set()

    with failing(path, kind if isinstance(kind, int) else None, now):
        told = tell(story, sides, Points(stop_at=call, then=disturb))
    assert not now.is_set(), "met by no call"
    assert sides.control("GET", "faults") == [], "met by no call"
    return told


@contextmanager
def failing(path: str, status: int | None, now: Event) -> Iterator[None]:
    """The next answer from this path, once it is time, has this status, if it is given."""
    send = HTTPAdapter.send

    def answered(
        self: HTTPAdapter, request: requests.PreparedRequest, **how: Any
    ) -> requests.Response:
        is_met = now.is_set() and urlsplit(request.url or "").path.rstrip("/").endswith(f"/{path}")
        if is_met:
            now.clear()
        response = send(self, request, **how)
        if is_met and status:
            response.status_code = status
        return response

    HTTPAdapter.send = answered  # type: ignore[method-assign]
    try:
        yield
    finally:
        HTTPAdapter.send = send  # type: ignore[method-assign]
