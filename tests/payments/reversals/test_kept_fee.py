"""A payment that was returned while its fee was kept, as is usual: every page and file that says
what became of it says the same, and the fee can go back later."""

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from payments.checkout.recent import recent_activities
from payments.exports import PAYMENTS
from payments.models import Checkout, FailedAttempt, Payment, PaymentLine, Reversal
from payments.models.sums import dollars_of, is_reversed, received, reversed_since, state
from payments.reversals.services import NotReversed, Part, reverse, withdraw
from tests import cast as people
from tests.api.using import Program, token_of
from tests.cast import Cast
from tests.payments.paying import members, paid_lately, postback_fields, send_postback
from tests.payments.reconciliation.lists import paid
from tests.payments.reversals.happened import Kind, anew, by_staff, clerk, given_back, returned

pytestmark = pytest.mark.django_db
State = Payment.State
FEE = Decimal("2.50")


@pytest.fixture
def payment(cast: Cast) -> Payment:
    """$84.20 and a fee of $2.50, of which the amount was returned."""
    FailedAttempt.objects.create(
        biller=cast.biller, account=cast.account("10000101"), kind="unavailable", key="k"
    )
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    made = Payment.objects.get(checkout=checkout)
    Payment.objects.update(paid_at=timezone.now())
    made.account.posted_through = cast.biller.today()
    made.account.save()
    returned(cast, made, "84.20")
    return anew(made)


def page_of(cast: Cast, address: str, *, role: str = "administrator") -> str:
    browser = Client()
    known = User.objects.filter(email__startswith=f"{role}@").first()
    browser.force_login(known or people.staff(role, cast.biller))
    return words_of(browser.get(address, follow=True).content.decode())


def words_of(page: str) -> str:
    main = page[page.index("<main") :]
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", main))


def my_page(cast: Cast, address: str) -> str:
    browser = Client()
    browser.force_login(cast.laundry)
    return words_of(browser.get(address).content.decode())


def test_every_surface_calls_it_reversed(cast: Cast, payment: Payment) -> None:
    assert (payment.state, payment.net_total) == (State.REVERSED, FEE)
    assert payment.checkout
    assert payment.checkout.status == "reversed"
    assert Checkout.objects.with_status().get().status_value == "reversed"
    assert Program(token_of(cast.biller)).get().json()["payments"][0]["state"] == "reversed"
    admin = page_of(cast, f"/admin/payments/payment/{payment.pk}/change/")
    assert re.search(r"State: +reversed", admin)
    assert f"${FEE} · {payment.account} " in admin  # its title
    columns = {str(column.heading): column.value(payment) for column in PAYMENTS}
    assert columns["state"] == "reversed"
    account = page_of(cast, f"/admin/accounts/utilityaccount/{payment.account_id}/change/")
    customer = page_of(cast, f"/admin/accounts/member/{cast.laundry.pk}/change/")
    for page in (account, customer):
        assert "returned by the bank" in page
        assert "partly" not in page


def test_customers_read_that_it_is_not_paid(cast: Cast, payment: Payment) -> None:
    assert payment.checkout
    receipt = my_page(cast, f"/pay/{payment.checkout.address}/receipt/")
    assert "Fee not returned $2.50" in receipt
    assert "Net paid" not in receipt
    history = my_page(cast, "/pay/history/")
    assert "$2.50 fee not returned" in history
    for page in (receipt, history):
        assert "Returned" in page
        assert "Posted" not in page
    assert not payment.is_posted
    assert paid_lately(cast.laundry) == {}
    assert not recent_activities([payment.account])


def test_who_could_not_pay_has_not_paid_later(cast: Cast, payment: Payment) -> None:
    today = cast.biller.today().isoformat()
    report = f"/admin/payments/payment/late-fees/?first={today}&last={today}"
    assert "Not paid since 1" in page_of(cast, report)


def in_sql() -> tuple[str, Decimal, bool]:
    row = Payment.objects.annotate(
        row_state=state(), cents=received() + reversed_since()
    ).values_list("row_state", "cents")[0]
    return row[0], dollars_of(row[1]), Payment.objects.filter(is_reversed()).exists()


@pytest.mark.parametrize(
    "parts",
    [
        [],
        ["10.00"],
        ["0.10"] * 8,
        ["60.00", "24.20"],
        ["84.20"],
        ["84.20", "fee"],
        ["fee"],
        ["fee", "84.20"],
        ["back"],
    ],
)
def test_the_database_finds_the_same(cast: Cast, parts: list[str]) -> None:
    made = paid(cast, "10000101", "60.00", "24.20")
    for part in parts:
        if part == "back":
            given_back(cast, returned(cast, made))
        elif part == "fee":
            give_fee_back(cast, made)
        else:
            returned(cast, made, part)
    made = anew(made)
    assert in_sql() == (made.state, made.net_total, made.is_reversed)


def give_fee_back(cast: Cast, payment: Payment) -> Reversal:
    part = Part(amount=Decimal(0), fee=anew(payment).net_fee)
    return reverse(payment, Kind.REFUNDED, by_staff(cast), part)


def test_many_small_refunds_leave_exactly_nothing(cast: Cast) -> None:
    """SQLite would leave a fraction of a cent."""
    made = paid(cast, "10000101", "0.80")
    Payment.objects.update(paid_at=timezone.now())
    for _each in range(8):
        returned(cast, made, "0.10")
    assert paid_lately(cast.laundry) == {}
    assert PaymentLine.objects.with_cents_left().get().cents_left == 0
    assert in_sql()[0] == State.REVERSED


def test_the_fee_goes_back_later(cast: Cast, payment: Payment) -> None:
    staff = Client()
    staff.force_login(people.staff("finance", cast.biller))
    address = f"/admin/payments/payment/{payment.pk}/reverse/"
    assert 'value="2.50"' in staff.get(address).content.decode()
    entered = {
        "kind": "refunded",
        "amount": "0",
        "fee": "",
        "day": cast.biller.today().isoformat(),
        "note": "As agreed.",
        "seen": str(payment.reversals.get().pk),
    }
    page = staff.post(address, entered).content.decode()
    assert "Enter an amount above zero, or the fee." in page
    staff.post(address, {**entered, "fee": "2.50"})
    payment = anew(payment)
    assert payment.net_total == 0
    assert payment.last_reversal
    assert payment.last_reversal.kind == "returned"  # the fee does not say what became of it
    assert "Nothing of this payment is left" in page_of(cast, address, role="finance")


def test_with_a_kept_fee_it_can_still_be_withdrawn(cast: Cast) -> None:
    made = paid(cast, source="reconciliation")
    returned(cast, made, "84.20")
    address = f"/admin/payments/payment/{made.pk}/withdraw/"
    assert "Nothing of this payment is left" not in page_of(cast, address, role="finance")
    withdraw(made, by=clerk(cast), note="By mistake.")
    assert anew(made).net_total == 0
    with pytest.raises(NotReversed):
        withdraw(made, by=clerk(cast), note="By mistake.")
