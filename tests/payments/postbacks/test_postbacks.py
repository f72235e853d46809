"""Postbacks, `/pay/postback/<token>/`: what counts as a payment, and what goes to review."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from icsso.billers.models import Biller
from icsso.billers.postback_samples.recording import MOST as SAMPLES
from payments.models import Checkout, Payment, PaymentLine, Postback
from payments.models.checkout import Status
from payments.postbacks.fields import read
from payments.postbacks.services import conclude, store
from tests import cast as people
from tests.cast import Cast
from tests.payments.paying import (
    GUID,
    HOSTED,
    OTHER_GUID,
    opened,
    postback_fields,
    send_postback,
    verdicts,
)


@pytest.fixture
def checkout(cast: Cast) -> Checkout:
    return opened(cast)


def test_an_approved_postback_establishes_the_payment(client: Client, checkout: Checkout) -> None:
    fields = postback_fields(
        checkout, PaymentAmount="1,234.50", PaymentDate="11/23/2025 3:04:05 PM"
    )
    assert send_postback(client, checkout, fields).status_code == 200
    payment = Payment.objects.get()
    assert (payment.checkout, payment.account) == (checkout, checkout.ordered_accounts[0])
    assert (payment.amount, payment.fee, payment.total) == (
        Decimal("1234.50"),
        Decimal("2.50"),
        Decimal("1237.00"),
    )
    assert payment.paid_at.isoformat() == "2025-11-23T20:04:05+00:00"
    assert payment.method == "Visa"
    kept = Postback.objects.get()
    assert kept.verdict == "approved"
    assert kept.fields == {name: [text] for name, text in fields.items()}


@pytest.mark.any_database
def test_nothing_is_asked_of_the_database_that_is_not_needed(
    client: Client, checkout: Checkout, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Above all nothing that was left out of the checkout, and of its biller, at first."""
    Biller.objects.update(postbacks_sampled=SAMPLES)
    fields = postback_fields(checkout)
    with django_assert_num_queries(12):
        send_postback(client, checkout, fields)
    assert verdicts(checkout) == [("approved", "")]


def test_two_equal_postbacks_kept_before_either_is_decided_are_one_payment(
    checkout: Checkout,
) -> None:
    """Neither is a repeat while the other is undecided, or both would be and the payment lost."""
    fields = read(query=b"", body=urlencode(postback_fields(checkout)).encode())
    for _ in range(2):
        store(checkout, fields)
    conclude(checkout)
    assert verdicts(checkout) == [("approved", ""), ("repeated", "")]
    assert Payment.objects.get().amount == Decimal("84.20")
    assert PaymentLine.objects.count() == 1


def test_by_query_string_it_is_the_same(client: Client, checkout: Checkout) -> None:
    assert (
        send_postback(client, checkout, query=urlencode(postback_fields(checkout))).status_code
        == 200
    )
    assert Payment.objects.get().amount == Decimal("84.20")


def test_in_query_and_body_alike_it_counts_once(client: Client, checkout: Checkout) -> None:
    send_postback(
        client, checkout, postback_fields(checkout), query=urlencode(postback_fields(checkout))
    )
    assert verdicts(checkout) == [("approved", "")]


def test_names_are_read_in_any_case(client: Client, checkout: Checkout) -> None:
    send_postback(
        client, checkout, {name.lower(): text for name, text in postback_fields(checkout).items()}
    )
    assert Payment.objects.get().amount == Decimal("84.20")


@pytest.mark.parametrize("written", ["\r\n{}", " {}", "{} ", "{}\N{NO-BREAK SPACE}", "\t{}\n"])
def test_blanks_and_line_breaks_are_no_part_of_a_name(
    client: Client, checkout: Checkout, written: str
) -> None:
    fields = postback_fields(checkout)
    send_postback(client, checkout, {written.format(name): text for name, text in fields.items()})
    assert verdicts(checkout) == [("approved", "")]
    declined = {**fields, written.format("Approved"): "False", "InvoiceNumber": "INV-2"}
    send_postback(client, checkout, declined)
    assert verdicts(checkout)[1:] == [("review", "two-values")]
    assert Payment.objects.get().amount == Decimal("84.20")


