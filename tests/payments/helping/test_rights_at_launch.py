"""The rights with which a payment page was opened: somebody with other rights gets a page of their
own."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.linked_accounts import services as linking
from accounts.models import Helper
from icsso.billing import session
from icsso.client.contract import CloudPaymentsRequest
from payments.checkout import services
from payments.checkout.forms import QuickPayForm
from payments.models import Checkout
from tests.accounts.helpers.helping import client_of, helped
from tests.cast import Cast
from tests.payments.paying import at_once

NUMBER = "10000101"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[CloudPaymentsRequest]:
    """The requests sent to Invoice Cloud for a member whose billing is connected."""
    requests: list[CloudPaymentsRequest] = []

    def page(_checkout: Checkout, request: CloudPaymentsRequest) -> str:
        requests.append(request)
        return f"http://127.0.0.1:9/{len(requests)}"

    in_an_hour = timezone.now() + timedelta(hours=1)
    state = session.State.CONNECTED
    billing = session.BillingSession(state=state, token="theirs", expires_at=in_an_hour)
    monkeypatch.setattr("payments.checkout.services._hosted_page", page)
    monkeypatch.setattr("payments.checkout.saved_methods.session.load", lambda _session: billing)
    return requests


def pay(cast: Cast, client: Client, *, confirmed: bool = True) -> str:
    row = {"account": str(cast.account(NUMBER).pk)} | ({"confirmed": "yes"} if confirmed else {})
    return client.post("/pay/quick/", row).content.decode()


def rights() -> list[list[tuple[bool, int | None]]]:
    checkouts = Checkout.objects.order_by("pk")
    return [list(each.parts.values_list("by_helper", "on_behalf_of")) for each in checkouts]


def test_the_same_rights_open_the_same_page(cast: Cast, sent: list[CloudPaymentsRequest]) -> None:
    helped(cast)
    neighbour = client_of(cast.neighbour)
    pay(cast, neighbour, confirmed=False)
    pay(cast, neighbour, confirmed=False)
    assert len(sent) == 1
    assert rights() == [[(True, cast.laundry.pk)]]


@pytest.mark.parametrize(
    ("numbers", "token"),
    [
        (["10000102"], "theirs"),
        ([NUMBER], ""),
        (["10000102", NUMBER], ""),
        ([NUMBER, "10000102"], ""),
    ],
)
def test_a_token_goes_along_only_for_their_own_accounts(
    cast: Cast, sent: list[CloudPaymentsRequest], numbers: list[str], token: str
) -> None:
    """Invoice Cloud could keep the account of somebody else with the helper's login."""
    helped(cast)
    keys = [str(cast.account(number).pk) for number in numbers]
    client_of(cast.neighbour).post("/pay/quick/", {"account": keys, "listed": "yes"})
    [request] = sent
    assert request.remote_authentication_token == token
    assert request.create_customer_record is False
    names = {each.account_number: each.name for each in request.customers}
    assert names == {number: None if number == NUMBER else "Ana Torres" for number in numbers}


def test_what_was_their_own_is_opened_anew_for_its_owner(
    cast: Cast, sent: list[CloudPaymentsRequest]
) -> None:
    link = linking.link(member=cast.neighbour, account=cast.account(NUMBER))
    neighbour = client_of(cast.neighbour)
    pay(cast, neighbour)
    linking.unlink(link)
    helped(cast)
    assert "Was this bill already paid?" in pay(cast, neighbour, confirmed=False)
    pay(cast, neighbour)
    assert [request.remote_authentication_token for request in sent] == ["theirs", ""]
    assert rights() == [[(False, None)], [(True, cast.laundry.pk)]]
    assert [each.is_current for each in Checkout.objects.order_by("pk")] == [False, True]


def test_what_is_their_own_now_is_opened_anew(cast: Cast, sent: list[CloudPaymentsRequest]) -> None:
    helped(cast)
    neighbour = client_of(cast.neighbour)
    pay(cast, neighbour)
    linking.link(member=cast.neighbour, account=cast.account(NUMBER))
    pay(cast, neighbour)
    assert [request.remote_authentication_token for request in sent] == ["", "theirs"]
    assert rights() == [[(True, cast.laundry.pk)], [(False, None)]]


def test_for_another_owner_it_is_opened_anew(cast: Cast, sent: list[CloudPaymentsRequest]) -> None:
    helped(cast)
    neighbour = client_of(cast.neighbour)
    pay(cast, neighbour)
    Helper.objects.end("owner")  # type: ignore[arg-type]
    linking.link(member=cast.manager, account=cast.account(NUMBER))
    helped(cast, owner=cast.manager)
    pay(cast, neighbour)
    assert rights() == [[(True, cast.laundry.pk)], [(True, cast.manager.pk)]]


def asked_by(cast: Cast) -> services.CheckoutRequest:
    member = type(cast.neighbour).objects.get(pk=cast.neighbour.pk)
    form = QuickPayForm({"account": [str(cast.account(NUMBER).pk)]}, member=member)
    assert form.is_valid()
    return form.checkout_request(token="theirs")


def test_of_two_at_once_with_other_rights_each_has_its_own(
    cast: Cast, sent: list[CloudPaymentsRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one begins after this one has looked for a current page."""
    helped(cast)
    as_helper = asked_by(cast)
    linking.link(member=cast.neighbour, account=cast.account(NUMBER))
    as_owner = asked_by(cast)
    services.launch(as_owner, absolute=str)
    current, looked = services._current, []

    def too_early(asked: services.CheckoutRequest) -> Checkout | None:
        looked.append(asked)
        return current(asked) if len(looked) > 1 else None

    monkeypatch.setattr(services, "_current", too_early)
    mine = services.launch(as_helper, absolute=str)
    assert services._owners(mine) == {cast.account(NUMBER).pk: cast.laundry.pk}
    assert rights() == [[(False, None)], [(True, cast.laundry.pk)]]


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_open_one_page(cast: Cast, sent: list[CloudPaymentsRequest]) -> None:
    helped(cast)
    asked = asked_by(cast)

    def click() -> int:
        return services.launch(asked, absolute=str).pk

    steps: list[Callable[[], int]] = [click, click]
    assert len(set(at_once(*steps))) == 1
    assert len(sent) == 1
