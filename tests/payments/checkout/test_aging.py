"""Checkouts without a postback, and postbacks that were stored but not decided."""

import logging
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from payments.checkout.aging import age_checkouts
from payments.models import Checkout, Payment, Postback
from payments.models.checkout import Status
from payments.postbacks.services import store
from tests.cast import Cast
from tests.payments.paying import opened, postback_fields, send_postback, verdicts


def test_after_an_hour_without_a_postback_it_is_marked_once(cast: Cast) -> None:
    old, young = opened(cast, minutes_ago=61), opened(cast, minutes_ago=59)
    out = StringIO()
    call_command("age_checkouts", stdout=out)
    assert "1 checkouts marked" in out.getvalue()
    old.refresh_from_db()
    young.refresh_from_db()
    assert old.unconfirmed_at
    assert old.hosted_url == ""
    assert young.unconfirmed_at is None
    assert young.hosted_url
    first = old.unconfirmed_at
    assert age_checkouts() == 0
    old.refresh_from_db()
    assert old.unconfirmed_at == first


def test_neither_called_about_nor_never_opened_is_marked(client: Client, cast: Cast) -> None:
    called = opened(cast, minutes_ago=61)
    send_postback(client, called, postback_fields(called, Approved="False"))
    opened(cast, minutes_ago=61, launched_at=None, failed_at=timezone.now())
    assert age_checkouts() == 0


def test_after_a_long_interruption_every_checkout_is_looked_at(cast: Cast) -> None:
    old = opened(cast, minutes_ago=3 * 24 * 60)
    assert age_checkouts() == 0
    out = StringIO()
    call_command("age_checkouts", "--every", stdout=out)
    assert "1 checkouts marked" in out.getvalue()
    assert Checkout.objects.get(pk=old.pk).unconfirmed_at


def test_an_old_checkout_is_looked_at_when_something_was_heard_of_it(cast: Cast) -> None:
    """A postback about one account says nothing about the other."""
    old = opened(cast, "10000101", "10000102", minutes_ago=3 * 24 * 60)
    assert age_checkouts() == 0
    declined = postback_fields(old, Approved="False", AccountNumber="10000102", PaymentGUID=None)
    send_postback(Client(), old, declined)
    assert age_checkouts() == 1


def test_a_late_postback_still_counts(client: Client, cast: Cast) -> None:
    checkout = opened(cast, minutes_ago=61)
    age_checkouts()
    assert Checkout.objects.get().status == Status.UNCONFIRMED
    send_postback(client, checkout, postback_fields(checkout))
    assert Checkout.objects.get().status == Status.PAID


def test_postbacks_that_were_only_kept_are_decided(cast: Cast) -> None:
    checkout = opened(cast)
    store(checkout, {name: [text] for name, text in postback_fields(checkout).items()})
    assert verdicts(checkout) == [("received", "")]
    age_checkouts()
    assert verdicts(checkout) == [("approved", "")]
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("spoilt", [[], {"Approved": 1}])
def test_one_postback_that_cannot_be_read_keeps_no_other_from_being_decided(
    cast: Cast, spoilt: object, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = opened(cast), opened(cast)
    old = opened(cast, minutes_ago=61)
    for checkout in (one, other):
        store(checkout, {name: [text] for name, text in postback_fields(checkout).items()})
    Postback.objects.filter(checkout=one).update(fields=spoilt)
    with caplog.at_level(logging.ERROR):
        assert age_checkouts() == 1
    assert verdicts(one) == [("received", "")]
    assert verdicts(other) == [("approved", "")]
    assert Checkout.objects.get(pk=old.pk).unconfirmed_at
    [line] = caplog.records
    assert (line.getMessage(), line.checkout) == ("postbacks not concluded", one.pk)  # type: ignore[attr-defined]
