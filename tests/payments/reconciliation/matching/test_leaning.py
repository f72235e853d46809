"""A line whose event was recorded from another source is decided anew when that record is taken
back."""

from decimal import Decimal

import pytest

from payments.management.commands.age_checkouts import Command
from payments.models import Reversal
from payments.models.reconciliation import Reconciliation
from payments.reconciliation import withdrawal
from payments.reconciliation.withdrawal import withdraw
from payments.reversals.services import NotReversed
from tests.cast import Cast
from tests.payments.reconciliation.lists import line_of, matched, on, outcomes, paid
from tests.payments.reversals.happened import anew, clerk, given_back, returned

pytestmark = pytest.mark.django_db
ALREADY, REVERSED = ("reversed", "already"), ("reversed", "")


def test_another_list_that_says_the_same_records_it_when_the_first_is_withdrawn(cast: Cast) -> None:
    payment = paid(cast)
    line = line_of(payment, Amount="-84.20", Fee="")
    first, second = matched(cast.biller, line), matched(cast.biller, line, line_of(paid(cast)))
    known = second.lines.get(number=2)
    assert outcomes(second)[0] == ALREADY
    assert known.known_as == Reversal.objects.get()
    withdraw(first, by=clerk(cast))
    assert outcomes(second)[0] == REVERSED
    assert anew(payment).net_amount == 0
    known.refresh_from_db()
    assert (known.reversal.kind, known.known_as) == ("refunded", None)
    withdraw(second, by=clerk(cast))
    assert anew(payment).net_amount == Decimal("84.20")


def test_of_two_other_lists_one_records_it(cast: Cast) -> None:
    payment = paid(cast)
    line = line_of(payment, Amount="-20.00", Fee="")
    first = matched(cast.biller, line)
    others = [matched(cast.biller, line, line_of(paid(cast))) for _ in range(2)]
    withdraw(first, by=clerk(cast))
    assert [outcomes(each)[0] for each in others] == [REVERSED, ALREADY]
    assert anew(payment).net_amount == Decimal("64.20")


def test_what_staff_take_back_is_uncertain_in_the_lists_that_say_it(cast: Cast) -> None:
    payment = paid(cast)
    returned(cast, payment, "84.20")
    later = line_of(payment, Amount="-84.20", Fee="", Date_Paid="11/20/2025", Card_Type="Refund")
    made = matched(cast.biller, later)
    assert outcomes(made)[0] == ALREADY
    given_back(cast, Reversal.objects.get())
    assert outcomes(made)[0] == ("ambiguous", "event")  # work, and no number
    assert anew(payment).net_amount == Decimal("84.20")


def test_the_other_list_was_never_confirmed(cast: Cast) -> None:
    payment = paid(cast)
    first = matched(cast.biller, line_of(payment, Amount="-84.20", Fee="", Date_Paid="11/20/2025"))
    second = matched(cast.biller, line_of(paid(cast)))
    line = second.lines.get(number=2)
    second.lines.filter(pk=line.pk).update(
        outcome="reversed", reason="already", known_as=Reversal.objects.get(), payment=payment,
        kind="chargeback", amount="84.20", paid_at=on(),
    )  # fmt: skip
    Reconciliation.objects.filter(pk=second.pk).update(report="chargebacks")
    withdraw(first, by=clerk(cast))
    assert outcomes(second)[0] == ("returned", "report")
    assert anew(payment).net_amount == Decimal("84.20")


def test_an_interrupted_withdrawal_is_taken_up_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    payments = [paid(cast) for _ in range(3)]
    made = matched(cast.biller, *[line_of(one, Amount="-84.20", Fee="") for one in payments])
    with monkeypatch.context() as patched:
        patched.setattr(withdrawal, "take_back_reversals", lambda _list: None)  # a killed worker
        withdraw(made, by=clerk(cast))
    assert Reversal.objects.count() == 3
    made.refresh_from_db()
    assert made.withdrawn_at
    Command().handle()  # it may be under way
    assert Reversal.objects.count() == 3
    withdrawal.take_back(Reversal.objects.earliest("pk"), by=clerk(cast))
    Reconciliation.objects.update(withdrawn_at=on())
    for _ in range(2):
        Command().handle()
    assert Reversal.objects.filter(kind="reinstated").count() == 3
    assert all(anew(one).net_amount == Decimal("84.20") for one in payments)


def test_two_workers_take_each_back_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = paid(cast)
    made = matched(cast.biller, line_of(payment, Amount="-84.20", Fee=""))

    def other_was_first(*_args: object, **_kinds: object) -> None:
        raise NotReversed("taken back")

    monkeypatch.setattr(withdrawal, "take_back", other_was_first)
    withdraw(made, by=clerk(cast))
    assert Reversal.objects.count() == 1
