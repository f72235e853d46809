"""A payment that is missing here can be added though a part of it was refunded."""

from decimal import Decimal

import pytest
from django.test import Client

from payments.models import Payment, Reversal
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from payments.reconciliation import resolution
from payments.reconciliation.resolution import NotResolved, add_payment, obstacle
from tests.cast import Cast
from tests.payments.reconciliation.lists import DAY, finance, matched, outcomes, strange
from tests.payments.reconciliation.test_admin import LIST
from tests.payments.reversals.happened import anew, clerk

pytestmark = pytest.mark.django_db
LATER = f"{DAY:%m/%d/%Y} 5:04:05 PM"
REVERSED = ("reversed", "")


def part(payment: dict[str, str], amount: str = "-20.00", date: str = LATER) -> dict[str, str]:
    return {**payment, "Amount": amount, "Fee": "", "Date Paid": date}


def missing(made: Reconciliation) -> ReconciliationLine:
    return made.lines.get(outcome="missing-here")


def test_what_is_left_of_it_is_received(client: Client, cast: Cast) -> None:
    paid = strange(cast, Amount="100.00")
    made = matched(cast.biller, paid, part(paid), part(paid, "-5.00"))
    line = missing(made)
    client.force_login(finance(cast.biller))
    page = client.get(f"{LIST}{made.pk}/line/{line.pk}/").content.decode()
    assert "$25.00 of this payment went back" in page
    assert obstacle(line) == ""
    payment = add_payment(line, note="x", by=clerk(cast))
    assert anew(payment).net_amount == Decimal("75.00")
    assert outcomes(made) == [("missing-here", ""), REVERSED, REVERSED]
    assert {each.list_line.reconciliation for each in Reversal.objects.all()} == {made}


def test_what_another_list_says_is_recorded_once(cast: Cast) -> None:
    paid = strange(cast, Amount="100.00")
    other = matched(cast.biller, part(paid))
    made = matched(cast.biller, paid, part(paid))
    payment = add_payment(missing(made), note="x", by=clerk(cast))
    assert anew(payment).net_amount == Decimal("80.00")
    assert {outcomes(made)[1], outcomes(other)[0]} == {REVERSED, ("reversed", "already")}


def test_a_list_that_is_being_matched_is_left_to_itself(cast: Cast) -> None:
    paid = strange(cast, Amount="100.00")
    other = matched(cast.biller, part(paid))
    made = matched(cast.biller, paid)
    Reconciliation.objects.filter(pk=other.pk).update(matched_at=None)
    add_payment(missing(made), note="x", by=clerk(cast))
    assert not Reversal.objects.exists()
    assert outcomes(other)[0][0] == "returned"  # work


@pytest.mark.parametrize(
    "changes",
    [
        {"Amount": "-100.00"},
        {"Amount": "-60.00", "repeated": "yes"},
        {"Amount": "-20.00", "Card Type": "Refund declined"},
        {"Amount": "0.00", "Card Type": "Refund"},
        {"Amount": "100.00", "Card Type": "Void"},
    ],
)
def test_if_nothing_is_left_or_that_is_not_known_it_cannot_be_added(
    cast: Cast, changes: dict[str, str]
) -> None:
    paid = strange(cast, Amount="100.00")
    times = 2 if changes.pop("repeated", "") else 1
    made = matched(cast.biller, paid, *[part(paid) | changes] * times)
    with pytest.raises(NotResolved, match="was returned, is void"):
        add_payment(missing(made), note="x", by=clerk(cast))
    assert not Payment.objects.exists()


def test_what_another_list_says_meanwhile_is_seen(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = strange(cast, Amount="100.00")
    made = matched(cast.biller, paid)
    lock = resolution.check_matched

    def locked_too_late(line: ReconciliationLine) -> None:
        matched(cast.biller, part(paid, "-100.00"))
        lock(line)

    monkeypatch.setattr(resolution, "check_matched", locked_too_late)
    with pytest.raises(NotResolved, match="was returned, is void"):
        add_payment(missing(made), note="x", by=clerk(cast))
    assert not Payment.objects.exists()
