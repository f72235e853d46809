"""Invitations of helpers: guessed, used late, twice, by others, elsewhere, or sent to flood."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import Helper, HelperAccount, Member
from tests.accounts.helpers.helping import (
    PASSWORD,
    ROSA,
    client_of,
    helped,
    in_days,
    invited,
    row,
)
from tests.cast import Cast, member, other_biller

NOT_FOUND = 404


def test_a_guessed_link_opens_nothing(cast: Cast) -> None:
    invited(cast)
    for guess in ("x" * 43, "0", "../../helpers", Helper.objects.get().link_digest):
        answer = Client().get(f"/accounts/helpers/invitation/{guess}/")
        assert answer.status_code in {404, 410}
        assert ROSA not in answer.content.decode()


def test_an_expired_link_opens_nothing(cast: Cast) -> None:
    link = invited(cast)
    Helper.objects.update(link_sent_at=timezone.now() - Helper.LIFE)
    assert Client().get(link).status_code == 410
    assert Client().post(link, {"password": PASSWORD}).status_code == 410
    assert not Member.objects.filter(email=ROSA).exists()


def test_a_link_works_once(cast: Cast) -> None:
    link = invited(cast)
    Client().post(link, {"password": PASSWORD})
    answer = Client().post(link, {"password": "nine other herons at dusk"})
    assert answer.status_code == 410
    assert Member.objects.get(email=ROSA).check_password(PASSWORD)


def test_only_the_newest_link_works(cast: Cast) -> None:
    old = invited(cast)
    helper = Helper.objects.get()
    client_of(cast.laundry).post(f"/accounts/helpers/{helper.pk}/again/")
    assert Client().get(old).status_code == 410
    assert len([one for one in mail.outbox if one.to == [ROSA]]) == 2


def test_a_link_of_an_invitation_that_was_ended_opens_nothing(cast: Cast) -> None:
    link = invited(cast)
    client_of(cast.laundry).post(f"/accounts/helpers/{Helper.objects.get().pk}/end/")
    assert Client().get(link).status_code == 410


def test_a_link_after_the_last_day_opens_nothing(cast: Cast) -> None:
    link = invited(cast)
    Helper.objects.update(ends_on=in_days(cast, -1))
    assert Client().get(link).status_code == 410


def test_a_forwarded_link_is_not_for_whoever_is_signed_in(cast: Cast) -> None:
    link = invited(cast)
    neighbour = client_of(cast.neighbour)
    answer = neighbour.post(link, {"password": PASSWORD})
    assert answer.status_code == 403
    assert "This invitation is for r…@e….com" in answer.content.decode()
    assert "Account ending" not in answer.content.decode()
    assert Helper.objects.get().person is None


def test_a_link_opens_nothing_at_another_biller(cast: Cast) -> None:
    other_biller()
    link = invited(cast)
    answer = Client(headers={"host": "power.localhost"}).post(link, {"password": PASSWORD})
    assert answer.status_code == 410


def test_the_same_address_at_another_biller_is_somebody_else(cast: Cast) -> None:
    stranger = member(other_biller(), ROSA, PASSWORD)
    invited(cast)
    helper = Helper.objects.get()
    there = Client(headers={"host": "power.localhost"})
    there.force_login(stranger)
    assert there.post(f"/accounts/helpers/{helper.pk}/accept/").status_code == NOT_FOUND
    Helper.objects.all().delete()
    helped(cast, person=stranger)  # even if it came to be
    account = cast.account("10000101")
    assert there.get(f"/pay/helping/{account.pk}/").status_code == NOT_FOUND


# Whom.


def test_known_and_unknown_addresses_look_the_same(cast: Cast) -> None:
    answers = []
    for email in (cast.neighbour.email, ROSA):
        client = client_of(cast.laundry)
        answer = client.post("/accounts/helpers/invite/", row(cast, email=email), follow=True)
        page = re.sub(r'value="\S+"|data-left="\d+"|/helpers/\d+/', "", answer.content.decode())
        answers.append(page.replace(email, ""))
        Helper.objects.all().delete()
    different = set(answers[0].splitlines()) ^ set(answers[1].splitlines())
    assert not different


def test_nobody_invites_themselves(cast: Cast) -> None:
    email = cast.laundry.email.upper()
    answer = client_of(cast.laundry).post("/accounts/helpers/invite/", row(cast, email=email))
    assert "This is your own email" in answer.content.decode()
    assert not Helper.objects.exists()


def test_nobody_helps_with_an_account_that_is_not_the_owners(cast: Cast) -> None:
    foreign = cast.account("10000102").pk
    manager = client_of(cast.manager)
    for account in (foreign, "x", "", -1, 10**30):
        answer = manager.post("/accounts/helpers/invite/", row(cast, account=account))
        assert answer.status_code == 200
    assert not HelperAccount.objects.exists()


def test_a_helper_cannot_invite_others(cast: Cast) -> None:
    helped(cast)
    account = cast.account("10000101").pk
    neighbour = client_of(cast.neighbour)
    neighbour.post("/accounts/helpers/invite/", row(cast, account=account))
    shared = HelperAccount.objects.filter(helper__owner=cast.neighbour)
    assert [each.link.account.account_number for each in shared] == ["10000102"]


def test_no_more_than_ten(cast: Cast) -> None:
    for number in range(10):
        Helper.objects.create(
            owner=cast.laundry,
            email=f"{number}@example.com",
            right="view",
            ends_on=in_days(cast, 1),
        )
    answer = client_of(cast.laundry).post("/accounts/helpers/invite/", row(cast))
    assert "at most 10 helpers" in answer.content.decode()


def test_one_address_is_not_flooded(cast: Cast) -> None:
    invited(cast)
    owner, helper = client_of(cast.laundry), Helper.objects.get()
    for _ in range(6):
        owner.post(f"/accounts/helpers/{helper.pk}/again/")
    assert len([one for one in mail.outbox if one.to == [ROSA]]) == 3


# Somebody else's record.


@pytest.mark.parametrize("act", ["", "end/", "stop/", "again/", "accept/"])
def test_nobody_touches_a_helper_of_others(cast: Cast, act: str) -> None:
    helper = helped(cast)
    fields = {"right": "view", "ends_on": in_days(cast, 300).isoformat()}
    answer = client_of(cast.manager).post(f"/accounts/helpers/{helper.pk}/{act}", fields)
    assert answer.status_code == NOT_FOUND
    helper.refresh_from_db()
    assert (helper.right, helper.ended_at) == ("pay", None)


@pytest.mark.parametrize("act", ["", "end/", "again/", "accept/"])
def test_a_helper_does_not_change_their_own_access(cast: Cast, act: str) -> None:
    helper = helped(cast, right="view")
    fields = {"right": "pay", "ends_on": in_days(cast, 300).isoformat()}
    answer = client_of(cast.neighbour).post(f"/accounts/helpers/{helper.pk}/{act}", fields)
    assert answer.status_code == NOT_FOUND
    helper.refresh_from_db()
    assert (helper.right, helper.ends_on) == ("view", in_days(cast, 90))
