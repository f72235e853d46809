"""A postback that names one of several accounts with the sum of all: nobody guesses whose it is."""

from decimal import Decimal

import pytest
from django.test import Client

from accounts.linked_accounts import kept
from accounts.linked_accounts.balance import Balance
from payments.checkout.recent import recent_activities
from payments.models import Checkout, Payment, Postback
from payments.models.checkout_account import AccountFacts
from payments.postbacks.services import read_again
from tests.cast import Cast
from tests.payments.paying import members, postback_fields, send_postback, verdicts

pytestmark = pytest.mark.django_db
A, B, C = "10000201", "10000202", "10000203"
OWED = {A: "10.00", B: "50.00", C: "24.20"}


def begun(cast: Cast, *numbers: str, owed: dict[str, str]) -> Checkout:
    known = {cast.account(number).pk: Decimal(amount) for number, amount in owed.items()}
    return members(cast, *numbers, member=cast.manager, known=AccountFacts(known))


@pytest.fixture
def three(cast: Cast) -> Checkout:
    return begun(cast, A, B, C, owed=OWED)


def say(checkout: Checkout, number: str, amount: str, **changes: str | None) -> None:
    said = {"AccountNumber": number, "PaymentAmount": amount, **changes}
    answer = send_postback(Client(), checkout, postback_fields(checkout, **said))
    assert answer.status_code == 200


def amounts() -> dict[str, Decimal]:
    payments = Payment.objects.select_related("account")
    return {each.account.account_number: each.amount for each in payments}


def test_the_sum_for_one_is_for_review_and_may_be_about_any(three: Checkout, cast: Cast) -> None:
    say(three, B, "84.20")
    assert verdicts(three) == [("review", "sum")]
    assert not Payment.objects.exists()
    assert set(three.statuses().values()) == {"checking"}
    warned = {each.account.account_number for each in recent_activities(three.ordered_accounts)}
    assert warned == {A, B, C}


def test_staff_accept_it_as_it_was_asked(finance: Client, three: Checkout, cast: Cast) -> None:
    say(three, B, "84.20")
    address = f"/admin/payments/postback/{Postback.objects.get().pk}/review/"
    page = finance.get(address).content.decode()
    assert "it names one account, but gives what all of the payment&#x27;s accounts owed" in page
    assert "$50.00, which this account owed" in page
    names = {number: f"amount_{cast.account(number).pk}" for number in OWED}
    for number, amount in OWED.items():
        assert f'name="{names[number]}" value="{amount}"' in page
    sent = {names[number]: amount for number, amount in OWED.items()}
    sent |= {"decision": "accepted", "note": "Asked.", "seen": ""}
    assert finance.post(address, sent).status_code == 302
    assert amounts() == {number: Decimal(amount) for number, amount in OWED.items()}
    assert sum(payment.fee for payment in Payment.objects.all()) == Decimal("2.50")
    assert set(three.statuses().values()) == {"paid"}


def test_staff_accept_all_of_it_for_the_account_that_it_names(
    finance: Client, three: Checkout, cast: Cast
) -> None:
    say(three, B, "84.20")
    address = f"/admin/payments/postback/{Postback.objects.get().pk}/review/"
    sent = {"decision": "accepted", "note": "Asked.", "seen": ""}
    sent[f"amount_{cast.account(B).pk}"] = "84.20"
    assert finance.post(address, sent).status_code == 302
    assert amounts() == {B: Decimal("84.20")}


def test_read_again_it_is_the_same(three: Checkout) -> None:
    say(three, B, "84.20")
    read_again(three)
    assert verdicts(three) == [("review", "sum")]


@pytest.mark.parametrize("amount", ["50.00", "60.00", "84.19", "100.00"])
def test_any_other_amount_is_what_the_customer_entered(three: Checkout, amount: str) -> None:
    say(three, B, amount)
    assert amounts() == {B: Decimal(amount)}


@pytest.mark.parametrize(
    ("numbers", "owed", "amount"),
    [
        ((A, B), {A: "0.00", B: "84.20"}, "84.20"),  # the others owed nothing
        ((A, B), {B: "84.20"}, "84.20"),  # what the other one owed is not known
        ((B,), {B: "50.00"}, "84.20"),
    ],
)
def test_where_nothing_is_in_doubt(
    cast: Cast, numbers: tuple[str, ...], owed: dict[str, str], amount: str
) -> None:
    checkout = begun(cast, *numbers, owed=owed)
    say(checkout, B, amount)
    assert amounts() == {B: Decimal(amount)}


def test_a_decline_of_the_sum_is_about_all(three: Checkout) -> None:
    say(three, B, "84.20", Approved="False")
    assert set(three.statuses().values()) == {"declined"}


def test_what_is_due_is_kept_when_the_page_opens(cast: Cast) -> None:
    for number in (A, B):
        kept.keep(cast.account(number).pk, Balance(amount=Decimal(OWED[number])))
    manager = Client()
    manager.force_login(cast.manager)
    chosen = [cast.account(number).pk for number in (A, B, C)]
    manager.post("/pay/quick/", {"account": chosen, "listed": "yes"})
    parts = Checkout.objects.get().parts.all()
    assert [part.owed for part in parts] == [Decimal("10.00"), Decimal("50.00"), None]
