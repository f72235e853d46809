"""After one payment of fifty accounts, the receipt leads to the next fifty."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from accounts.models import LinkedAccount
from payments.checkout import several
from payments.models import Checkout
from tests.cast import Cast
from tests.payments.paying import members, opened, postback_fields, send_postback

pytestmark = pytest.mark.django_db
A, B = "10000201", "10000202"


def owe(cast: Cast, link: LinkedAccount, days: int = -3) -> None:
    due = cast.biller.today() + timedelta(days=days)
    assert kept.keep(link.account_id, Balance(amount=Decimal(10), due_date=due))


def paid(cast: Cast, *numbers: str) -> Checkout:
    checkout = members(cast, *numbers, member=cast.manager)
    for number in numbers:
        said = {"AccountNumber": number, "PaymentAmount": "10.00"}
        send_postback(Client(), checkout, postback_fields(checkout, **said))
    return checkout


@pytest.fixture
def manager(client: Client, cast: Cast) -> Client:
    for link in cast.manager.links.all():
        owe(cast, link)
    client.force_login(cast.manager)
    return client


def receipt(client: Client, checkout: Checkout, page: str = "receipt") -> str:
    return " ".join(client.get(f"/pay/{checkout.address}/{page}/").content.decode().split())


@pytest.mark.django_db(transaction=True)
def test_the_next_fifty_are_one_tap_away(
    manager: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(several, "MOST_ACCOUNTS", 20)
    checkout = paid(cast, A, B)
    for page in (receipt(manager, checkout), receipt(manager, checkout, "status")):
        assert "38 more of your accounts are overdue." in page
        assert "Pay the next 20" in page
    address = page.split('class="button" href="/pay/quick/')[1].split('"')[0]
    listed = manager.get(f"/pay/quick/{address}".replace("&amp;", "&")).content.decode()
    assert "Pay 20 accounts" in listed
    assert A not in listed  # paid a moment ago
    assert B not in listed


@pytest.mark.django_db(transaction=True)
def test_those_that_are_left(manager: Client, cast: Cast) -> None:
    checkout = paid(cast, A, B)
    keep = ["10000203", "10000204"]
    others = cast.manager.links.exclude(account__account_number__in=keep)
    others.update(due_on=cast.biller.today())
    page = receipt(manager, checkout)
    assert "2 more of your accounts are overdue." in page
    assert "Pay these 2" in page
    cast.manager.links.update(due_on=cast.biller.today())
    assert "overdue" not in receipt(manager, checkout)


def test_not_after_one_account_nor_for_a_guest_nor_before_it_is_paid(
    manager: Client, cast: Cast
) -> None:
    assert "are overdue" not in receipt(manager, paid(cast, A))
    waiting = members(cast, A, B, member=cast.manager)
    waiting.mark_returned()
    assert "are overdue" not in receipt(manager, waiting)
    assert several.next_due(opened(cast), "paid") is None
