"""An administrator removes a staff user from their own billers, wherever else that person works."""

import pytest
from auditlog.models import LogEntry
from django.test import Client

from accounts.models import User
from icsso.billers.models import Biller
from tests.cast import STAFF_PASSWORD, Cast, other_biller, staff

LIST = "/admin/accounts/staffuser/"
OWN_PAGE = "/admin/accounts/member/"  # which support may open


@pytest.fixture
def elsewhere(cast: Cast) -> Biller:
    return other_biller()


@pytest.fixture
def both(cast: Cast, elsewhere: Biller) -> User:
    return staff("support", cast.biller, elsewhere)


def act(person: User) -> str:
    return f"{LIST}{person.pk}/no-longer-ours/"


def entries(person: User) -> list[LogEntry]:
    found = LogEntry.objects.get_for_object(person).filter(changes__has_key="billers")
    return [entry for entry in found if entry.changes["billers"][1] == ""]


def test_it_is_offered_and_asks_and_takes_away_ones_own_billers_alone(
    administrator: Client, both: User, cast: Cast, elsewhere: Biller
) -> None:
    assert f'href="{act(both)}"' in administrator.get(f"{LIST}{both.pk}/change/").content.decode()
    assert "Only a superuser can add them back" in administrator.get(act(both)).content.decode()
    assert both.billers.count() == 2
    answer = administrator.post(act(both), follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    page = answer.content.decode().replace("<wbr>", "")
    assert "Done: Remove access to our billers." in page
    assert both.email not in page
    assert list(both.billers.all()) == [elsewhere]


def test_it_is_written_down_for_the_biller_that_let_go(
    administrator: Client, both: User, cast: Cast
) -> None:
    administrator.post(act(both))
    (entry,) = entries(both)
    assert entry.changes["billers"] == ["Springfield Water", ""]
    assert entry.actor_email == "administrator@springfield-water.example"
    assert entry.additional_data == {f"biller:{cast.biller.pk}": True}


def test_they_are_signed_out_everywhere_and_can_sign_in_again(
    administrator: Client, both: User
) -> None:
    theirs = Client()
    theirs.force_login(both)
    assert theirs.get(OWN_PAGE).status_code == 200
    administrator.post(act(both))
    assert theirs.get(OWN_PAGE).status_code == 302
    User.objects.filter(pk=both.pk).update(signed_out_at="2026-01-01T00:00Z")  # not this second
    theirs.post("/admin/login/", {"username": both.email, "password": STAFF_PASSWORD})
    assert theirs.get(OWN_PAGE).status_code == 200


def test_a_session_whose_key_changed_is_signed_out_too(administrator: Client, both: User) -> None:
    """As after the code of the second factor, or a new password."""
    theirs = Client()
    theirs.force_login(both)
    session = theirs.session
    session.cycle_key()
    theirs.cookies["sessionid"] = session.session_key
    assert theirs.get(OWN_PAGE).status_code == 200
    administrator.post(act(both))
    assert theirs.get(OWN_PAGE).status_code == 302


def test_nobody_does_it_to_themselves_a_member_or_a_stranger(
    administrator: Client, cast: Cast, elsewhere: Biller
) -> None:
    myself = User.objects.get(email="administrator@springfield-water.example")
    stranger = staff("support", elsewhere)
    refused = {myself: 403, cast.laundry: 404, stranger: 404}
    assert {person: administrator.post(act(person)).status_code for person in refused} == refused
    assert list(myself.billers.all()) == [cast.biller]
    assert act(myself) not in administrator.get(f"{LIST}{myself.pk}/change/").content.decode()


def test_support_and_finance_do_not(client: Client, both: User, cast: Cast) -> None:
    client.force_login(staff("finance", cast.biller))
    assert client.post(act(both)).status_code in {403, 404}
    other = User.objects.create_user("lead@example.com", is_staff=True)
    other.billers.add(cast.biller)
    client.force_login(both)
    assert client.post(act(other)).status_code == 403
    assert other.billers.count() == 1
