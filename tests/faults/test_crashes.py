"""The process ends at every point of every flow, and the person goes on."""

import json

import pytest
from django.db import connection
from django.test import override_settings
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from accounts.models import User
from icsso.billers.encryption import decrypt
from tests.faults.points import Points
from tests.faults.sides import Sides, lose_memory
from tests.faults.stories import NEW, Story
from tests.faults.stories_of_changes import (
    NEW_EMAIL,
    ChangesEmail,
    ChangesPassword,
    TakesBackANewEmail,
)
from tests.faults.telling import MAIN, STORIES, tell, where_to_end
from tests.workers import WORKERS

ALL = [
    pytest.param(story, marks=[] if story in MAIN else [pytest.mark.production], id=story.__name__)
    for story in (*STORIES, TakesBackANewEmail)
]


@pytest.mark.parametrize("story", ALL)
def test_a_crash_at_any_point_is_made_good(story: type[Story], sides: Sides) -> None:
    failures = {}
    for point in where_to_end(story, sides):
        try:
            told = tell(story, sides, Points(stop_at=point))
            connection.close()
            lose_memory()
            told.go_on()
            told.check()
        except AssertionError as failure:
            failures[point] = str(failure).splitlines()[0]
    assert not failures


def test_whose_password_is_new_has_a_mail_about_it_waiting(
    sides: Sides, settings: Settings
) -> None:
    """At any moment, with the workers of production: neither comes without the other."""
    settings.TASKS = WORKERS
    points = Points()
    tell(ChangesPassword, sides, points)
    found = set()
    for point in points.passed:
        tell(ChangesPassword, sides, Points(stop_at=point))
        connection.close()
        is_new = User.objects.get(email=ChangesPassword.email).check_password(NEW)
        assert is_new == ("Your password at Springfield Water was changed" in waiting()), point
        found.add(is_new)
    assert found == {True, False}


def test_whose_address_is_new_has_two_mails_about_it_waiting(sides: Sides) -> None:
    """To the old one and the new one, from the moment the link was followed."""

    class Confirms(ChangesEmail):
        def begin(self) -> None:
            super().begin()
            self.ask()

        def act(self) -> None:
            with override_settings(TASKS=WORKERS):
                self.confirm()

    points = Points()
    tell(Confirms, sides, points)
    found = set()
    for point in points.passed:
        tell(Confirms, sides, Points(stop_at=point))
        connection.close()
        is_new = User.objects.filter(email=NEW_EMAIL).exists()
        told = waiting().count("Your email at Springfield Water was changed")
        assert told == (2 if is_new else 0), point
        found.add(is_new)
    assert found == {True, False}


def waiting() -> list[str]:
    sealed = [task.args_kwargs["args"][0] for task in DBTaskResult.objects.all()]
    return [json.loads(decrypt(mail))["subject"] for mail in sealed]
