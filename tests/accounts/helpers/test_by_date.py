"""What the clock does about helpers, and an erasure: both are told."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from accounts.linked_accounts import services as linking
from accounts.models import Helper, Member, SentEmail
from accounts.privacy.export import as_json
from accounts.privacy.services import erase
from tests.accounts.helpers.helping import ROSA, helped, in_days, invited
from tests.cast import LAUNDRY_EMAIL, NEIGHBOUR_EMAIL, Cast


def told() -> list[tuple[str, str]]:
    return sorted((one.to[0], one.subject) for one in mail.outbox)


def test_both_are_told_when_the_last_day_has_passed(cast: Cast) -> None:
    helper = helped(cast, days=-1)
    call_command("end_helpers")
    call_command("end_helpers")
    helper.refresh_from_db()
    assert helper.ended_by == "date"
    words = "A helper's access at Springfield Water has ended"
    assert told() == [(LAUNDRY_EMAIL, words), (NEIGHBOUR_EMAIL, words)]
    assert all("The end date has passed." in str(one.body) for one in mail.outbox)


def test_both_are_told_a_week_before_once(cast: Cast) -> None:
    helped(cast, days=7)
    Helper.objects.update(accepted_at=timezone.now() - timedelta(days=60))
    call_command("end_helpers")
    call_command("end_helpers")
    words = "A helper's access at Springfield Water ends soon"
    assert told() == [(LAUNDRY_EMAIL, words), (NEIGHBOUR_EMAIL, words)]
    assert Helper.objects.get().ended_at is None


def test_nobody_is_reminded_of_a_few_days(cast: Cast) -> None:
    helped(cast, days=3)
    call_command("end_helpers")
    assert told() == []


def test_ends_when_the_owner_has_none_of_the_accounts_anymore(cast: Cast) -> None:
    helped(cast)
    linking.unlink(cast.laundry.links.get())
    call_command("end_helpers")
    assert Helper.objects.get().ended_by == "accounts"


def test_a_new_invitation_needs_no_command(cast: Cast) -> None:
    helped(cast, days=-1)
    invited(cast, email=NEIGHBOUR_EMAIL)
    assert Helper.objects.open().get().person is None


def test_the_helper_is_told_that_the_owner_has_gone(
    cast: Cast, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    helped(cast)
    with django_capture_on_commit_callbacks(execute=True):
        erase(cast.laundry)
    assert [one.to for one in mail.outbox] == [[NEIGHBOUR_EMAIL]]
    assert LAUNDRY_EMAIL not in str(mail.outbox[0].body)
    assert not Helper.objects.exists()


def test_the_owner_is_told_that_the_helper_has_gone(
    cast: Cast, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    helped(cast)
    with django_capture_on_commit_callbacks(execute=True):
        erase(cast.neighbour)
    assert [one.to for one in mail.outbox] == [[LAUNDRY_EMAIL]]


def test_nothing_is_left_of_an_invited_address(cast: Cast) -> None:
    invited(cast)
    person = Member.objects.create(biller=cast.biller, email=ROSA)
    assert SentEmail.objects.filter(email=ROSA).exists()
    erase(person)
    assert not SentEmail.objects.filter(email=ROSA).exists()
    assert not Helper.objects.filter(email=ROSA).exists()


@pytest.mark.parametrize(("who", "part"), [("laundry", "helpers"), ("neighbour", "helping")])
def test_both_find_it_in_their_data(cast: Cast, who: str, part: str) -> None:
    helped(cast)
    text = "".join(as_json(getattr(cast, who)))
    assert f'"{part}": [' in text
    assert in_days(cast, 90).isoformat() in text
    [row] = json.loads(text)[part]
    assert row["accounts"] == "ending in 0101"
    if part == "helping":
        assert LAUNDRY_EMAIL not in text
