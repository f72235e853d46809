"""Access is given to one person, for some accounts, for a time. Here, others try to use it, or to
use it for other accounts or for longer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.invoice_cloud.context import ConnectContext
from accounts.linked_accounts import services as linking
from accounts.models import CustomerChange, Helper, LinkedAccount, Member
from accounts.privacy.services import erase
from icsso.billers.clients import client_of as invoice_cloud_of
from payments.models import Checkout, Payment
from tests.accounts.helpers.helping import (
    PASSWORD,
    client_of,
    helped,
    in_days,
)
from tests.attacks.addresses import places
from tests.cast import Cast
from tests.payments.paying import OTHER_GUID, members, opened, postback_fields, send_postback

NOT_FOUND = 404


def sees(cast: Cast, person: Member) -> bool:
    """Whether anything of the laundry's account is to be seen, on any page of a helper."""
    client, account = client_of(person), cast.account("10000101")
    pages = [client.get(f"/pay/helping/{account.pk}/{rest}") for rest in ("", "balance/")]
    home, every = client.get("/"), client.get("/pay/helping/")
    quick = client.get(f"/pay/quick/?account={account.pk}")
    shown = ["12 Mill Street" in page.content.decode() for page in (home, every, quick)]
    found = [page.status_code == 200 for page in pages]
    assert len({*shown[:2], *found}) == 1, (shown, found)
    assert shown[0] or not shown[2]
    return shown[0]


# The accounts.

ACCOUNT_ROUTES = sorted(
    {
        place.route
        for place in places()
        if "<int:pk>" in place.route and not place.route.startswith("/accounts/helpers/")
    }
)
HELPERS_ROUTES = {
    "/pay/helping/<int:pk>/",
    "/pay/helping/<int:pk>/balance/",
    "/pay/helping/<int:pk>/<int:payment>/",
}


def answers(cast: Cast, route: str, payment: int) -> set[int]:
    account = cast.account("10000101")
    address = route.replace("<int:pk>", str(account.pk)).replace("<int:payment>", str(payment))
    client = client_of(cast.neighbour)
    fields = {"nickname": "mine", "name": "Willows Laundry", "zip": "62701"}
    return {client.get(address).status_code, client.post(address, fields).status_code}


@pytest.mark.parametrize("route", ACCOUNT_ROUTES)
def test_only_the_pages_of_helpers_open_for_a_helper(cast: Cast, route: str) -> None:
    helper = helped(cast)
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    Helper.objects.update(accepted_at=timezone.now() - timedelta(days=1))
    payment = Payment.objects.get().pk
    links = list(LinkedAccount.objects.order_by("pk").values())

    found = answers(cast, route, payment)

    assert found <= ({200, 405} if route in HELPERS_ROUTES else {NOT_FOUND, 405})
    assert list(LinkedAccount.objects.order_by("pk").values()) == links
    Helper.objects.filter(pk=helper.pk).end("owner")
    assert answers(cast, route, payment) <= {NOT_FOUND, 405}


def test_the_billing_pages_and_the_list_are_not_shared(cast: Cast) -> None:
    helped(cast)
    client = client_of(cast.neighbour)
    for address in ("/accounts/", "/accounts/export/", "/accounts/?q=Mill", "/pay/statement/"):
        page = client.get(address, follow=True)
        text = b"".join(page) if page.streaming else page.content
        assert b"12 Mill" not in text
        assert b"10000101" not in text


def test_account_sync_never_sees_what_is_shared(cast: Cast) -> None:
    helped(cast)
    context = ConnectContext(cast.neighbour, PASSWORD, invoice_cloud_of(cast.biller))
    assert [link.account.account_number for link in context.links()] == ["10000102"]


def test_no_page_shows_the_whole_number_or_whose_it_is(cast: Cast) -> None:
    """With number and name, a helper could prove that the account is theirs."""
    helped(cast)
    LinkedAccount.objects.filter(member=cast.laundry).update(nickname="Grandma")
    checkout = members(cast, member=cast.neighbour)
    checkout.parts.update(by_helper=True, on_behalf_of=cast.laundry)
    send_postback(Client(), checkout, postback_fields(checkout))
    account, client = cast.account("10000101"), client_of(cast.neighbour)
    payment = Payment.objects.get()
    year = cast.biller.today().year
    for address in (
        "/",
        "/accounts/helpers/",
        "/pay/helping/",
        f"/pay/helping/{account.pk}/",
        f"/pay/helping/{account.pk}/balance/",
        f"/pay/helping/{account.pk}/{payment.pk}/",
        f"/pay/quick/?account={account.pk}",
        f"/pay/quick/?account={account.pk}&account={cast.account('10000102').pk}",
        f"/pay/{checkout.address}/receipt/",
        "/pay/history/",
        "/pay/history/csv/",
        f"/pay/statement/{year}/",
        f"/pay/statement/{year}/csv/",
    ):
        answer = client.get(address, follow=True)
        text = b"".join(answer).decode() if answer.streaming else answer.content.decode()
        assert answer.status_code == 200, address
        for word in ("10000101", "laundry@example.com", "Willows", "Grandma"):
            assert word not in text, (address, word)


# Paying.


