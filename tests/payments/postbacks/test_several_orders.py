"""Whatever Invoice Cloud says of one to four accounts, in whatever order, doubled or late: what was
approved is counted, once, and nobody is invited to pay again what is paid or may be."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple
from uuid import UUID, uuid5

import pytest
from django.db import transaction
from django.db.models import Sum
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from payments.checkout.aging import age_checkouts
from payments.checkout.received import parts_of, received_in, to_pay_again
from payments.checkout.recent import recent_activities
from payments.models import Checkout, PaymentLine
from payments.models.checkout import Status
from tests.cast import Cast
from tests.payments.paying import GUID, members, postback_fields, send_postback

pytestmark = [pytest.mark.any_database, pytest.mark.django_db]
NUMBERS = ("10000201", "10000202", "10000203", "10000204")


class Said(NamedTuple):
    """One call: of which account (its place), approved or not, and whether an hour has passed."""

    place: int
    approved: bool
    late: bool


Story = tuple[int, bool, list[Said]]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Returns how many accounts, whether each has a PaymentGUID of its own, and the calls."""
    number = draw(st.integers(1, 4))
    said = st.builds(Said, st.integers(0, number - 1), st.booleans(), st.booleans())
    return number, draw(st.booleans()), draw(st.lists(said, max_size=9))


def amount(place: int) -> Decimal:
    return Decimal(10 * (place + 1))


def tell(checkout: Checkout, said: Said, *, own_guid: bool) -> None:
    guid = str(uuid5(UUID(GUID), str(said.place))) if own_guid else GUID
    fields = postback_fields(
        checkout,
        AccountNumber=NUMBERS[said.place],
        Approved=str(said.approved),
        PaymentAmount=f"{amount(said.place)}.00",
        ConvenienceFee="1.00",
        PaymentGUID=guid,
        PaymentDate="11/23/2025 3:04:05 PM",
    )
    assert send_postback(Client(), checkout, fields).status_code == 200


def refused(said: Sequence[Said]) -> set[int]:
    """Returns the accounts of which it is known that no money came: declined, and nothing that was
    new was approved since, as that may have paid any of them."""
    approved: set[int] = set()
    declined: set[int] = set()
    repeats: set[Said] = set()
    for one in said:
        content = one._replace(late=False)
        if content not in repeats and one.place not in approved:
            declined = set() if one.approved else declined | {one.place}
            approved |= {one.place} if one.approved else set()
        repeats.add(content)
    return declined


def check(checkout: Checkout, said: Sequence[Said]) -> None:
    """What must hold after every call."""
    approved = {one.place for one in said if one.approved}
    declined = refused(said)
    fresh = Checkout.objects.get(pk=checkout.pk)
    parts, received = parts_of(fresh), received_in(fresh)
    [in_sql] = Checkout.objects.with_status().filter(pk=checkout.pk)
    assert in_sql.status_value == fresh.status
    counted = PaymentLine.objects.aggregate(Sum("amount"), Sum("fee"))
    assert Decimal(counted["amount__sum"] or 0) == sum(map(amount, approved))
    assert (received.total if received else 0) == sum(map(amount, approved)) + len(approved)
    for place, part in enumerate(parts):
        assert (part.status == Status.PAID) == (place in approved)
        assert (part.status == Status.DECLINED) == (place in declined)
    invited = {account.account_number for account in to_pay_again(parts)}
    assert not invited & {NUMBERS[place] for place in approved}
    if approved:  # whatever is said of the others may come any moment
        assert invited == {NUMBERS[place] for place in declined}
    every = set(range(len(parts)))
    assert (fresh.status == Status.PAID) == (approved == every)
    assert (fresh.status == Status.DECLINED) == (not approved and declined == every)
    assert (fresh.status == Status.PARTLY_PAID) == (bool(approved) and approved != every)


def check_warnings(checkout: Checkout, said: Sequence[Said]) -> None:
    """Within 15 minutes, nobody is let through to pay again without being told."""
    warned = {each.account.account_number for each in recent_activities(checkout.ordered_accounts)}
    free = {NUMBERS[place] for place in refused(said)}
    assert warned == {account.account_number for account in checkout.ordered_accounts} - free


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=stories())
@example(story=(2, True, [Said(1, approved=False, late=False), Said(0, approved=True, late=False)]))
def test_totals_are_what_was_approved_whatever_the_order(cast: Cast, story: Story) -> None:
    number, own_guid, calls = story
    with transaction.atomic():
        checkout = members(cast, *NUMBERS[:number], member=cast.manager)
        for place, one in enumerate(calls):
            if one.late:
                long_ago = timezone.now() - timedelta(minutes=61)
                Checkout.objects.update(created_at=long_ago, launched_at=long_ago)
                age_checkouts()
            tell(checkout, one, own_guid=own_guid)
            check(checkout, calls[: place + 1])
        if not any(one.late for one in calls):
            check_warnings(checkout, calls)
        for one, _same in groupby(sorted(calls)):  # all of it once more
            tell(checkout, one, own_guid=own_guid)
        check(checkout, calls)
        transaction.set_rollback(True)
