"""An administrator has a link sent to a staff user who then sets a password."""

import re
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.test import Client

from accounts.models import StaffUser
from backoffice.audit.events import Event
from tests.cast import STAFF_PASSWORD, Cast, staff
from tests.whole_dates import spaced

pytestmark = pytest.mark.django_db
NEW = "a new kettle for the harbor office"


def sent(administrator: Client, person: Any) -> str:
    """The path of the link."""
    address = f"/admin/accounts/staffuser/{person.pk}/send-password-link/"
    page = spaced(administrator.get(address).content.decode())
    assert "works once, for 3 days. The present password stays valid until a new one is" in page
    assert administrator.post(address, follow=True).status_code == 200
    found = re.search(r"https?://[^/\s]+(/admin/password/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_the_person_sets_it_once(administrator: Client, cast: Cast) -> None:
    person, theirs = staff("support", cast.biller), Client()
    theirs.force_login(person)
    link = sent(administrator, person)
    assert mail.outbox[-1].to == [person.email]
    entry = LogEntry.objects.get(additional_data__event=Event.MAIL_SENT)
    assert str(entry.actor) == "administrator@springfield-water.example"
    own = Client()
    assert "Choose a new password" in own.get(link).content.decode()
    answer = own.post(link, {"password": NEW})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/")
    assert StaffUser.objects.get(pk=person.pk).check_password(NEW)
    assert theirs.get("/admin/").status_code == 302  # signed out everywhere
    for again in (own.get(link), own.post(link, {"password": "another one of twelve letters"})):
        assert again.status_code == 410
    assert StaffUser.objects.get(pk=person.pk).check_password(NEW)


def test_a_weak_one_is_refused_and_the_link_still_works(administrator: Client, cast: Cast) -> None:
    person = staff("support", cast.biller)
    link = sent(administrator, person)
    assert Client().post(link, {"password": "short"}).status_code == 200
    assert StaffUser.objects.get(pk=person.pk).check_password(STAFF_PASSWORD)
    assert Client().post(link, {"password": NEW}).status_code == 302


@pytest.mark.parametrize(
    "wrong", ["MQ/x-1", "!!!/x-1", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5/x-1", "w6k/x-1"]
)
def test_what_is_no_link(cast: Cast, wrong: str) -> None:
    assert Client().get(f"/admin/password/{wrong}/").status_code == 410


def test_not_of_whoever_can_no_longer_sign_in(administrator: Client, cast: Cast) -> None:
    person = staff("support", cast.biller)
    link = sent(administrator, person)
    StaffUser.objects.filter(pk=person.pk).update(is_active=False)
    assert Client().post(link, {"password": NEW}).status_code == 410


def test_nobody_types_a_password_for_somebody_else(administrator: Client, cast: Cast) -> None:
    person = staff("support", cast.biller)
    typed = {"password1": NEW, "password2": NEW}
    administrator.post(f"/admin/accounts/staffuser/{person.pk}/password/", typed)
    assert StaffUser.objects.get(pk=person.pk).check_password(STAFF_PASSWORD)
