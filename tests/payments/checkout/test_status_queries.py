"""How checkouts stand by the database is how each stands by its own facts."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from payments.models import Checkout, Payment, Postback, checkout_status
from payments.models.checkout import Status
from payments.models.review_decision import ReviewDecision
from tests.cast import Cast
from tests.payments.paying import opened, postback_fields, send_postback
from tests.payments.reconciliation.lists import paid as recorded
from tests.payments.reversals.happened import given_back, returned


def paid(cast: Cast) -> Checkout:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    return checkout


def settled(cast: Cast, *said: str | None) -> Checkout:
    """Of several accounts, each with what a postback said of it, if any."""
    numbers = [f"1000020{place}" for place in range(1, len(said) + 1)]
    checkout, guid = opened(cast, *numbers), str(uuid4())
    for number, approved in zip(numbers, said, strict=True):
        if approved:
            facts = {"AccountNumber": number, "Approved": approved, "PaymentGUID": guid}
            send_postback(Client(), checkout, postback_fields(checkout, **facts))
    return checkout


def paid_back(cast: Cast, *amounts: str | None) -> Checkout:
    """Paid with two invoices, of which these amounts went back."""
    payment = recorded(cast, "10000101", "60.00", "24.20")
    for amount in amounts:
        returned(cast, payment, amount)
    checkout = payment.checkout
    assert checkout
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
    disputed = paid_back(cast, None)
    given_back(cast, disputed.payments.get().reversals.get())
    checkouts = {
        Status.OPENING: [opened(cast, launched_at=None)],
        Status.OPEN: [settled(cast, "False", None), opened(cast), opened(cast, minutes_ago=45)],
        Status.WAITING: [opened(cast, returned_at=now)],
        Status.UNCONFIRMED: [
            opened(cast, minutes_ago=61),
            opened(cast, minutes_ago=61, returned_at=now - timedelta(minutes=60)),
        ],
        Status.FAILED: [
            opened(cast, failed_at=now, failure="unavailable", launched_at=None),
            opened(cast, launched_at=None, minutes_ago=45),
        ],
        Status.DECLINED: [told_of(cast, "False"), settled(cast, "False", "False")],
        Status.CHECKING: [
            settled(cast, "True", "Maybe"),
            settled(cast, "False", "Maybe", None),
            told_of(cast, "Maybe"),
            unread(cast),
            decided(cast, "open"),
        ],
        Status.REJECTED: [decided(cast, "rejected"), decided(cast, "open", "rejected")],
        Status.PARTLY_PAID: [
            settled(cast, "True", None),
            settled(cast, "True", "False"),
            settled(cast, "False", "True", None),
        ],
        Status.PAID: [
            settled(cast, "True", "True"),
            paid(cast),
            paid_back(cast, "60.00"),
            disputed,
        ],
        Status.REVERSED: [paid_back(cast, None), paid_back(cast, "60.00", "24.20")],
    }
    assert set(checkouts) == set(Status)
    expected = {one.pk: status.value for status, some in checkouts.items() for one in some}
    found = Checkout.objects.all().with_status().values_list("pk", "status_value")
    assert dict(found) == expected
    assert {one.pk: one.status.value for one in Checkout.objects.all()} == expected


def test_the_expression_is_made_once_and_no_query_changes_it() -> None:
    now, composed = timezone.now(), checkout_status._by_payments_and_postbacks

    def queries() -> list[str]:
        paid = Checkout.objects.with_status(now).filter(status_value=Status.PAID)
        within = Payment.objects.filter(checkout__in=paid)
        return [str(each.query) for each in (within, paid, Checkout.objects.with_status(now))]

    assert composed() is composed()
    shared = [queries(), queries()]
    composed.cache_clear()
    assert shared == [queries(), queries()]
