"""What a helper learns of somebody else's account from payments: never its whole number, nor its
customer's name, which together are the proof that it is one's own."""

import csv
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.linked_accounts import services as linking
from accounts.models import Helper
from accounts.privacy.export import as_html, as_json
from payments.late_fees.recording import record_interrupted
from payments.models import Checkout, FailedAttempt, Payment
from tests.accounts.helpers.helping import client_of, helped
from tests.cast import Cast
from tests.payments.paying import OTHER_GUID, members, opened, postback_fields, send_postback
from tests.payments.reversals.happened import returned

WHOLE, ENDING = "10000101", "ending in 0101"


def helping(cast: Cast, **facts: Any) -> Checkout:
    """A checkout of the neighbor for the laundry's account."""
    if not Helper.objects.exists():
        helped(cast)
    checkout = members(cast, member=cast.neighbour, **facts)
    checkout.parts.update(by_helper=True, on_behalf_of=cast.laundry)
    return checkout


def paid(checkout: Checkout, **changes: str) -> None:
    send_postback(Client(), checkout, postback_fields(checkout, **changes))


def words(client: Client, address: str) -> str:
    answer = client.get(address, follow=True)
    assert answer.status_code == 200, address
    return (b"".join(answer) if answer.streaming else answer.content).decode()