def test_only_what_a_payment_needs_must_be_there(client: Client, checkout: Checkout) -> None:
    send_postback(
        client, checkout, {"Approved": "True", "PaymentGUID": GUID, "PaymentAmount": "10"}
    )
    payment = Payment.objects.get()
    assert (payment.amount, payment.fee) == (Decimal("10.00"), Decimal("0.00"))
    assert verdicts(checkout) == [("approved", "date")]
    assert payment.paid_at == Postback.objects.get().received_at


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Approved": "true"}, "approved"),
        ({"Approved": "TRUE"}, "approved"),
        ({"Approved": " True"}, "approved"),
        ({"Approved": "1"}, "approved"),
        ({"Approved": "Yes"}, "approved"),
        ({"Approved": ""}, "approved"),
        ({"Approved": None}, "approved"),
        ({"Approved": "false"}, "approved"),
        ({"BillerGUID": "00000000-0000-0000-0000-000000000000"}, "biller"),
        ({"BillerGUID": "5e1f7a52-0c6e-4f0b-9f3c-2d9f6a1f1b11"}, "biller"),
        ({"BillerGUID": "not a GUID"}, "biller"),
        ({"BillerReference": "SOMEBODYELSE"}, "reference"),
        ({"AccountNumber": "10000102"}, "account"),
        ({"PaymentGUID": None}, "guid"),
        ({"PaymentGUID": ""}, "guid"),
        ({"PaymentGUID": "12"}, "guid"),
        ({"PaymentGUID": "00000000-0000-0000-0000-000000000000"}, "guid"),
        ({"PaymentGUID": "{" + "0" * 32 + "}"}, "guid"),
        ({"PaymentGUID": "{" + GUID}, "guid"),
        ({"PaymentGUID": "(" + GUID + "}"}, "guid"),
        ({"PaymentGUID": "urn:uuid:" + GUID}, "guid"),
        ({"PaymentGUID": GUID.replace("-", "", 1)}, "guid"),
        ({"PaymentGUID": "4111-1111-1111-1111-0000-0000-0000-0000"}, "guid"),
        ({"PaymentGUID": GUID.replace("0", "０")}, "guid"),
        ({"PaymentAmount": None}, "amount"),
        ({"PaymentAmount": ""}, "amount"),
        ({"PaymentAmount": "0.00"}, "amount"),
        ({"PaymentAmount": "-84.20"}, "amount"),
        ({"PaymentAmount": "(84.20)"}, "amount"),
        ({"PaymentAmount": "84.205"}, "amount"),
        ({"PaymentAmount": "84,20"}, "amount"),
        ({"PaymentAmount": "NaN"}, "amount"),
        ({"PaymentAmount": "1e3"}, "amount"),
        ({"PaymentAmount": "99999999.99"}, "amount"),
        ({"PaymentAmount": "٨٤"}, "amount"),
        ({"ConvenienceFee": "-1"}, "fee"),
        ({"ConvenienceFee": "some"}, "fee"),
    ],
)
def test_what_is_doubtful_is_kept_for_review_and_is_no_payment(
    client: Client, checkout: Checkout, changes: dict[str, str | None], reason: str
) -> None:
    assert send_postback(client, checkout, postback_fields(checkout, **changes)).status_code == 200
    assert verdicts(checkout) == [("review", reason)]
    assert not Payment.objects.exists()
    checkout.refresh_from_db()
    assert checkout.status == Status.CHECKING


@pytest.mark.parametrize("field", ["Approved", "PaymentAmount", "CustomerName", "Unheard"])
def test_two_values_of_one_field_are_for_review(
    client: Client, checkout: Checkout, field: str
) -> None:
    query = urlencode({field.upper(): "another"})
    send_postback(client, checkout, {**postback_fields(checkout), field: "one"}, query=query)
    assert verdicts(checkout) == [("review", "two-values")]
    assert not Payment.objects.exists()


def test_the_same_postback_twice_changes_nothing(client: Client, checkout: Checkout) -> None:
    fields = postback_fields(checkout)
    send_postback(client, checkout, fields)
    before = (list(Payment.objects.values()), list(PaymentLine.objects.values()))
    shuffled = dict(reversed(fields.items()))
    assert send_postback(client, checkout, shuffled).status_code == 200
    assert (list(Payment.objects.values()), list(PaymentLine.objects.values())) == before
    assert verdicts(checkout) == [("approved", ""), ("repeated", "")]


