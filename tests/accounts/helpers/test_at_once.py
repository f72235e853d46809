"""Two requests at once, and addresses that change: one of them counts, and nobody else gets in."""

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.test import Client

from accounts.models import Helper, HelperAccount, Member
from accounts.tokens import digest
from tests import cast as people
from tests.accounts.helpers.helping import (
    PASSWORD,
    ROSA,
    client_of,
    helped,
    in_days,
    invited,
    row,
)
from tests.cast import Cast
from tests.payments.paying import at_once


@pytest.fixture
def town(transactional_db: None) -> Cast:
    return people.assemble(people.springfield())


def events() -> list[str]:
    entries = LogEntry.objects.filter(content_type__model="helper").order_by("pk")
    return [(entry.additional_data or {})["event"] for entry in entries]


def test_one_of_two_who_accept_with_a_password_at_once(town: Cast) -> None:
    link = invited(town)
    clients = [Client(), Client()]
    at_once(*[lambda each=each: each.post(link, {"password": PASSWORD}) for each in clients])
    assert Member.objects.filter(email=ROSA).count() == 1
    assert Helper.objects.get().person == Member.objects.get(email=ROSA)
    assert events().count("helper-accepted") == 1


def test_one_of_two_who_accept_signed_in_at_once(town: Cast) -> None:
    link = invited(town, email=town.neighbour.email)
    pk, mails = Helper.objects.get().pk, len(mail.outbox)
    clients = [client_of(town.neighbour), client_of(town.neighbour)]
    at_once(
        lambda: clients[0].post(link), lambda: clients[1].post(f"/accounts/helpers/{pk}/accept/")
    )
    assert Helper.objects.get().person == town.neighbour
    assert events().count("helper-accepted") == 1
    assert len(mail.outbox) == mails + 2


@pytest.mark.parametrize("act", ["end", "again"])
def test_what_the_owner_does_and_an_acceptance_at_once(town: Cast, act: str) -> None:
    """Either order may win; never both halves of each."""
    link = invited(town, email=town.neighbour.email)
    pk = Helper.objects.get().pk
    owner, person = client_of(town.laundry), client_of(town.neighbour)
    at_once(lambda: owner.post(f"/accounts/helpers/{pk}/{act}/"), lambda: person.post(link))
    helper = Helper.objects.get()
    if act == "end":
        assert helper.ended_by == "owner"
        assert helper.link_digest is None
        sees = person.get(f"/pay/helping/{town.account('10000101').pk}/")
        assert sees.status_code == 404
    assert not (helper.accepted_at and helper.link_digest)


def test_the_same_invitation_in_two_tabs_is_one(town: Cast) -> None:
    clients = [client_of(town.laundry), client_of(town.laundry)]
    fields = row(town)
    at_once(*[lambda each=each: each.post("/accounts/helpers/invite/", fields) for each in clients])
    assert Helper.objects.count() == HelperAccount.objects.count() == 1


def test_the_same_accounts_added_in_two_tabs_are_shared_once(town: Cast) -> None:
    helper = helped(town, "10000201", owner=town.manager)
    clients = [client_of(town.manager), client_of(town.manager)]
    fields = row(town, email=town.neighbour.email, account=[town.account("10000202").pk])
    at_once(*[lambda each=each: each.post("/accounts/helpers/invite/", fields) for each in clients])
    assert helper.accounts.count() == 2


def test_the_end_and_a_change_at_once_leave_it_ended(town: Cast) -> None:
    helper = helped(town)
    clients = [client_of(town.laundry), client_of(town.laundry)]
    terms = {"right": "view", "ends_on": in_days(town, 200).isoformat()}
    address = f"/accounts/helpers/{helper.pk}/"
    at_once(lambda: clients[0].post(f"{address}end/"), lambda: clients[1].post(address, terms))
    helper.refresh_from_db()
    assert helper.ended_by == "owner"


def test_an_invitation_is_for_the_address_and_not_for_whoever_had_it(cast: Cast) -> None:
    link = invited(cast, email=cast.neighbour.email)
    Member.objects.filter(pk=cast.neighbour.pk).update(email="new@example.com")
    neighbour = client_of(Member.objects.get(pk=cast.neighbour.pk))
    assert neighbour.get(link).status_code == 403
    assert neighbour.post(link).status_code == 403
    pk = Helper.objects.get().pk
    assert neighbour.post(f"/accounts/helpers/{pk}/accept/").status_code == 404
    assert Helper.objects.get().person is None


def test_whoever_helps_goes_on_with_a_new_address(cast: Cast) -> None:
    helped(cast)
    Member.objects.filter(pk=cast.neighbour.pk).update(email="new@example.com")
    neighbour = client_of(Member.objects.get(pk=cast.neighbour.pk))
    account = cast.account("10000101")
    assert neighbour.get(f"/pay/helping/{account.pk}/").status_code == 200
    owners = client_of(cast.laundry).get("/accounts/helpers/").content.decode()
    assert "neighbour@example.com" in owners
    assert "new@example.com" not in owners


def test_a_link_that_was_replaced_accepts_nothing(cast: Cast) -> None:
    link = invited(cast, email=cast.neighbour.email)
    client_of(cast.laundry).post(f"/accounts/helpers/{Helper.objects.get().pk}/again/")
    assert Helper.objects.get().link_digest != digest(link.rstrip("/").rsplit("/", 1)[1])
    assert client_of(cast.neighbour).post(link).status_code == 410
