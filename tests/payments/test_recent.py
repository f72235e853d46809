"""What was paid here today and is not yet posted, for the dashboard."""

from datetime import timedelta
from decimal import Decimal

from django.test import Client
from django.utils import timezone

from payments.models import Payment
from payments.recent import not_yet_posted
from tests.cast import Cast
from tests.payments.paying import OTHER_GUID, call, members, opened, told


def test_todays_payments_of_each_linked_account_are_added_up_without_fees(
    client: Client, cast: Cast
) -> None:
    mine, a_guests = members(cast), opened(cast)
    call(client, mine, told(mine))
    call(client, a_guests, told(a_guests, PaymentGUID=OTHER_GUID, PaymentAmount="10.00"))
    assert not_yet_posted(cast.laundry) == {mine.account_id: Decimal("94.20")}
    assert not_yet_posted(cast.neighbour) == {}


def test_yesterdays_are_posted(client: Client, cast: Cast) -> None:
    checkout = members(cast)
    call(client, checkout, told(checkout))
    Payment.objects.update(paid_at=timezone.now() - timedelta(days=1))
    assert not_yet_posted(cast.laundry) == {}