def test_a_replay_a_year_later_changes_nothing(client: Client, checkout: Checkout) -> None:
    fields = postback_fields(checkout)
    send_postback(client, checkout, fields)
    year = timedelta(days=365)
    Checkout.objects.update(created_at=timezone.now() - year)
    Postback.objects.update(received_at=timezone.now() - year)
    Payment.objects.update(paid_at=timezone.now() - year, created_at=timezone.now() - year)
    send_postback(client, checkout, fields)
    assert Payment.objects.count() == PaymentLine.objects.count() == 1
    assert verdicts(checkout)[-1] == ("repeated", "")


def test_a_decline_is_no_payment_and_says_why(client: Client, checkout: Checkout) -> None:
    fields = postback_fields(checkout, Approved="False", PaymentMessage="Insufficient funds")
    assert send_postback(client, checkout, fields).status_code == 200
    assert verdicts(checkout) == [("declined", "")]
    assert not Payment.objects.exists()
    page = client.get(f"/pay/{checkout.address}/receipt/").content.decode()
    assert "Declined" in page
    assert "There isn&#x27;t enough money in the account." in page


def test_a_decline_leaves_the_hosted_page_open_for_another_card(
    client: Client, checkout: Checkout
) -> None:
    send_postback(client, checkout, postback_fields(checkout, Approved="False"))
    checkout.refresh_from_db()
    assert checkout.hosted_url == HOSTED
    assert not checkout.is_current  # asked again, a new one is launched
    send_postback(client, checkout, postback_fields(checkout))
    checkout.refresh_from_db()
    assert checkout.hosted_url == ""


def test_the_same_decline_twice_changes_nothing(client: Client, checkout: Checkout) -> None:
    fields = postback_fields(checkout, Approved="False")  # once: they contain the time
    for _again in range(2):
        send_postback(client, checkout, fields)
    assert verdicts(checkout) == [("declined", ""), ("repeated", "")]
    assert Checkout.objects.get().status == Status.DECLINED


@pytest.mark.parametrize("guid", ["", "00000000-0000-0000-0000-000000000000"])
def test_a_decline_needs_no_payment_guid(client: Client, checkout: Checkout, guid: str) -> None:
    send_postback(client, checkout, postback_fields(checkout, Approved="False", PaymentGUID=guid))
    assert verdicts(checkout) == [("declined", "")]


@pytest.mark.parametrize("guid", [GUID, OTHER_GUID])
def test_after_a_decline_an_approval_still_counts(
    client: Client, checkout: Checkout, guid: str
) -> None:
    send_postback(client, checkout, postback_fields(checkout, Approved="False"))
    send_postback(client, checkout, postback_fields(checkout, PaymentGUID=guid))
    assert verdicts(checkout) == [("declined", ""), ("approved", "")]
    assert Checkout.objects.get().status == Status.PAID


@pytest.mark.parametrize("guid", [GUID, OTHER_GUID, ""])
def test_an_approval_is_never_taken_back(client: Client, checkout: Checkout, guid: str) -> None:
    send_postback(client, checkout, postback_fields(checkout))
    send_postback(client, checkout, postback_fields(checkout, Approved="False", PaymentGUID=guid))
    assert verdicts(checkout) == [("approved", ""), ("review", "contradicts")]
    assert Payment.objects.get().amount == Decimal("84.20")
    assert Checkout.objects.get().status == Status.PAID


def test_after_a_doubtful_postback_an_approval_still_counts(
    client: Client, checkout: Checkout
) -> None:
    send_postback(client, checkout, postback_fields(checkout, Approved="Yes"))
    send_postback(client, checkout, postback_fields(checkout))
    assert verdicts(checkout) == [("review", "approved"), ("approved", "")]
    assert Checkout.objects.get().status == Status.PAID


@pytest.mark.parametrize(
    "changes",
    [
        {"PaymentAmount": "8420.00"},
        {"ConvenienceFee": "0"},
        {"CustomerName": "Somebody Else"},
        {"InvoiceNumber": ""},
    ],
)
def test_a_known_payment_with_other_content_is_for_review(
    client: Client, checkout: Checkout, changes: dict[str, str]
) -> None:
    send_postback(client, checkout, postback_fields(checkout))
    send_postback(client, checkout, postback_fields(checkout, **changes))
    assert verdicts(checkout) == [("approved", ""), ("review", "known")]
    assert Payment.objects.get().total == Decimal("86.70")


