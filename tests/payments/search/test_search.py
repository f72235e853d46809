"""Where is my payment? `/admin/payments/payment/where/`."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import UtilityAccount
from icsso.billers.models import Biller
from payments.models import Checkout, Payment, Postback
from payments.postbacks.services import store
from tests import cast as people
from tests.cast import Cast
from tests.payments.paying import (
    GUID,
    OTHER_GUID,
    members,
    opened,
    postback_fields,
    send_postback,
    verdicts,
)

WHERE = "/admin/payments/payment/where/"


@pytest.fixture
def paid(cast: Cast) -> Checkout:
    UtilityAccount.objects.filter(account_number="10000101").update(email="Office@example.com")
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    return checkout


def ask(staff: Client, term: str) -> str:
    return staff.post(WHERE, {"term": term}, follow=True).content.decode()


@pytest.mark.parametrize(
    "term",
    [
        "10000101",
        " 10000101 ",
        "1000-0101",
        "0010000101",
        "Acct. 10000101",
        "1000-01",  # its beginning
        "Willows Laundry",
        "willows",
        "laundry",  # in the middle of a name
        people.LAUNDRY_EMAIL,
        people.LAUNDRY_EMAIL.upper(),
        "Office@example.com",
        GUID,
        GUID.upper(),
        GUID.replace("-", ""),
        f"{{{GUID}}}",
        GUID.replace("-", "\u2010"),  # as pasted from a PDF
    ],
)
def test_a_payment_is_found_by_whatever_the_customer_says(
    support: Client, paid: Checkout, term: str
) -> None:
    page = ask(support, term)
    assert f"/admin/payments/checkout/{paid.pk}/change/" in page
    assert "$86.70" in page
    assert "What to ask the customer" not in page


def test_by_its_reference_in_any_spelling(support: Client, cast: Cast, paid: Checkout) -> None:
    other, reference = opened(cast), paid.biller_reference
    page = ask(support, f"{reference[:5]}-{reference[5:]}".lower())
    assert reference in page
    assert other.biller_reference not in page


def test_a_guid_of_a_postback_for_review_leads_to_its_checkout(support: Client, cast: Cast) -> None:
    checkout = opened(cast)
    fields = postback_fields(checkout, Approved="Yes", PaymentGUID=f"{{{OTHER_GUID.upper()}}}")
    send_postback(Client(), checkout, fields)
    page = ask(support, OTHER_GUID)
    assert checkout.biller_reference in page
    assert "being checked" in page


def test_a_guid_of_a_declined_postback_leads_to_its_checkout(support: Client, cast: Cast) -> None:
    checkout = opened(cast)
    same = postback_fields(checkout, Approved="False", PaymentGUID=OTHER_GUID.upper())
    for _again in range(2):
        send_postback(Client(), checkout, same)
    assert verdicts(checkout) == [("declined", ""), ("repeated", "")]
    page = ask(support, OTHER_GUID.replace("-", ""))
    assert page.count(checkout.biller_reference) == 1
    support.force_login(people.staff("finance", people.other_biller()))
    page = ask(support, OTHER_GUID)
    assert "No matches." in page
    assert "obstacle" not in page  # nothing is wrong


def test_a_guid_of_a_postback_not_read_yet_leads_to_its_checkout(
    support: Client, cast: Cast
) -> None:
    checkout = opened(cast)
    store(checkout, {name.lower(): [text] for name, text in postback_fields(checkout).items()})
    assert verdicts(checkout) == [("received", "")]
    assert checkout.biller_reference in ask(support, GUID)


def test_a_guid_among_others_leads_to_its_checkout(support: Client, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout), query=f"PaymentGUID={OTHER_GUID}")
    assert Postback.objects.get().payment_guid is None
    for guid in (GUID, OTHER_GUID):
        assert checkout.biller_reference in ask(support, guid)


def test_a_payment_of_invoice_clouds_list_is_found_without_a_checkout(
    support: Client, cast: Cast
) -> None:
    payment = Payment.objects.create(
        biller=cast.biller,
        account=cast.account("10000102"),
        source=Payment.Source.RECONCILIATION,
        payment_guid=OTHER_GUID,
        paid_at=timezone.now(),
    )
    payment.lines.create(amount="19.99", fee="0")
    for term in ("10000102", "Ana", OTHER_GUID):
        page = ask(support, term)
        assert "$19.99" in page, term
        assert f"/admin/payments/payment/{payment.pk}/change/" in page


def test_an_account_without_any_says_what_to_ask(support: Client, cast: Cast) -> None:
    page = ask(support, "10000103")
    assert "Accounts without any known payments" in page
    assert "George Lindqvist" in page
    assert "What to ask the customer" in page
    assert "No matches." not in page
    assert "No matches." in ask(support, "10009999")


def test_what_was_asked_stands_in_no_address(
    support: Client, paid: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    answer = support.post(WHERE, {"term": people.LAUNDRY_EMAIL})
    assert answer.status_code == 302
    assert "laundry" not in answer["Location"].lower()
    assert paid.biller_reference in support.get(answer["Location"]).content.decode()
    assert support.get(WHERE, {"term": "10000101"}).content.count(b"10000101") == 0
    assert "laundry" not in caplog.text


def test_an_answer_is_for_who_asked(support: Client, cast: Cast, paid: Checkout) -> None:
    address = support.post(WHERE, {"term": "10000101"})["Location"]
    support.force_login(people.staff("finance", cast.biller))
    for over in (address, f"{WHERE}?asked=nonsense", f"{WHERE}?asked="):
        page = support.get(over).content.decode()
        assert "These search results have expired" in page
        assert paid.biller_reference not in page


def test_many_come_in_pages_with_few_queries(
    support: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        opened(cast, minutes_ago=number)
    address = support.post(WHERE, {"term": "10000101"})["Location"]
    with django_assert_max_num_queries(22):
        first = support.get(address).content.decode()
    second = support.get(f"{address}&page=2").content.decode()
    assert "Page 1 of 2" in first
    assert first.count('<th scope="row">') == 25
    assert second.count('<th scope="row">') == 5


def test_too_many_accounts_ask_for_more(support: Client, cast: Cast) -> None:
    UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=cast.biller, account_number=f"3{n:04}", name="Elm Court")
        for n in range(60)
    )
    page = ask(support, "Elm")
    assert "Enter more characters" in page
    assert page.count("Elm Court") == 50


def test_nothing_of_another_biller_is_found(client: Client, cast: Cast, paid: Checkout) -> None:
    client.force_login(people.staff("support", people.other_biller()))
    for term in ("10000101", "Willows", people.LAUNDRY_EMAIL, GUID, paid.biller_reference):
        page = ask(client, term)
        assert "No matches." in page, term
        assert "Springfield" not in page


def test_it_is_for_staff_who_may(client: Client, biller: Biller, cast: Cast) -> None:
    client.force_login(cast.laundry)
    assert client.post(WHERE, {"term": "10000101"})["Location"].startswith("/admin/login/")
    staff = people.staff("support", biller)
    staff.groups.clear()
    client.force_login(staff)
    assert client.get(WHERE).status_code == 403


@pytest.mark.parametrize("term", ["núñez", "Nunez", "ñez"])
def test_a_name_is_found_whatever_its_accents(support: Client, paid: Checkout, term: str) -> None:
    account = paid.accounts.get()
    account.name = "José Núñez"
    account.save()
    assert f"/admin/payments/checkout/{paid.pk}/change/" in ask(support, term)
