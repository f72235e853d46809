"""The pages that ask before records are deleted: what goes, what keeps it, and the way back."""

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from accounts.models import User
from icsso.billers.announcements.models import Announcement
from tests.cast import STAFF_PASSWORD, Cast, staff

LIST = "/admin/icsso/announcement/"
FIRST_ONES = "The first ones are shown."


@pytest.fixture
def boss(client: Client, cast: Cast) -> Client:
    client.force_login(User.objects.create_superuser("boss@example.com", STAFF_PASSWORD))
    return client


def announcements(cast: Cast, number: int) -> list[int]:
    times = {"starts_at": timezone.now(), "ends_at": timezone.now()}
    make = Announcement.objects.create
    return [
        make(biller=cast.biller, kind="notice", english="Closed", **times).pk for _ in range(number)
    ]


def chosen(client: Client, address: str, keys: list[int]) -> str:
    said = {"action": "delete_selected", "_selected_action": keys}
    return client.post(address, said).content.decode()


@pytest.mark.parametrize(("number", "is_cut"), [(2, False), (20, False), (21, True)])
def test_several_are_named_and_all_of_them_are_deleted(
    boss: Client, cast: Cast, number: int, is_cut: bool
) -> None:
    keys = announcements(cast, number)
    page = chosen(boss, LIST, keys)
    assert "<h1>Delete</h1>" in page
    assert "<title>Delete: Announcements |" in page
    assert "This can't be undone. This will delete:" in page
    assert f"<li>Announcements: {number}</li>" in page
    assert page.count("<li>Notice · ") == min(number, 20)
    assert page.count("<li>Announcement: ") == min(number, 20)
    assert page.count(FIRST_ONES) == (2 if is_cut else 0)
    for key in keys:
        assert f'<input type="hidden" name="_selected_action" value="{key}">' in page
    said = {"action": "delete_selected", "_selected_action": keys, "post": "yes"}
    boss.post(LIST, said)
    assert not Announcement.objects.exists()


def test_cancel_leads_back_to_the_list_as_it_was_filtered(boss: Client, cast: Cast) -> None:
    [key] = announcements(cast, 1)
    page = chosen(boss, f"{LIST}?kind__exact=notice", [key])
    assert f'class="closelink" href="{LIST}?kind__exact=notice"' in page
    kept = "_changelist_filters=kind__exact%3Dnotice"
    one = boss.get(f"{LIST}{key}/delete/?{kept}").content.decode()
    assert f'class="closelink" href="{LIST}{key}/change/?{kept}"' in one


@pytest.mark.parametrize(("number", "is_cut"), [(0, False), (20, False), (21, True)])
def test_all_that_keeps_it_is_told_and_there_is_no_button(number: int, is_cut: bool) -> None:
    said = {
        "perms_lacking": ["member"],
        "protected": [f"Payment: {n}" for n in range(number)],
        "headings": ["10000101"],
        "queryset": ["10000101"],
        "back": LIST,
        "opts": Announcement._meta,
    }
    page = render_to_string("admin/delete.html", said)
    assert "Can't be deleted, because of:" in page
    assert "<li>10000101</li>" in page
    assert "<li>Member</li>" in page
    assert page.count("<li>Payment: ") == min(number, 20)
    assert (FIRST_ONES in page) == is_cut
    assert "<form" not in page


def test_what_only_ties_records_together_is_not_named(boss: Client, cast: Cast) -> None:
    clerk = staff("finance", cast.biller)
    page = boss.get(f"/admin/accounts/staffuser/{clerk.pk}/delete/").content.decode()
    assert "<li>Staff users: 1</li>" in page
    assert page.count("<li>Staff user: ") == 1
    assert " object (" not in page
    assert "relationship" not in page