@pytest.mark.parametrize("approved", ["True", "False"])
def test_a_payment_of_another_checkout_is_for_review(
    client: Client, cast: Cast, checkout: Checkout, approved: str
) -> None:
    send_postback(client, checkout, postback_fields(checkout))
    other = opened(cast)
    send_postback(client, other, postback_fields(other, Approved=approved))
    assert verdicts(other) == [("review", "known")]
    assert Payment.objects.get().checkout == checkout


def test_a_guid_that_another_biller_has_is_another_payment(
    client: Client, cast: Cast, checkout: Checkout
) -> None:
    """A PaymentGUID is unique within a biller: another biller's keeps no money from being seen."""
    other = people.other_biller()
    account = other.accounts.create(account_number="900", name="Other Customer")
    theirs = opened(cast, biller=other, accounts=[account])
    send_postback(client, theirs, postback_fields(theirs, BillerGUID=None))
    send_postback(client, checkout, postback_fields(checkout))
    assert verdicts(theirs) == [("approved", "")]
    assert verdicts(checkout) == [("approved", "")]
    assert Payment.objects.filter(payment_guid=GUID).count() == 2


def test_a_second_payment_of_one_checkout_is_for_review(client: Client, checkout: Checkout) -> None:
    send_postback(client, checkout, postback_fields(checkout))
    send_postback(client, checkout, postback_fields(checkout, PaymentGUID=OTHER_GUID))
    assert verdicts(checkout) == [("approved", ""), ("review", "second")]
    assert Payment.objects.count() == 1


def test_several_invoices_of_one_payment_come_one_by_one(
    client: Client, checkout: Checkout
) -> None:
    first = postback_fields(checkout, PaymentAmount="61.75")
    send_postback(client, checkout, first)
    later = {"InvoiceNumber": "INV-2", "PaymentAmount": "58.30", "ConvenienceFee": "0.00"}
    send_postback(client, checkout, postback_fields(checkout, **later))
    payment = Payment.objects.get()
    assert (payment.amount, payment.fee) == (Decimal("120.05"), Decimal("2.50"))
    assert verdicts(checkout) == [("approved", ""), ("approved", "")]
    send_postback(client, checkout, first)
    assert verdicts(checkout)[2:] == [("repeated", "")]
    assert Payment.objects.get().amount == Decimal("120.05")


@pytest.mark.parametrize(
    "date", ["yesterday", "1/1/0001 12:00:00 AM", "13/45/2026", "11/23/2199", ""]
)
def test_a_date_that_makes_no_sense_is_noted_and_does_not_refuse_the_payment(
    client: Client, checkout: Checkout, date: str
) -> None:
    send_postback(client, checkout, postback_fields(checkout, PaymentDate=date))
    assert verdicts(checkout) == [("approved", "date")]
    assert Payment.objects.get().paid_at == Postback.objects.get().received_at


def test_a_payment_of_the_day_after_tomorrow_is_counted_from_now(
    client: Client, checkout: Checkout
) -> None:
    later = timezone.localtime() + timedelta(days=2)
    send_postback(
        client, checkout, postback_fields(checkout, PaymentDate=f"{later:%m/%d/%Y %I:%M:%S %p}")
    )
    assert verdicts(checkout) == [("approved", "date")]
    assert Payment.objects.get().paid_at == Postback.objects.get().received_at


def test_a_postback_for_a_checkout_marked_unconfirmed_still_counts(
    client: Client, cast: Cast
) -> None:
    late = opened(cast, minutes_ago=600, unconfirmed_at=timezone.now(), hosted_url="")
    send_postback(client, late, postback_fields(late))
    assert Checkout.objects.get().status == Status.PAID


def test_without_the_billers_guid_here_there_is_none_to_disagree_with(
    client: Client, cast: Cast, checkout: Checkout
) -> None:
    cast.biller.biller_guid = None
    cast.biller.save()
    send_postback(client, checkout, postback_fields(checkout))
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("guid", ["{" + GUID.upper() + "}", GUID.replace("-", "")])
def test_a_guid_in_braces_capitals_or_one_piece_is_the_same(
    client: Client, checkout: Checkout, guid: str
) -> None:
    guids: dict[str, Any] = {
        "PaymentGUID": guid,
        "BillerGUID": "{" + postback_fields(checkout)["BillerGUID"].upper() + "}",
    }
    send_postback(client, checkout, postback_fields(checkout, **guids))
    assert str(Payment.objects.get().payment_guid) == GUID