def without_tags(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def lines(client: Client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(words(client, address).lstrip("\ufeff").splitlines()))


# The data that a member downloads.


def test_the_download_says_nothing_of_whose_it_is(cast: Cast) -> None:
    paid(helping(cast), PaymentDescription=f"Water for {WHOLE}", Extra="Mr. Willows")
    for text in ("".join(as_json(cast.neighbour)), "".join(as_html(cast.neighbour))):
        for word in ("Willows", "12 Mill", WHOLE):
            assert word not in text
        assert "RemoteIP: 127.0.0.1" in text
    held = json.loads("".join(as_json(cast.neighbour)))
    assert held["checkouts"][0]["account_numbers"] == ENDING
    assert [row["said"] for row in held["postbacks"]] == ["RemoteIP: 127.0.0.1"]


def test_the_payers_address_under_the_billers_own_name_for_it(cast: Cast) -> None:
    cast.biller.wire_profile = {"postback": {"fields": {"RemoteIP": "Payer"}}}
    cast.biller.save()
    checkout = helping(cast)
    paid(checkout, Payer="192.0.2.7")
    [row] = json.loads("".join(as_json(cast.neighbour)))["postbacks"]
    assert row["said"] == "Payer: 192.0.2.7"


def test_the_download_of_an_attempt_that_failed_masks_the_number(cast: Cast) -> None:
    helping(cast, minutes_ago=30, launched_at=None, hosted_url="")
    members(cast, "10000102", member=cast.neighbour, minutes_ago=30, launched_at=None)
    assert record_interrupted() == 2
    text = "".join(as_json(cast.neighbour))
    assert WHOLE not in text
    numbers = [row["account_number"] for row in json.loads(text)["failed_attempts"]]
    assert sorted(numbers) == ["10000102", ENDING]


def test_an_attempt_that_named_no_account_is_in_the_download(cast: Cast) -> None:
    FailedAttempt.objects.create(biller=cast.biller, member=cast.manager, kind="refused", key="1")
    [row] = json.loads("".join(as_json(cast.manager)))["failed_attempts"]
    assert row["account_number"] == ""


# Invoice Cloud's own words.


def test_a_refusal_is_told_in_our_words(cast: Cast) -> None:
    note = f"Customer WILLOWS LAUNDRY, account {WHOLE}, is blocked"
    facts = {"failed_at": timezone.now(), "failure": "refused", "failure_note": note}
    facts |= {"launched_at": None, "hosted_url": ""}
    checkout, own = helping(cast, **facts), members(cast, **facts)
    for address in (f"/pay/{checkout.address}/", f"/pay/{checkout.address}/receipt/"):
        text = words(client_of(cast.neighbour), address)
        assert WHOLE not in text
        assert "WILLOWS" not in text
        assert "gave this reason" not in text
    assert "WILLOWS" in words(client_of(cast.laundry), f"/pay/{own.address}/")


@pytest.mark.parametrize(
    ("message", "told"),
    [(f"Willows Laundry {WHOLE} zz", ""), ("Insufficient funds", "enough money in the account")],
)
def test_why_it_was_declined_is_told_in_our_words(cast: Cast, message: str, told: str) -> None:
    checkout = helping(cast)
    paid(checkout, Approved="False", PaymentMessage=message)
    text = words(client_of(cast.neighbour), f"/pay/{checkout.address}/receipt/")
    assert "Your payment was declined" in text
    assert message not in text
    assert told in text
    own = members(cast)
    paid(own, Approved="False", PaymentMessage="Willows zz", PaymentGUID=OTHER_GUID)
    assert "Willows zz" in words(client_of(cast.laundry), f"/pay/{own.address}/receipt/")


# Whose card it was.


def test_the_owners_files_dont_have_the_helpers_card(cast: Cast) -> None:
    paid(helping(cast))
    paid(members(cast), PaymentGUID=OTHER_GUID, CardType="Mastercard")
    laundry, year = client_of(cast.laundry), cast.biller.today().year
    for address in ("/pay/history/csv/", f"/pay/statement/{year}/csv/"):
        assert sorted(line["method"] for line in lines(laundry, address)) == ["", "Mastercard"]
    theirs = lines(client_of(cast.neighbour), f"/pay/statement/{year}/csv/")
    assert [line["method"] for line in theirs] == ["Visa"]


# A helper who has the account as their own later.


def test_once_it_is_their_own_it_is_shown_everywhere(cast: Cast) -> None:
    checkout = helping(cast)
    paid(checkout)
    year, neighbour = cast.biller.today().year, client_of(cast.neighbour)
    pages = [
        f"/pay/{checkout.address}/receipt/",
        "/pay/history/",
        "/pay/history/csv/",
        f"/pay/statement/{year}/",
        f"/pay/statement/{year}/csv/",
    ]
    assert not [page for page in pages if WHOLE in words(neighbour, page)]
    link = linking.link(member=cast.neighbour, account=cast.account(WHOLE))
    paid(members(cast, member=cast.neighbour), PaymentGUID=OTHER_GUID)
    for page in pages:
        text = words(neighbour, page)
        assert WHOLE in text, page
        assert ENDING not in text, page
    held = json.loads("".join(as_json(cast.neighbour)))
    told = {part: text for part, text in held.items() if ENDING in json.dumps(text)}
    assert told.keys() == {"helping"}  # what another member shares
    linking.unlink(link)
    for page in pages:
        text = words(neighbour, page)
        assert WHOLE not in text, page
        assert ENDING in text, page


def test_a_former_customers_link_shows_nothing(cast: Cast) -> None:
    checkout = helping(cast)
    paid(checkout)
    linking.link(member=cast.neighbour, account=cast.account(WHOLE))
    cast.neighbour.all_links.update(needs_proof_since=timezone.now())
    assert WHOLE not in words(client_of(cast.neighbour), "/pay/history/")


# What guests and others pay.


def test_of_what_a_guest_paid_no_amount_is_said(cast: Cast) -> None:
    """A helper who only looks learns no more than a guest would."""
    guests = opened(cast)
    paid(guests, PaymentAmount="71.35")
    helped(cast, right="view")
    account, neighbour = cast.account(WHOLE).pk, client_of(cast.neighbour)
    pages = ["/", "/pay/helping/", f"/pay/helping/{account}/", f"/pay/helping/{account}/balance/"]
    for page in pages:
        assert "71.35" not in words(neighbour, page), page
    assert "A payment was just made." in words(neighbour, "/")


def test_no_amount_that_a_guest_paid_is_said_before_paying_again(cast: Cast) -> None:
    paid(opened(cast), PaymentAmount="71.35")
    paid(opened(cast, "10000102"), PaymentAmount="62.15", PaymentGUID=OTHER_GUID)
    helped(cast)
    keys = [str(cast.account(number).pk) for number in (WHOLE, "10000102")]
    neighbour = client_of(cast.neighbour)
    listed = neighbour.post("/pay/quick/", {"account": keys}).content.decode()
    again = neighbour.post("/pay/quick/", {"account": keys, "listed": "yes"}).content.decode()
    assert "Just paid" in listed
    assert "A payment for account ending in 0101 was made" in again
    failed = neighbour.post(
        "/pay/quick/", {"account": keys, "listed": "yes", "confirmed": "yes"}, follow=True
    ).content.decode()
    assert "Don't pay twice." in failed
    for page in (listed, again, failed):
        assert "71.35" not in page
        assert "62.15" in page  # of their own account
    refused = {"failed_at": timezone.now(), "failure": "refused", "launched_at": None}
    guest = words(Client(), f"/pay/{opened(cast, **refused).address}/")
    assert "was made" in guest
    assert "71.35" not in guest


# Words for somebody who did not pay.


@pytest.mark.parametrize(
    ("kind", "amount", "told"),
    [
        ("returned", None, "This payment was returned by the bank on"),
        ("returned", "30.00", "$30.00 of this payment was returned by the bank on"),
        ("chargeback", None, "The bank or card company took this payment back on"),
        ("chargeback", "30.00", "The bank or card company took back $30.00 on"),
    ],
)
def test_what_became_of_it_at_somebody_elses_bank(
    cast: Cast, kind: str, amount: str | None, told: str
) -> None:
    helped(cast)
    paid(members(cast))
    payment = Payment.objects.get()
    returned(cast, payment, amount, kind=kind)
    address = f"/pay/helping/{payment.account_id}/{payment.pk}/"
    text = words(client_of(cast.neighbour), address)
    assert told in text
    assert "our bank" not in text


def test_a_helpers_receipt_of_a_refund_adds_up(cast: Cast) -> None:
    helped(cast)
    paid(members(cast))
    payment = Payment.objects.get()
    returned(cast, payment, "10.00", kind="refunded")
    address = f"/pay/helping/{payment.account_id}/"
    text = without_tags(words(client_of(cast.neighbour), f"{address}{payment.pk}/"))
    assert "Partly refunded $10.00 of this payment was refunded on" in text
    assert "Total $86.70 Amount $84.20 Fee $2.50 Refunded −$10.00 Net paid $76.70" in text
    listed = without_tags(words(client_of(cast.neighbour), address))
    assert "Now: $76.70 Partly refunded" in listed


def test_what_became_of_it_at_the_helpers_own_bank(cast: Cast) -> None:
    paid(helping(cast))
    payment = Payment.objects.get()
    returned(cast, payment)
    address = f"/pay/helping/{payment.account_id}/{payment.pk}/"
    assert "returned by your bank on" in words(client_of(cast.neighbour), address)


@pytest.mark.parametrize(("right", "number"), [("view", 0), ("pay", 1)])
def test_nothing_is_selected_where_nothing_may_be_paid(cast: Cast, right: str, number: int) -> None:
    helped(cast, right=right)
    text = words(client_of(cast.neighbour), "/pay/helping/")
    assert text.count("Pay selected") == number
    assert text.count('type="checkbox"') == number


def test_an_account_that_they_may_not_pay_is_left_out_in_true_words(cast: Cast) -> None:
    helped(cast, right="view")
    keys = [str(cast.account(number).pk) for number in (WHOLE, "10000102")]
    page = client_of(cast.neighbour).post("/pay/quick/", {"account": keys}).content.decode()
    assert "You can't pay some of the accounts you chose" in page
