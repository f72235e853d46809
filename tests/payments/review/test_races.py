"""Deciding at the moment at which somebody else decides, or Invoice Cloud calls."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from payments.models import Payment, PaymentLine, Postback
from payments.models.checkout import Status
from payments.models.review_decision import ReviewDecision
from payments.review import services as review
from tests.cast import Cast
from tests.payments.paying import at_once, opened, postback_fields, send_postback

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def postback(cast: Cast) -> Postback:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout, Approved="Yes"))
    return Postback.objects.get()


def deciding(postback: Postback, decision: str, *, by: str) -> Any:
    """A step that decides, and gives what was decided or why it was not."""
    operator = User.objects.create_superuser(by)

    def step() -> str:
        fresh = Postback.objects.get(pk=postback.pk)
        try:
            review.decide(fresh, by=operator, decision=decision, note="asked the bank", seen=None)
        except review.NotDecided as refused:
            return type(refused).__name__
        return decision

    return step


def test_two_who_accept_at_once_make_one_payment(postback: Postback) -> None:
    steps = [deciding(postback, "accepted", by=f"{name}@example.com") for name in "abcd"]
    assert sorted(at_once(*steps)) == ["DecidedMeanwhile"] * 3 + ["accepted"]
    assert Payment.objects.count() == PaymentLine.objects.count() == 1
    assert ReviewDecision.objects.count() == 1


def test_of_accepting_and_rejecting_at_once_one_counts(postback: Postback) -> None:
    outcomes = at_once(
        deciding(postback, "accepted", by="a@example.com"),
        deciding(postback, "rejected", by="b@example.com"),
    )
    assert "DecidedMeanwhile" in outcomes
    made = ReviewDecision.objects.get()
    assert made.decision in outcomes
    assert Payment.objects.count() == (made.decision == "accepted")


def test_a_true_approval_at_the_same_moment_is_the_same_payment(postback: Postback) -> None:
    checkout = postback.checkout
    at_once(
        deciding(postback, "accepted", by="a@example.com"),
        lambda: send_postback(Client(), checkout, postback_fields(checkout)).status_code,
    )
    assert Payment.objects.count() == PaymentLine.objects.count() == 1
    checkout.refresh_from_db()
    assert checkout.status == Status.PAID


def test_the_same_payment_told_to_another_checkout_is_one(cast: Cast, postback: Postback) -> None:
    other = opened(cast)
    outcomes = at_once(
        deciding(postback, "accepted", by="a@example.com"),
        lambda: send_postback(Client(), other, postback_fields(other)).status_code,
    )
    assert 200 in outcomes
    assert Payment.objects.count() == PaymentLine.objects.count() == 1
    accepted = "accepted" in outcomes
    assert ReviewDecision.objects.exists() == accepted
    assert (other.postbacks.get().verdict == "review") == accepted
