"""At every point of a flow, somebody signs in on another device with the email and password from
before it."""

import threading

import pytest
from django.db import connections

from tests.faults.flows.browsers import InProcess
from tests.faults.flows.points import Points
from tests.faults.flows.sides import Sides
from tests.faults.flows.stories import Story
from tests.faults.flows.telling import STORIES, tell, where_to_come_between

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_sign_in_in_between_is_made_good(story: type[Story], sides: Sides) -> None:
    failures = {}
    for point in where_to_come_between(story, sides):
        try:
            told = tell(story, sides, Points(stop_at=point, then=lambda: sign_in(story)))
            told.mails_asked_for += 1  # signing in may have brought one
            told.go_on()
            told.check()
        except AssertionError as failure:
            failures[point] = str(failure).splitlines()[0]
    assert not failures


def sign_in(story: type[Story]) -> None:
    """In a thread, with a database connection of its own."""
    statuses = []

    def run() -> None:
        row = {"username": story.email, "password": story.password}
        statuses.append(InProcess().post("/accounts/login/", **row).status)
        connections.close_all()

    other = threading.Thread(target=run)
    other.start()
    other.join()
    assert statuses[0] in {200, 302}, "an error page on the other device"
