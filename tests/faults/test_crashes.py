"""The process ends at every point of every flow, and the person goes on."""

import json

import pytest
from django.test import override_settings
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from accounts.models import User
from icsso.billers.encryption import decrypt
from tests.faults.flows.sides import Sides
from tests.faults.flows.stories import NEW, Story
from tests.faults.flows.stories_of_changes import (
    NEW_EMAIL,
    ChangesEmail,
    ChangesPassword,
    TakesBackANewEmail,
)
from tests.faults.flows.telling import STORIES, where_it_ends
from tests.workers import WORKERS

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize("story", [*STORIES, TakesBackANewEmail], ids=lambda story: story.__name__)
def test_a_crash_at_any_point_is_made_good(story: type[Story], sides: Sides) -> None:
    failures = {}
    for point, moment in where_it_ends(story, sides).items():
        told = moment.come_back()
        try:
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
    found = set()
    for point, moment in where_it_ends(ChangesPassword, sides).items():
        moment.come_back()
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

    found = set()
    for point, moment in where_it_ends(Confirms, sides).items():
        moment.come_back()
        is_new = User.objects.filter(email=NEW_EMAIL).exists()
        told = waiting().count("Your email at Springfield Water was changed")
        assert told == (2 if is_new else 0), point
        found.add(is_new)
    assert found == {True, False}


def waiting() -> list[str]:
    sealed = [task.args_kwargs["args"][0] for task in DBTaskResult.objects.all()]
    return [json.loads(decrypt(mail))["subject"] for mail in sealed]
