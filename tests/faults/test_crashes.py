"""The process ends at every point of every flow, and the person goes on."""

import pytest
from django.db import connection

from tests.faults.points import Points
from tests.faults.sides import Sides, lose_memory
from tests.faults.stories import Story
from tests.faults.telling import STORIES, tell, undisturbed


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_crash_at_any_point_is_made_good(story: type[Story], sides: Sides) -> None:
    failures = {}
    for point in undisturbed(story, sides):
        try:
            told = tell(story, sides, Points(stop_at=point))
            connection.close()
            lose_memory()
            told.go_on()
            told.check()
        except AssertionError as failure:
            failures[point] = str(failure).splitlines()[0]
    assert not failures