def pay(cast: Cast, *numbers: str) -> int:
    accounts = [str(cast.account(number).pk) for number in numbers]
    row = {"account": accounts, "listed": "yes"}
    client_of(cast.neighbour).post("/pay/quick/", row)
    return Checkout.objects.count()


def test_who_may_only_look_cannot_pay(cast: Cast) -> None:
    helped(cast, right="view")
    assert pay(cast, "10000101") == 0
    assert pay(cast, "10000102", "10000101") == 0
    page = client_of(cast.neighbour).get(f"/pay/quick/?account={cast.account('10000101').pk}")
    assert "ending in 0101" not in page.content.decode()


def test_who_may_pay_one_account_cannot_pay_another_of_the_owner(cast: Cast) -> None:
    helped(cast, "10000201", owner=cast.manager)
    assert pay(cast, "10000202") == 0
    assert pay(cast, "10000201", "10000202") == 0
    assert pay(cast, "10000201") == 1


def test_the_payment_page_is_gone_when_access_ends_and_the_payment_counts(cast: Cast) -> None:
    helper = helped(cast)
    checkout = members(cast, member=cast.neighbour)
    checkout.parts.update(by_helper=True, on_behalf_of=cast.laundry)
    client = client_of(cast.neighbour)
    assert checkout.hosted_url in client.get(f"/pay/{checkout.address}/").content.decode()

    Helper.objects.filter(pk=helper.pk).end("owner")

    page = client.get(f"/pay/{checkout.address}/").content.decode()
    assert "You no longer help with this account" in page
    assert checkout.hosted_url not in page
    send_postback(Client(), checkout, postback_fields(checkout))
    assert "Paid" in client.get(f"/pay/{checkout.address}/receipt/").content.decode()
    history = client_of(cast.laundry).get("/pay/history/").content.decode()
    assert "Paid by neighbour@example.com" in history
    assert checkout.address not in history


def test_the_right_to_pay_taken_away_closes_the_payment_page(cast: Cast) -> None:
    helped(cast)
    checkout = members(cast, member=cast.neighbour)
    checkout.parts.update(by_helper=True, on_behalf_of=cast.laundry)
    Helper.objects.update(right="view")
    page = client_of(cast.neighbour).get(f"/pay/{checkout.address}/").content.decode()
    assert checkout.hosted_url not in page


def test_a_helper_sees_no_payment_of_guests_or_from_before(cast: Cast) -> None:
    helper = helped(cast)
    guests, own = opened(cast), members(cast)
    send_postback(Client(), guests, postback_fields(guests, PaymentGUID=OTHER_GUID))
    send_postback(Client(), own, postback_fields(own))
    Helper.objects.update(accepted_at=timezone.now() - timedelta(days=1))
    account, client = cast.account("10000101"), client_of(cast.neighbour)
    [guest, other] = [Payment.objects.get(checkout=each) for each in (guests, own)]
    assert client.get(f"/pay/helping/{account.pk}/{other.pk}/").status_code == 200
    assert client.get(f"/pay/helping/{account.pk}/{guest.pk}/").status_code == NOT_FOUND

    Helper.objects.filter(pk=helper.pk).update(accepted_at=timezone.now() + timedelta(days=2))
    assert client.get(f"/pay/helping/{account.pk}/{other.pk}/").status_code == NOT_FOUND


# The end, at once, whatever ends it.


def owner_unlinks(cast: Cast, helper: Helper) -> None:
    linking.unlink(cast.laundry.links.get())


def proof_is_lost(cast: Cast, helper: Helper) -> None:
    cast.laundry.all_links.update(needs_proof_since=timezone.now())
    account = cast.account("10000101")
    CustomerChange.objects.create(account=account, before="Willows", after="Others")


def owner_is_deactivated(cast: Cast, helper: Helper) -> None:
    Member.objects.filter(pk=cast.laundry.pk).update(is_active=False)


def owner_is_erased(cast: Cast, helper: Helper) -> None:
    assert erase(cast.laundry)


def last_day_has_passed(cast: Cast, helper: Helper) -> None:
    Helper.objects.update(ends_on=in_days(cast, -1))


def owner_ends_it(cast: Cast, helper: Helper) -> None:
    client_of(cast.laundry).post(f"/accounts/helpers/{helper.pk}/end/")


def helper_gives_it_up(cast: Cast, helper: Helper) -> None:
    client_of(cast.neighbour).post(f"/accounts/helpers/{helper.pk}/stop/")


ENDS = (
    owner_unlinks,
    proof_is_lost,
    owner_is_deactivated,
    owner_is_erased,
    last_day_has_passed,
    owner_ends_it,
    helper_gives_it_up,
)


@pytest.mark.parametrize("end", ENDS)
def test_it_is_over_at_once(cast: Cast, end: Callable[[Cast, Helper], None]) -> None:
    helper = helped(cast)
    assert sees(cast, cast.neighbour)
    end(cast, helper)
    assert not sees(cast, cast.neighbour)
    assert pay(cast, "10000101") == 0


def test_an_account_that_is_linked_again_is_not_shared_again(cast: Cast) -> None:
    helped(cast)
    linking.unlink(cast.laundry.links.get())
    linking.link(member=cast.laundry, account=cast.account("10000101"))
    assert not sees(cast, cast.neighbour)


def test_the_last_day_is_the_billers(cast: Cast) -> None:
    helped(cast, days=0)
    assert sees(cast, cast.neighbour)
