"""What is kept of attempts to pay on pages that are closed for maintenance (story 19)."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from icsso.billers.announcements.models import Announcement
from icsso.billers.pay_links.services import code_of, key_of
from payments.models import FailedAttempt
from tests.cast import Cast
from tests.payments.paying import opened

pytestmark = pytest.mark.django_db
MINE, A, B, C = "10000101", "10000201", "10000202", "10000203"


@pytest.fixture(autouse=True)
def closed(cast: Cast) -> None:
    now, hour = timezone.now(), timedelta(hours=1)
    Announcement.objects.create(biller=cast.biller, starts_at=now - hour, ends_at=now + hour)
    cache.clear()


def kept() -> list[tuple[str, int | None]]:
    rows = FailedAttempt.objects.order_by("account__account_number")
    return list(rows.values_list("account__account_number", "member"))


def test_every_account_that_a_member_chose(client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    chosen = [cast.account(number).pk for number in (A, B, C, MINE)]  # the last one is not theirs
    client.get("/pay/quick/", {"account": chosen})
    assert kept() == [(number, cast.manager.pk) for number in (A, B, C)]


def test_the_account_of_a_pay_link(client: Client, cast: Cast) -> None:
    link = {"link": code_of(cast.account(MINE).pk, key=key_of(cast.biller))}
    assert client.get("/pay/", link).status_code == 200
    assert client.get("/pay/", link).status_code == 200
    assert kept() == [(MINE, None)]


def test_a_members_pay_link_is_not_about_all_their_accounts(client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    client.get("/pay/", {"link": code_of(cast.account(MINE).pk, key=key_of(cast.biller))})
    assert kept() == [(MINE, None)]


def test_the_account_of_an_earlier_payment(client: Client, cast: Cast) -> None:
    client.get("/pay/", {"again": opened(cast).address})
    assert kept() == [(MINE, None)]


@pytest.mark.parametrize("query", ["", "?link=nonsense", "?again=nonsense", "?account=10000101"])
def test_nothing_of_a_guest_who_named_none(client: Client, query: str) -> None:
    assert client.get(f"/pay/{query}").status_code == 200
    assert kept() == []
