"""The process ends at every point of every flow, and the person goes on."""

import pytest
from django.db import connection

from tests.faults.browsers import InProcess
from tests.faults.points import Crash, Points, watched
from tests.faults.sides import Sides, lose_memory
from tests.faults.stories import STORIES, Story


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_crash_at_any_point_is_made_good(story: type[Story], sides: Sides) -> None:
    points = undisturbed(story, sides)
    assert points
    failures = {}
    for point in points:
        try:
            crashed_at(point, story, sides)
        except AssertionError as failure:
            failures[point] = str(failure).splitlines()[0]
    assert not failures, f"of {len(points)} points"


def undisturbed(story: type[Story], sides: Sides) -> list[str]:
    """All there is to crash at. The flow itself must end well."""
    sides.begin_anew()
    told = story(sides, InProcess())
    told.begin()
    points = Points()
    with watched(points):
        told.act()
    told.check()
    return points.passed


def crashed_at(point: str, story: type[Story], sides: Sides) -> None:
    sides.begin_anew()
    told = story(sides, InProcess())
    told.begin()
    points = Points(stop_at=point)
    with watched(points):
        try:
            told.act()
        except Crash:
            pass
        else:
            pytest.fail(f"swallowed: {point}" if points.is_dead else f"not reached: {point}")
    connection.close()
    lose_memory()
    told.go_on()
    told.check()
