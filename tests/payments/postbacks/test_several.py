"""Postbacks of a checkout with several accounts: each account is settled by what is said of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import UtilityAccount
from payments.checkout.aging import age_checkouts
from payments.checkout.received import parts_of, to_pay_again
from payments.checkout.recent import recent_activities
from payments.models import Checkout, Payment, PaymentLine, Postback
from payments.models.checkout import Status
from payments.models.checkout_status import NO_MONEY, statuses_at
from payments.models.reversal_kind import ReversalKind
from payments.review import services as review
from payments.review.services import NotAcceptable
from tests.cast import Cast
from tests.payments.paying import (
    GUID,
    OTHER_GUID,
    at_once,
    members,
    opened,
    postback_fields,
    send_postback,
    verdicts,
)
from tests.payments.reversals.happened import clerk, returned

pytestmark = pytest.mark.django_db
A, B, C = "10000201", "10000202", "10000203"


@pytest.fixture
def three(cast: Cast) -> Checkout:
    return members(cast, A, B, C, member=cast.manager)


def say(checkout: Checkout, number: str | None, **changes: str | None) -> None:
    said = {"AccountNumber": number, "PaymentDate": "11/23/2025 3:04:05 PM", **changes}
    answer = send_postback(Client(), checkout, postback_fields(checkout, **said))
    assert answer.status_code == 200


def statuses(checkout: Checkout) -> list[str]:
    """However they are asked for: one checkout, a list, the past until now, and in SQL."""
    own = Checkout.objects.filter(pk=checkout.pk)
    fresh, listed = own.get(), own.with_deciding_postbacks().get()
    [in_sql] = own.with_status()
    assert in_sql.status_value == fresh.status == listed.status
    assert fresh.statuses() == listed.statuses() == statuses_at(own.get(), timezone.now())
    silent = set(checkout.parts.silent().values_list("account", flat=True))
    unknown = {Status.OPEN, Status.WAITING, Status.UNCONFIRMED}
    assert silent == {key for key, status in fresh.statuses().items() if status in unknown}
    warned = {each.account.pk for each in recent_activities(checkout.ordered_accounts)}
    free = {*NO_MONEY, Status.REVERSED}
    assert warned == {key for key, status in fresh.statuses().items() if status not in free}
    return [str(each.value) for each in fresh.statuses().values()] + [str(fresh.status.value)]


def amounts(checkout: Checkout) -> dict[str, Decimal]:
    payments = Payment.objects.filter(checkout=checkout).select_related("account")
    return {each.account.account_number: each.amount for each in payments}


def test_one_payment_of_several_accounts_has_a_payment_of_each(three: Checkout) -> None:
    say(three, A, PaymentAmount="10.00")
    assert statuses(three) == ["paid", "open", "open", "partly-paid"]
    assert Checkout.objects.get().hosted_url  # what is not paid may still come
    assert not Checkout.objects.get().is_current
    say(three, B, PaymentAmount="20.00", ConvenienceFee="0.00")
    say(three, C, PaymentAmount="30.00", ConvenienceFee="")
    assert statuses(three) == ["paid", "paid", "paid", "paid"]
    assert Checkout.objects.get().hosted_url == ""
    assert amounts(three) == {A: 10, B: 20, C: 30}
    assert {str(each.payment_guid) for each in Payment.objects.all()} == {GUID}


def test_invoice_cloud_may_make_a_payment_of_its_own_for_each_account(three: Checkout) -> None:
    guids = (GUID, OTHER_GUID, "33333333-aaaa-4b6b-9a36-9b2f00c4d5e6")
    for number, guid in zip((C, A, B), guids, strict=True):
        say(three, number, PaymentGUID=guid, PaymentAmount="5.00")
    assert statuses(three)[-1] == "paid"
    assert Payment.objects.count() == 3


def test_an_account_is_named_in_any_spelling(three: Checkout) -> None:
    say(three, "Acct. 1000-0202")
    say(three, "0010000203", PaymentAmount="1.00")
    assert set(amounts(three)) == {B, C}


@pytest.mark.parametrize("number", ["10000204", "10000101", "nonsense", f"{A},{B},{C}"])
def test_an_account_that_the_checkout_does_not_pay_goes_to_review(
    three: Checkout, number: str
) -> None:
    say(three, number)
    assert verdicts(three) == [("review", "account")]
    assert statuses(three) == ["checking"] * 4  # it may be any of them
    assert not Payment.objects.exists()


def test_an_approval_that_names_no_account_is_never_guessed(three: Checkout) -> None:
    say(three, None)
    assert verdicts(three) == [("review", "unnamed")]
    assert statuses(three) == ["checking"] * 4


def test_a_decline_that_names_no_account_is_about_all_that_are_unpaid(three: Checkout) -> None:
    say(three, A)
    say(three, None, Approved="False", PaymentGUID=OTHER_GUID)
    assert statuses(three) == ["paid", "declined", "declined", "partly-paid"]
    say(three, None, Approved="False")  # of the payment that was approved
    assert verdicts(three)[-1] == ("review", "contradicts")


def test_declined_only_when_every_account_is(three: Checkout) -> None:
    say(three, A, Approved="False")
    assert statuses(three) == ["declined", "open", "open", "open"]
    say(three, B, Approved="False")
    say(three, C, Approved="False")
    assert statuses(three) == ["declined"] * 4
    say(three, B)  # with another card, which may have paid the others as well
    assert statuses(three) == ["open", "paid", "open", "partly-paid"]
    say(three, C, Approved="False", PaymentGUID=OTHER_GUID)
    assert statuses(three) == ["open", "paid", "declined", "partly-paid"]


def test_a_second_payment_of_one_account_is_for_review_and_holds_up_no_other(
    three: Checkout,
) -> None:
    say(three, A)
    say(three, A, PaymentGUID=OTHER_GUID)
    say(three, A, Approved="False")
    assert verdicts(three)[1:] == [("review", "second"), ("review", "contradicts")]
    assert statuses(three) == ["paid", "open", "open", "partly-paid"]


def test_the_same_content_counts_once_and_other_content_goes_to_review(three: Checkout) -> None:
    say(three, A, PaymentAmount="10.00")
    say(three, A, PaymentAmount="10.00")
    say(three, A, PaymentAmount="99.00")
    say(three, B, PaymentAmount="10.00")
    assert [one for one, _ in verdicts(three)] == ["approved", "repeated", "review", "approved"]
    assert amounts(three) == {A: 10, B: 10}


def test_an_invoice_more_of_one_account_is_added_to_it_alone(three: Checkout) -> None:
    say(three, A, PaymentAmount="10.00")
    say(three, A, InvoiceNumber="INV-2", PaymentAmount="2.00")
    say(three, B, InvoiceNumber="INV-2", PaymentAmount="7.00")
    assert amounts(three) == {A: 12, B: 7}


def test_one_payment_is_of_one_checkout_whatever_the_account(cast: Cast, three: Checkout) -> None:
    other = opened(cast, "10000204", "10000205")
    say(three, A)
    say(other, "10000204")
    assert verdicts(other) == [("review", "known")]
    assert amounts(other) == {}


@pytest.mark.django_db(transaction=True)
def test_one_payment_told_to_two_checkouts_at_once_is_of_one(cast: Cast) -> None:
    """The same content, so no account: each checkout would take it for its own."""
    first, second = opened(cast, A), opened(cast, B)
    nameless = postback_fields(first, AccountNumber=None, BillerReference=None)
    at_once(
        lambda: send_postback(Client(), first, nameless),
        lambda: send_postback(Client(), second, nameless),
    )
    assert sorted(verdicts(first) + verdicts(second)) == [("approved", ""), ("review", "known")]
    assert PaymentLine.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_all_accounts_at_once_are_all_there(cast: Cast) -> None:
    checkout = members(cast, A, B, C, member=cast.manager)
    at_once(
        *[
            lambda number=number: say(checkout, number, PaymentAmount="5.00")
            for number in (A, B, C) * 2
        ]
    )
    assert statuses(checkout)[-1] == "paid"
    assert sorted(amounts(checkout).values()) == [5, 5, 5]


def test_staff_share_a_payment_that_names_no_account(
    finance: Client, cast: Cast, three: Checkout
) -> None:
    say(three, C, PaymentAmount="3.00", PaymentGUID=OTHER_GUID)
    say(three, None, PaymentAmount="30.00", ConvenienceFee="2.00")
    postback = Postback.objects.get(verdict="review")
    address = f"/admin/payments/postback/{postback.pk}/review/"
    page = finance.get(address).content.decode()
    assert "Paid for account 10000201" in page
    assert "Paid for account 10000203" not in page
    first, second = (cast.account(number).pk for number in (A, B))
    sent = {"decision": "accepted", "note": "Asked.", "seen": ""}
    shares = {f"amount_{first}": "10.00", f"amount_{second}": "21.00"}
    page = finance.post(address, sent | shares).content.decode()
    assert "must add up to $30.00" in page
    assert Payment.objects.count() == 1
    answer = finance.post(address, sent | shares | {f"amount_{second}": "20.00"})
    assert answer.status_code == 302
    assert amounts(three) == {A: 10, B: 20, C: 3}
    assert statuses(three)[-1] == "paid"
    assert sum(each.fee for each in Payment.objects.all()) == Decimal("4.50")


def decide(cast: Cast, decision: str, **amounts: int) -> None:
    postback = Postback.objects.awaiting_decision().get()
    shares = {cast.account(key[1:]).pk: Decimal(amount) for key, amount in amounts.items()}
    facts = {"decision": decision, "note": "Asked.", "seen": None, "amounts": shares}
    review.decide(postback, by=clerk(cast), **facts)


def test_of_the_accounts_that_an_accepted_postback_did_not_pay_nothing_is_known(
    cast: Cast, three: Checkout
) -> None:
    say(three, None, PaymentAmount="30.00")
    decide(cast, "accepted", _10000201=10, _10000202=20)
    assert statuses(three) == ["paid", "paid", "open", "partly-paid"]
    Checkout.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert age_checkouts() == 1
    say(three, C, PaymentAmount="1.00")
    assert not Checkout.objects.unconfirmed().exists()


def test_of_the_unpaid_accounts_nothing_is_known_when_somebody_decides_days_later(
    cast: Cast, three: Checkout
) -> None:
    say(three, None, PaymentAmount="30.00")
    long_ago = timezone.now() - timedelta(days=3)
    Checkout.objects.update(created_at=long_ago)
    Postback.objects.update(received_at=long_ago)
    assert age_checkouts() == 0
    decide(cast, "accepted", _10000201=10, _10000202=20)
    PaymentLine.objects.update(recorded_at=long_ago)
    assert age_checkouts() == 1


def test_of_the_accounts_that_a_reversal_was_not_about_nothing_is_known(
    cast: Cast, three: Checkout
) -> None:
    say(three, A, PaymentAmount="10.00", ConvenienceFee="")
    say(three, None, PaymentAmount="-10.00", ConvenienceFee="", PaymentMessage="RETURNED")
    event = review.Event(kind=ReversalKind.RETURNED, amount=Decimal(10), happened_at=timezone.now())
    postback = Postback.objects.awaiting_decision().get()
    review.record_reversal(postback, event, by=clerk(cast), note="Asked.", seen=None)
    assert statuses(three) == ["reversed", "open", "open", "partly-paid"]
    assert to_pay_again(parts_of(three)) == [cast.account(A)]


def test_a_rejected_postback_says_no_more_of_what_is_paid_later(
    cast: Cast, three: Checkout
) -> None:
    say(three, None)
    decide(cast, "rejected")
    assert statuses(three) == ["rejected"] * 4
    say(three, B, PaymentGUID=OTHER_GUID)
    assert statuses(three) == ["open", "paid", "open", "partly-paid"]
    say(three, None, PaymentGUID=OTHER_GUID)
    decide(cast, "rejected")
    assert statuses(three) == ["rejected", "paid", "rejected", "partly-paid"]


def test_declined_before_another_card_paid_one_account_the_others_are_not_offered(
    cast: Cast, client: Client
) -> None:
    both = members(cast, A, B, member=cast.manager)
    client.force_login(cast.manager)
    for number in (A, B, None):
        say(both, number, Approved="False", PaymentGUID=OTHER_GUID)
    again = f'href="/pay/quick/?account={cast.account(B).pk}"'
    say(both, A)
    assert statuses(both) == ["paid", "open", "partly-paid"]
    page = client.get(f"/pay/{both.address}/receipt/").content.decode()
    assert again not in page
    assert "while it is being confirmed" in page
    Checkout.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert age_checkouts() == 1
    assert again not in client.get(f"/pay/{both.address}/receipt/").content.decode()
    say(both, B, Approved="False")  # of the second card
    assert again in client.get(f"/pay/{both.address}/receipt/").content.decode()


@pytest.mark.parametrize("shares", [{}, {A: "30.00", C: "0.00"}, {A: "40.00", B: "-10.00"}])
def test_shares_that_are_no_shares_are_refused(
    cast: Cast, three: Checkout, shares: dict[str, str]
) -> None:
    say(three, None, PaymentAmount="30.00")
    made = {cast.account(number).pk: Decimal(amount) for number, amount in shares.items()}
    facts = {"decision": "accepted", "note": "x", "seen": None, "amounts": made}
    with pytest.raises(NotAcceptable):
        review.decide(Postback.objects.get(), by=clerk(cast), **facts)
    assert not Payment.objects.exists()


def test_rejected_it_is_about_no_account_any_more(finance: Client, three: Checkout) -> None:
    say(three, None)
    postback = Postback.objects.get()
    sent = {"decision": "rejected", "note": "Nothing came.", "seen": ""}
    finance.post(f"/admin/payments/postback/{postback.pk}/review/", sent)
    assert statuses(three) == ["rejected"] * 4
    assert Checkout.objects.get().status == Status.REJECTED


def test_what_becomes_of_one_account_is_of_that_one(cast: Cast, three: Checkout) -> None:
    for number in (A, B, C):
        say(three, number, PaymentAmount="10.00", ConvenienceFee="")
    returned(cast, Payment.objects.get(account__account_number=B))
    assert statuses(three) == ["paid", "reversed", "paid", "paid"]
    for number in (A, C):
        returned(cast, Payment.objects.get(account__account_number=number))
    assert statuses(three) == ["reversed"] * 4
    assert UtilityAccount.objects.filter(payments__checkout=three).count() == 3
