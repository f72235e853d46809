"""Announcements in the admin: for one biller or several, by their own staff."""

from datetime import UTC, datetime, timedelta

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from icsso.billers.announcements.models import Announcement
from icsso.billers.models import Biller
from tests import cast as people
from tests.browser.looks import assert_accessible
from tests.icsso.billers.announcements.test_announcements import announced, notice, posted
from tests.journeys.pages.records import keep_pictures
from tests.journeys.pages.test_every_page import look_at

ADD = "/admin/icsso/announcement/add/"


@pytest.fixture
def administrator(biller: Biller) -> User:
    user = User.objects.create_user(
        "administrator@example.com", people.STAFF_PASSWORD, is_staff=True
    )
    user.groups.add(Group.objects.get(name="administrator"))
    user.billers.add(biller)
    return user


@pytest.fixture
def staff(administrator: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(administrator)
    return client


def test_an_administrator_announces_a_window(staff: Client, biller: Biller) -> None:
    begins = timezone.now().replace(second=0, microsecond=0)
    answer = staff.post(ADD, posted(begins, begins + timedelta(hours=3), billers=[biller.pk]))
    assert answer.status_code == 302
    made = Announcement.objects.get()
    # By the clock on the wall: of an hour that occurs twice, the first is announced.
    assert made.biller == biller
    assert timezone.make_naive(made.starts_at) == timezone.make_naive(begins)
    entry = LogEntry.objects.get_for_object(made).get()
    assert entry.actor_id == User.objects.get().pk
    assert entry.additional_data == {f"biller:{biller.pk}": True}
    assert "in progress" in staff.get("/admin/icsso/announcement/").content.decode()


def test_one_for_each_biller_that_is_ticked(staff: Client, biller: Biller) -> None:
    other = people.other_biller()
    User.objects.get().billers.add(other)
    begins = timezone.now()
    data = posted(begins, begins + timedelta(hours=3), billers=[biller.pk, other.pk])
    staff.post(ADD, data)
    assert {made.biller for made in Announcement.objects.all()} == {biller, other}


def test_nobody_announces_for_another_biller(staff: Client, biller: Biller) -> None:
    other = people.other_biller()
    assert "Shelbyville" not in staff.get(ADD).content.decode()
    begins = timezone.now()
    answer = staff.post(ADD, posted(begins, begins + timedelta(hours=3), billers=[other.pk]))
    assert answer.status_code == 200
    assert not Announcement.objects.exists()


def test_those_of_another_biller_are_not_there(staff: Client, biller: Biller) -> None:
    theirs = announced(people.other_biller(), hours=1)
    assert "Shelbyville" not in staff.get("/admin/icsso/announcement/").content.decode()
    address = f"/admin/icsso/announcement/{theirs.pk}/change/"
    assert "Shelbyville" not in staff.get(address, follow=True).content.decode()
    now = timezone.now()
    staff.post(address, posted(now, now + timedelta(days=9)))
    assert Announcement.objects.get().ends_at == theirs.ends_at


def test_an_end_before_the_beginning_is_refused(staff: Client, biller: Biller) -> None:
    now = timezone.now()
    answer = staff.post(ADD, posted(now, now - timedelta(hours=3), billers=[biller.pk]))
    assert "The end must be after the start." in answer.content.decode()


def test_the_hour_that_comes_twice_is_announced_to_its_end(staff: Client, biller: Biller) -> None:
    """In New York 01:30 comes at 05:30 and at 06:30 UTC that night."""
    typed = {"starts_at": "2027-11-07T01:30", "ends_at": "2027-11-07T01:30"}
    entered = {"kind": "maintenance", "billers": [biller.pk]} | typed
    assert staff.post(ADD, entered).status_code == 302
    made = Announcement.objects.get()
    assert made.starts_at == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
    assert made.ends_at == datetime(2027, 11, 7, 6, 30, tzinfo=UTC)
    address = f"/admin/icsso/announcement/{made.pk}/change/"
    assert staff.post(address, {"kind": "maintenance"} | typed).status_code == 302
    again = Announcement.objects.get()
    assert (again.starts_at, again.ends_at) == (made.starts_at, made.ends_at)
    assert LogEntry.objects.get_for_object(made).count() == 1


@pytest.mark.parametrize(
    ("typed", "ends"), [("2027-03-14T03:00", 7), ("2027-07-01T03:00", 7), ("2027-12-01T03:00", 8)]
)
def test_other_times_are_those_of_the_clock(
    staff: Client, biller: Biller, typed: str, ends: int
) -> None:
    entered = {"kind": "maintenance", "starts_at": "2027-03-14T01:59", "ends_at": typed}
    assert staff.post(ADD, entered | {"billers": [biller.pk]}).status_code == 302
    made = Announcement.objects.get()
    assert made.starts_at == datetime(2027, 3, 14, 6, 59, tzinfo=UTC)
    assert made.ends_at.astimezone(UTC).hour == ends


def test_a_time_that_the_clocks_leave_out_is_told(staff: Client, biller: Biller) -> None:
    entered = {"kind": "maintenance", "billers": [biller.pk]}
    entered |= {"starts_at": "2027-03-14T01:00", "ends_at": "2027-03-14T02:30"}
    answer = staff.post(ADD, entered).content.decode()
    assert "exist because the clocks spring forward." in answer
    assert not Announcement.objects.exists()


def test_the_first_page_and_going_live_lead_there(staff: Client, biller: Biller) -> None:
    assert f'href="{ADD}"' in staff.get("/admin/").content.decode()
    announced(biller, hours=1)
    page = staff.get(f"/admin/icsso/biller/{biller.pk}/going-live/").content.decode()
    assert f'href="{ADD}?billers={biller.pk}"' in page
    assert "Invoice Cloud maintenance: " in page


def test_how_the_form_looks(page: Page, administrator: User) -> None:
    page.goto(f"/admin/login/?next={ADD}")
    page.get_by_label("Email").fill(administrator.email)
    page.get_by_label("Password").fill(people.STAFF_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Springfield Water")).to_be_checked()
    keep_pictures(page, "admin-announcement")
    assert_accessible(page)


def test_how_it_looks_for_billers_of_several_zones(page: Page, administrator: User) -> None:
    Biller.objects.update(time_zone="Pacific/Honolulu")
    administrator.billers.add(people.other_biller())
    page.goto(f"/admin/login/?next={ADD}")
    page.get_by_label("Email").fill(administrator.email)
    page.get_by_label("Password").fill(people.STAFF_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Time zone").select_option("Hawaii (Honolulu)")
    assert_accessible(page)


def test_what_customers_see(page: Page, biller: Biller) -> None:
    # From 24 hours hence, a window of three hours may reach into the next day, which is told.
    nine = timezone.localtime().replace(hour=9, minute=0) + timedelta(days=1)
    coming = Announcement.objects.create(
        biller=biller, starts_at=nine, ends_at=nine + timedelta(hours=3)
    )
    page.goto("/")
    expect(page.get_by_text("will be closed for maintenance")).to_be_visible()
    look_at(page, "announced-before")
    coming.delete()
    notice(biller, hours=-1)
    page.goto("/")
    look_at(page, "announced-notice")
    announced(biller, hours=-1)
    page.goto("/pay/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Closed for maintenance")
    look_at(page, "announced-now")
    page.get_by_role("link", name="Try it anyway").click()
    expect(page.get_by_label("Account number")).to_be_visible()
    look_at(page, "announced-anyway")
