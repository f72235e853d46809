"""Whatever is reported of true events, in whatever order and however often, nothing else becomes a
number, and once all work is done every surface shows what happened."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from icsso.billers.models import Biller
from payments.exports import PAYMENTS
from payments.late_fees.report import attempts, totals
from payments.models import (
    Checkout,
    FailedAttempt,
    Payment,
    PaymentLine,
    Reversal,
    ReversalLine,
)
from payments.reports.queries import REPORTS
from payments.reports.tables import Scope
from support.money import latest_payments
from tests.api.using import Program, token_of
from tests.cast import Cast
from tests.payments.paying import GUID
from tests.payments.reversals.truth import (
    HISTORIES,
    INVOICES,
    STEPS,
    ZERO,
    Happened,
    TruePayment,
    hour_of,
    payments,
)
from tests.payments.reversals.world import NUMBERS, World
from tests.posting.receiver import WebhookReceiver, receiving

pytestmark = [pytest.mark.any_database, pytest.mark.django_db]
Steps = list[tuple[str, int, int]]


def seen_by_customers(biller: Biller) -> Decimal:
    """On their receipts and in My payments."""
    return sum((each.net_total for each in Payment.objects.filter(biller=biller)), ZERO)


def reported(biller: Biller) -> Decimal:
    own, tomorrow = Biller.objects.filter(pk=biller.pk), timezone.localdate() + timedelta(days=1)
    table = REPORTS["payments-by-method"](Scope(billers=own, first=date(2025, 1, 1), last=tomorrow))
    return sum((row[-1] for row in table.rows if isinstance(row[-1], Decimal)), ZERO)


def told_by_api(biller: Biller) -> Decimal:
    answer = Program(token_of(biller)).get(updated_since="2025-01-01T00:00:00Z").json()
    return sum((Decimal(each["net_total"]) for each in answer["payments"]), ZERO)


def exported(biller: Biller) -> Decimal:
    """The column “net” of the export."""
    [net] = [column for column in PAYMENTS if str(column.heading) == "net"]
    rows = Payment.objects.filter(biller=biller).with_net()
    return sum((net.value(each) for each in rows), ZERO)


def shown_to_staff(biller: Biller) -> Decimal:
    """On the pages of customers and accounts."""
    rows = latest_payments(Q(biller=biller), number=1000)
    return sum((row.net for row in rows), ZERO)


def could_not_pay(biller: Biller) -> dict[str, bool]:
    """What the report of late fees says of each account: whether it was paid later."""
    days = date(2025, 1, 1), timezone.localdate() + timedelta(days=1)
    scope = Scope(billers=Biller.objects.filter(pk=biller.pk), first=days[0], last=days[1])
    found = attempts(scope)
    told = {each.account.account_number: each.paid_later_at is not None for each in found}
    assert totals(found).unpaid == list(told.values()).count(False)
    return told


# Each sum of all payments of a biller that must be the true one. Other packages may add theirs.
SUMS: list[Callable[[Biller], Decimal]] = [
    seen_by_customers,
    reported,
    told_by_api,
    exported,
    shown_to_staff,
]


@pytest.fixture
def cis() -> Iterator[WebhookReceiver]:
    with receiving() as receiver:
        yield receiver


@given(
    truth=st.lists(payments(), min_size=1, max_size=2),
    steps=st.lists(STEPS, min_size=3, max_size=12),
)
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_shown_is_what_happened(
    cast: Cast, cis: WebhookReceiver, truth: list[TruePayment], steps: Steps
) -> None:
    with transaction.atomic():
        run(World(cast, cis, truth), steps)
        transaction.set_rollback(True)


def run(world: World, steps: Steps) -> None:
    fail_to_pay(world)
    for each in steps:
        before = everything_recorded()
        world.step(*each)
        assert before <= everything_recorded()  # nothing is ever edited or deleted
        assert_nothing_untrue(world.truth)
        assert_late_fees_agree(world)
    world.finish()
    assert_nothing_untrue(world.truth)
    assert_all_true(world)


def fail_to_pay(world: World) -> None:
    """An hour before each is paid."""
    for checkout in world.checkouts:
        account = checkout.ordered_accounts[0]
        FailedAttempt.objects.create(
            biller=world.cast.biller,
            account=account,
            kind=FailedAttempt.Kind.UNAVAILABLE,
            at=hour_of(None) - timedelta(hours=1),
            key=f"before:{account.pk}",
        )


def assert_late_fees_agree(world: World) -> None:
    """An account counts as paid later while something of a payment is left, and no longer."""
    left = {each.account_id for each in Payment.objects.with_reversals() if each.net_amount}
    accounts = [checkout.ordered_accounts[0] for checkout in world.checkouts]
    paid = {account.account_number: account.pk in left for account in accounts}
    assert could_not_pay(world.cast.biller) == paid


def assert_nothing_untrue(truth: list[TruePayment]) -> None:
    """What is not known, or uncertain, may be open work, but no number."""
    by_guid = {each.guid: each for each in truth}
    for payment in Payment.objects.with_reversals():
        true = by_guid[payment.payment_guid]
        assert Counter(line.amount for line in payment.lines.all()) <= Counter(true.amounts)
        in_effect = Reversal.objects.in_effect().filter(payment=payment).prefetch_related("lines")
        went_back = Counter((each.amount, each.fee) for each in true.events)
        assert Counter((-one.amount, -one.fee) for one in in_effect) <= went_back
        assert all(line.net_amount >= 0 <= line.net_fee for line in payment.lines.all())
    in_sql = dict(Checkout.objects.all().with_status().values_list("pk", "status_value"))
    assert in_sql == {each.pk: each.status for each in Checkout.objects.all()}


def assert_all_true(world: World) -> None:
    net = {each.guid: each.net for each in world.truth}
    assert_late_fees_agree(world)
    left = [each.net_amount > 0 for each in world.truth]
    assert could_not_pay(world.cast.biller) == dict(zip(NUMBERS, left, strict=False))
    assert {each.payment_guid: each.net_total for each in Payment.objects.all()} == net
    true = sum(net.values(), ZERO)
    assert {each.__name__: each(world.cast.biller) for each in SUMS} == {
        each.__name__: true for each in SUMS
    }
    world.channels.assert_posted_once(recorded_totals())
    assert sum(world.channels.in_files().values()) == true
    assert sum(world.channels.by_webhook().values()) == true


def recorded_totals() -> dict[str, Decimal]:
    """What each paid and each reversed invoice comes to, by the key that names it for the CIS."""
    paid = {f"P{one.pk}": one.amount + one.fee for one in PaymentLine.objects.all()}
    return paid | {f"R{one.pk}": one.amount + one.fee for one in ReversalLine.objects.all()}


def everything_recorded() -> set[tuple[Any, ...]]:
    lines = PaymentLine.objects.values_list("pk", "payment", "amount", "fee")
    reversals = ReversalLine.objects.values_list("pk", "reversal", "payment_line", "amount", "fee")
    return {*lines, *reversals}


RETURNED, REFUNDED, WON = HISTORIES[1], HISTORIES[5], HISTORIES[4]


@pytest.mark.parametrize(
    ("history", "invoices", "steps", "reached"),
    [
        # A list records a refund, and a postback tells of it again.
        (
            REFUNDED,
            1,
            [("paid", 0, 0), ("listed", 0, 5), ("told", 0, 0), ("hurried clerk", 0, 0)],
            [("refunded", "list")],
        ),
        # The other way around, and again by phone and by a list without hours.
        (
            REFUNDED,
            1,
            [
                ("paid", 0, 0),
                ("told", 0, 0),
                ("hurried clerk", 0, 0),
                ("phoned", 0, 0),
                ("listed by days", 0, 5),
                ("clerk", 0, 0),
                ("told again", 0, 0),
                ("hurried clerk", 0, 0),
            ],
            [("refunded", "postback")],
        ),
        # Of two refunds of the same amount, each counts.
        (
            HISTORIES[6],
            1,
            [("paid", 0, 0), ("listed", 0, 1), ("told", 0, 1), ("clerk", 0, 0)],
            [("refunded", "list"), ("refunded", "postback")],
        ),
        # A further invoice after the first was returned.
        (
            RETURNED,
            2,
            [("paid", 0, 0), ("told", 0, 0), ("hurried clerk", 0, 0), ("paid", 0, 1)],
            [("returned", "postback")],
        ),
        # A dispute that was won, of a payment known from a list alone.
        (
            WON,
            1,
            [("listed", 0, 0), ("clerk", 0, 0), ("file built", 0, 0), ("phoned", 0, 0)],
            [("chargeback", "staff"), ("reinstated", "staff")],
        ),
        # A list that was withdrawn is not forgotten where another has the same.
        (
            RETURNED,
            1,
            [
                ("paid", 0, 0),
                ("listed", 0, 1),
                ("webhooks sent", 2, 0),
                ("list withdrawn", 0, 0),
                ("listed by days", 0, 5),
            ],
            [("returned", "list"), ("reinstated", "staff"), ("returned", "list")],
        ),
    ],
)
def test_what_the_steps_are_for(
    cast: Cast,
    cis: WebhookReceiver,
    *,
    history: tuple[Happened, ...],
    invoices: int,
    steps: Steps,
    reached: list[tuple[str, str]],
) -> None:
    """Else the test above might try nothing."""
    run(World(cast, cis, [TruePayment(UUID(GUID), INVOICES[:invoices], history)]), steps)
    assert list(Reversal.objects.order_by("pk").values_list("kind", "source")) == reached
