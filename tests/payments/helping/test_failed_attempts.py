"""A helper who could not pay leaves a proof for the account they tried to pay (story 19)."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.linked_accounts import services as linking
from accounts.models import Helper
from icsso.billers.announcements.models import Announcement
from payments.late_fees import recording
from payments.models import Checkout, FailedAttempt
from tests.accounts.helpers.helping import client_of, helped
from tests.cast import Cast
from tests.payments.paying import members

HELPED, OWN = "10000101", "10000102"


def kept() -> list[str | None]:
    rows = FailedAttempt.objects.order_by("account__account_number")
    return [each.account.account_number if each.account else None for each in rows]


def keys(cast: Cast, *numbers: str) -> list[str]:
    return [str(cast.account(number).pk) for number in numbers]


def closed(cast: Cast) -> None:
    now, hour = timezone.now(), timedelta(hours=1)
    Announcement.objects.create(biller=cast.biller, starts_at=now - hour, ends_at=now + hour)
    cache.clear()


@pytest.mark.parametrize("has_own", [True, False])
def test_of_a_payment_page_that_did_not_open(cast: Cast, has_own: bool) -> None:
    """Nobody answers at the cast's Invoice Cloud."""
    helped(cast)
    if not has_own:
        linking.unlink(cast.neighbour.links.get())
    client_of(cast.neighbour).post("/pay/quick/", {"account": keys(cast, HELPED)})
    assert Checkout.objects.get().failure == Checkout.Failure.UNAVAILABLE
    assert kept() == [HELPED]
    assert FailedAttempt.objects.get().member == cast.neighbour


def test_of_own_and_helped_accounts_together(cast: Cast) -> None:
    helped(cast)
    row = {"account": keys(cast, OWN, HELPED), "listed": "yes"}
    client_of(cast.neighbour).post("/pay/quick/", row)
    assert kept() == [HELPED, OWN]


def test_of_accounts_whose_access_has_ended_since(cast: Cast) -> None:
    """A page that timed out is seen to have failed only when somebody looks."""
    helped(cast)
    checkout = members(cast, member=cast.neighbour, launched_at=None, hosted_url="", minutes_ago=5)
    checkout.parts.update(by_helper=True, on_behalf_of=cast.laundry)
    Helper.objects.end("owner")  # type: ignore[arg-type]
    client_of(cast.neighbour).get(f"/pay/{checkout.address}/")
    assert kept() == [HELPED]
    call_command("age_checkouts")
    assert kept() == [HELPED]


def test_of_a_page_that_is_closed(cast: Cast) -> None:
    helped(cast)
    closed(cast)
    client_of(cast.neighbour).get("/pay/quick/", {"account": keys(cast, HELPED)})
    assert kept() == [HELPED]


@pytest.mark.parametrize("right", ["view", "pay"])
def test_of_a_closed_page_that_names_none(cast: Cast, right: str) -> None:
    helped(cast, right=right)
    linking.unlink(cast.neighbour.links.get())
    closed(cast)
    client_of(cast.neighbour).get("/pay/quick/")
    assert kept() == ([HELPED] if right == "pay" else [])


def test_their_own_come_first_where_none_is_named(cast: Cast) -> None:
    helped(cast)
    closed(cast)
    client_of(cast.neighbour).get("/pay/quick/")
    assert kept() == [OWN]


def test_of_many_nobody_knows_which(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST", 1)
    helped(cast, "10000201", "10000202", owner=cast.manager)
    linking.unlink(cast.neighbour.links.get())
    closed(cast)
    client_of(cast.neighbour).get("/pay/quick/")
    assert kept() == [None]


def test_an_account_that_they_may_not_pay_is_not_theirs_to_try(cast: Cast) -> None:
    helped(cast, right="view")
    closed(cast)
    client_of(cast.neighbour).get("/pay/quick/", {"account": keys(cast, HELPED, "10000103")})
    Client().get("/pay/quick/", {"account": keys(cast, HELPED)})
    assert kept() == [OWN]
