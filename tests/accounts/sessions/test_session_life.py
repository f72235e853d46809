"""How long a session lives, and at whose portal."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from tests import cast as people
from tests.accounts.sessions.clock import Clock
from tests.cast import Cast


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def laundry(cast: Cast, client: Client, clock: Clock) -> Client:
    client.force_login(cast.laundry)
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/accounts/").status_code == 200


def test_ends_twelve_hours_after_signing_in_however_much_it_is_used(
    laundry: Client, clock: Clock
) -> None:
    for _ in range(24):
        clock.go(minutes=29)
        assert is_signed_in(laundry)
    key = laundry.session.session_key
    clock.go(minutes=29)
    assert not is_signed_in(laundry)
    assert not Session.objects.filter(session_key=key).exists()


def test_signing_in_again_starts_the_twelve_hours_again(
    laundry: Client, cast: Cast, clock: Clock
) -> None:
    clock.go(hours=11, minutes=50)
    laundry.force_login(cast.laundry)
    clock.go(minutes=20)
    assert is_signed_in(laundry)


def test_ends_after_thirty_idle_minutes(laundry: Client) -> None:
    session = Session.objects.get(session_key=laundry.session.session_key)
    left = session.expire_date - timezone.now()
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)


def test_is_moved_on_while_used_but_not_written_at_every_page(
    laundry: Client, clock: Clock
) -> None:
    assert is_signed_in(laundry)
    clock.go(minutes=4)
    with CaptureQueriesContext(connection) as queries:
        page = laundry.get("/accounts/")
    assert not [q for q in queries if "UPDATE" in q["sql"]]
    assert "sessionid" not in page.cookies
    clock.go(minutes=2)
    page = laundry.get("/accounts/")
    assert page.cookies["sessionid"]["max-age"] == 30 * 60


def test_staff_have_less_of_both(client: Client, clock: Clock, cast: Cast) -> None:
    staff = User.objects.create_superuser("operator@example.com", people.STAFF_PASSWORD)
    client.force_login(staff)
    session = Session.objects.get(session_key=client.session.session_key)
    assert session.expire_date - timezone.now() <= timedelta(minutes=15)
    clock.go(hours=8, minutes=1)
    assert "/admin/login/" in client.get("/admin/")["Location"]


def test_a_members_session_opens_no_other_billers_portal(laundry: Client) -> None:
    people.other_biller()
    there = laundry.get("/accounts/", headers={"host": "power.localhost"})
    assert there.status_code == 302
    assert there["Location"].startswith("/accounts/login/")
    assert not there.wsgi_request.user.is_authenticated
    assert is_signed_in(laundry)


def test_a_new_password_ends_every_session(laundry: Client, cast: Cast) -> None:
    cast.laundry.set_password("another kettle on the porch")
    cast.laundry.save()
    assert not is_signed_in(laundry)


def test_a_member_who_may_not_sign_in_any_more_is_out_at_once(laundry: Client, cast: Cast) -> None:
    User.objects.filter(pk=cast.laundry.pk).update(is_active=False)
    assert not is_signed_in(laundry)


def test_idle_time_ends_it_whatever_else_is_stored_in_it(laundry: Client, clock: Clock) -> None:
    clock.go(minutes=30)
    session = laundry.session
    session["something"] = True
    session.save()
    assert not is_signed_in(laundry)


def test_a_new_key_at_every_sign_in(laundry: Client, cast: Cast) -> None:
    before = laundry.session.session_key
    laundry.force_login(cast.laundry)
    assert laundry.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_no_session_for_who_only_looks(client: Client, cast: Cast) -> None:
    page = client.get("/accounts/register/")
    assert "sessionid" not in page.cookies


def test_the_way_back_from_invoice_cloud_sets_no_cookie(laundry: Client, clock: Clock) -> None:
    clock.go(minutes=10)
    assert "sessionid" not in laundry.get("/pay/return/unknown/").cookies
