"""Two members have the same account, and share it with the same person in different ways."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from accounts.linked_accounts import services as linking
from accounts.models import Helper
from payments.models import Checkout
from tests.accounts.helpers.helping import client_of, helped
from tests.cast import Cast
from tests.payments.paying import members, postback_fields, send_postback


def shared_by_two(cast: Cast) -> tuple[Helper, Helper]:
    """The laundry lets them pay for 5 days and has for a month, the manager only look, longer."""
    account = cast.account("10000101")
    paying = helped(cast, days=5)
    Helper.objects.update(accepted_at=timezone.now() - timedelta(days=30))
    linking.link(member=cast.manager, account=account)
    return paying, helped(cast, owner=cast.manager, right="view", days=300)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_says_until_when_they_can_pay_and_for_whom(cast: Cast) -> None:
    paying, _looking = shared_by_two(cast)
    account = cast.account("10000101")
    shown = page(client_of(cast.neighbour), f"/pay/helping/{account.pk}/")
    assert f"You can see and pay until {date_format(paying.ends_on)}" in shown
    assert "l…@e….com" in shown
    client_of(cast.neighbour).post("/pay/quick/", {"account": str(account.pk)})
    assert Checkout.objects.get().parts.get().on_behalf_of == cast.laundry


def test_of_two_that_let_them_pay_the_one_that_lasts_longest_is_named(cast: Cast) -> None:
    shared_by_two(cast)
    Helper.objects.update(right="pay")
    home = page(client_of(cast.neighbour), "/")
    assert home.count("You can see and pay until") == 1
    assert "m…@e….com" in home


def test_shows_the_receipts_that_either_owner_shares(cast: Cast) -> None:
    shared_by_two(cast)
    own = members(cast)
    send_postback(Client(), own, postback_fields(own))
    theirs = members(cast, member=cast.manager)
    other = "22222222-2222-4222-8222-222222222222"
    send_postback(Client(), theirs, postback_fields(theirs, PaymentGUID=other))
    client, account = client_of(cast.neighbour), cast.account("10000101")
    shown = page(client, f"/pay/helping/{account.pk}/")
    for payment in (own.payments.get(), theirs.payments.get()):
        address = f"/pay/helping/{account.pk}/{payment.pk}/"
        assert address in shown
        assert client.get(address).status_code == 200


def test_each_owner_shares_receipts_since_their_own_beginning(cast: Cast) -> None:
    shared_by_two(cast)
    theirs = members(cast, member=cast.manager)
    send_postback(Client(), theirs, postback_fields(theirs))
    payment = theirs.payments.get()
    type(payment).objects.update(paid_at=timezone.now() - timedelta(days=10))
    address = f"/pay/helping/{cast.account('10000101').pk}/{payment.pk}/"
    assert client_of(cast.neighbour).get(address).status_code == 404


def test_both_owners_read_that_it_was_used(cast: Cast) -> None:
    shared_by_two(cast)
    page(client_of(cast.neighbour), f"/pay/helping/{cast.account('10000101').pk}/")
    assert not Helper.objects.filter(used_at=None).exists()


def test_when_one_share_ends_the_other_stays(cast: Cast) -> None:
    paying, _looking = shared_by_two(cast)
    Helper.objects.filter(pk=paying.pk).end("owner")
    account = cast.account("10000101")
    shown = page(client_of(cast.neighbour), f"/pay/helping/{account.pk}/")
    assert "You can see it until" in shown
    client_of(cast.neighbour).post("/pay/quick/", {"account": str(account.pk)})
    assert not Checkout.objects.exists()
