"""Postbacks that could not be read are read again once the biller's wire profile is corrected."""

import pytest
from django.test import Client

from accounts.models import StaffUser
from icsso.billers.models import Biller
from payments.models import Checkout, Payment, Postback
from payments.postbacks.services import read_again
from payments.review.services import NotDecided, decide
from tests import cast as people
from tests.cast import Cast
from tests.payments.paying import GUID, OTHER_GUID, opened, postback_fields, send_postback

PROFILE: dict[str, object] = {
    "postback": {"fields": {"PaymentGUID": "TransactionID"}, "approved": ["APPROVED"]},
}


@pytest.fixture
def checkout(cast: Cast) -> Checkout:
    return opened(cast)


@pytest.fixture
def staff(cast: Cast) -> StaffUser:
    return StaffUser.objects.create_superuser("finance@example.com")


def as_another_invoice_cloud_writes(checkout: Checkout) -> dict[str, str]:
    return postback_fields(checkout, PaymentGUID=None, TransactionID=GUID, Approved="APPROVED")


def enter(biller: Biller, profile: dict[str, object]) -> None:
    biller.wire_profile = profile
    biller.save(update_fields=["wire_profile"])


@pytest.mark.django_db(transaction=True)
def test_a_mended_wire_profile_makes_payments_of_what_waits(
    client: Client, checkout: Checkout
) -> None:
    same = as_another_invoice_cloud_writes(checkout)
    for _ in range(2):
        send_postback(client, checkout, same)
    assert [one.verdict for one in Postback.objects.order_by("pk")] == ["review", "repeated"]
    assert not Payment.objects.exists()

    enter(checkout.biller, PROFILE)

    assert [one.verdict for one in Postback.objects.order_by("pk")] == ["approved", "repeated"]
    assert str(Payment.objects.get().payment_guid) == GUID
    assert str(Postback.objects.earliest("pk").payment_guid) == GUID  # found by it from now on
    assert checkout.status == Checkout.objects.get().status.PAID
    send_postback(client, checkout, same)
    assert Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_profile_that_does_not_help_leaves_it_in_review(
    client: Client, checkout: Checkout
) -> None:
    send_postback(client, checkout, as_another_invoice_cloud_writes(checkout))
    enter(checkout.biller, {"postback": {"approved": ["APPROVED"]}})
    assert (Postback.objects.get().verdict, Postback.objects.get().reason) == ("review", "guid")
    assert not Payment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_other_changes_of_the_biller_and_other_billers_touch_nothing(
    client: Client, checkout: Checkout
) -> None:
    send_postback(client, checkout, as_another_invoice_cloud_writes(checkout))
    biller = checkout.biller
    Biller.objects.filter(pk=biller.pk).update(wire_profile=PROFILE)
    biller.save(update_fields=["support_phone"])
    enter(people.other_biller(), PROFILE)
    assert Postback.objects.get().verdict == "review"


@pytest.mark.parametrize("decision", ["accepted", "rejected"])
def test_what_a_staff_user_decided_stays(
    client: Client, checkout: Checkout, staff: StaffUser, decision: str
) -> None:
    send_postback(client, checkout, postback_fields(checkout, Approved="APPROVED"))
    decide(Postback.objects.get(), by=staff, decision=decision, note="Asked.", seen=None)
    enter(checkout.biller, PROFILE)
    read_again(checkout)
    assert Postback.objects.get().verdict == "review"
    assert Payment.objects.count() == (1 if decision == "accepted" else 0)


def test_a_question_left_open_is_read_again(
    client: Client, checkout: Checkout, staff: StaffUser
) -> None:
    send_postback(client, checkout, as_another_invoice_cloud_writes(checkout))
    decide(Postback.objects.get(), by=staff, decision="open", note="Asked.", seen=None)
    enter(checkout.biller, PROFILE)
    read_again(checkout)
    assert Postback.objects.get().verdict == "approved"


def test_what_was_read_again_meanwhile_is_not_decided(
    client: Client, checkout: Checkout, staff: StaffUser
) -> None:
    """A staff user has the page open while the profile is saved."""
    send_postback(client, checkout, as_another_invoice_cloud_writes(checkout))
    on_the_page = Postback.objects.get()
    enter(checkout.biller, PROFILE)
    read_again(checkout)
    with pytest.raises(NotDecided):
        decide(on_the_page, by=staff, decision="rejected", note="Asked.", seen=None)
    assert Postback.objects.get().verdict == "approved"
    assert not Postback.objects.get().decisions.exists()


@pytest.mark.django_db(transaction=True)
def test_a_corrected_biller_guid_is_read_with_as_well(client: Client, checkout: Checkout) -> None:
    biller, right = checkout.biller, checkout.biller.biller_guid
    Biller.objects.update(biller_guid=OTHER_GUID)
    send_postback(client, checkout, postback_fields(checkout))
    assert (Postback.objects.get().verdict, Postback.objects.get().reason) == ("review", "biller")
    biller.biller_guid = right
    biller.save(update_fields=["biller_guid"])
    assert Postback.objects.get().verdict == "approved"
