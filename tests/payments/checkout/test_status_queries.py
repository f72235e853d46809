"""How checkouts stand by the database is how each stands by its own facts."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from payments.models import Checkout, Postback
from payments.models.checkout import Status
from payments.models.review_decision import ReviewDecision
from tests.cast import Cast
from tests.payments.paying import opened, postback_fields, send_postback


def paid(cast: Cast) -> Checkout:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    return checkout


def told_of(cast: Cast, approved: str) -> Checkout:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout, Approved=approved))
    return checkout


def decided(cast: Cast, *decisions: str) -> Checkout:
    checkout, before = told_of(cast, "Maybe"), None
    by = User.objects.create_superuser(f"operator-{'-'.join(decisions)}@example.com", "x")
    for decision in decisions:
        before = ReviewDecision.objects.create(
            postback=checkout.postbacks.get(),
            supersedes=before,
            by=by,
            decision=decision,
            note="Asked the bank.",
        )
    return checkout


def unread(cast: Cast) -> Checkout:
    checkout = opened(cast)
    Postback.objects.create(checkout=checkout, fields={}, content_digest="1")
    return checkout


@pytest.mark.django_db
def test_the_database_says_of_every_checkout_what_its_own_facts_say(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A quarter of an hour to every limit: no machine is that slow.
    monkeypatch.setattr(Checkout, "LAUNCH_TIMEOUT", timedelta(minutes=30))
    now = timezone.now()
    checkouts = {
        Status.OPENING: [opened(cast, launched_at=None)],
        Status.OPEN: [opened(cast), opened(cast, minutes_ago=45)],
        Status.WAITING: [opened(cast, returned_at=now)],
        Status.UNCONFIRMED: [
            opened(cast, minutes_ago=61),
            opened(cast, minutes_ago=61, returned_at=now - timedelta(minutes=60)),
        ],
        Status.FAILED: [
            opened(cast, failed_at=now, failure="unavailable", launched_at=None),
            opened(cast, launched_at=None, minutes_ago=45),
        ],
        Status.DECLINED: [told_of(cast, "False")],
        Status.CHECKING: [told_of(cast, "Maybe"), unread(cast), decided(cast, "open")],
        Status.REJECTED: [decided(cast, "rejected"), decided(cast, "open", "rejected")],
        Status.PAID: [paid(cast)],
    }
    assert set(checkouts) == set(Status)
    expected = {one.pk: status.value for status, some in checkouts.items() for one in some}
    found = Checkout.objects.all().with_status().values_list("pk", "status_value")
    assert dict(found) == expected
    assert {one.pk: one.status.value for one in Checkout.objects.all()} == expected
