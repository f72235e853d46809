"""Whatever a list holds, in whatever order: no payment is matched twice, and the sums agree."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from payments.models import Payment, PaymentLine
from payments.models.reconciliation_line import ReconciliationLine
from tests.cast import Cast
from tests.payments.reconciliation.lists import day_after, line_of, matched, paid, strange

pytestmark = pytest.mark.any_database

ACCOUNTS, AMOUNTS, DAYS = ("10000101", "10000102"), ("84.20", "0.10", "19.99"), (0, 1, 2)
SPELLINGS = (str, str.upper, "{{{}}}".format, lambda guid: guid.replace("-", ""))
PAYMENT = st.tuples(*map(st.sampled_from, (ACCOUNTS, AMOUNTS, DAYS)))


@st.composite
def mentions(draw: DrawFn) -> dict[str, Any]:
    """How a line speaks of the payment at a place: by its GUID, its reference, or neither."""
    return {
        "place": draw(st.integers(0, 9)),
        "spelling": draw(st.sampled_from(SPELLINGS)),
        "names": draw(st.sampled_from(("guid", "guid", "reference", "neither"))),
        "amount": draw(st.sampled_from(("", "", "", "84.21"))),
        "invoice": draw(st.sampled_from(("", "INV-1", "INV-2"))),
    }


def written(mention: dict[str, Any], payments: list[Payment], cast: Cast) -> dict[str, str]:
    if mention["place"] >= len(payments):
        return strange(cast, Payment_GUID=str(UUID(int=mention["place"])))
    payment = payments[mention["place"]]
    line = line_of(payment, Invoice_Number=mention["invoice"])
    if mention["amount"]:
        line["Amount"] = mention["amount"]
    if mention["names"] == "guid":
        return line | {"Payment GUID": mention["spelling"](line["Payment GUID"])}
    line["Payment GUID"] = ""
    return line if mention["names"] == "reference" else line | {"Biller Reference": ""}


@given(
    made=st.lists(PAYMENT, max_size=7),
    said=st.lists(mentions(), min_size=1, max_size=14),
    twice=st.booleans(),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_payment_is_matched_twice_and_the_sums_agree(
    cast: Cast, made: list[Any], said: list[dict[str, Any]], twice: bool
) -> None:
    with transaction.atomic():
        payments = [
            paid(cast, account, amount, paid_at=day_after(day)) for account, amount, day in made
        ]
        lines = [written(mention, payments, cast) for mention in said]
        reconciliation = matched(cast.biller, *lines, *(lines if twice else ()))
        check(list(reconciliation.lines.all()), len(lines) * (1 + twice), payments)
        transaction.set_rollback(True, using=connection.alias)


def check(lines: list[ReconciliationLine], written: int, payments: list[Payment]) -> None:
    numbered = [line for line in lines if line.number]
    assert len(numbered) == written
    assert all(line.outcome != "unmatched" for line in lines)

    matches = [line for line in lines if line.outcome == "matched"]
    for payment in {line.payment_id for line in matches}:
        ours = [line for line in matches if line.payment_id == payment]
        # Several lines are one payment only as its invoices, by a name that all of them give.
        assert len({(line.payment_guid, line.found_by) for line in ours}) == 1
        assert len({line.invoice_number for line in ours}) == len(ours)
    there = PaymentLine.objects.filter(payment__in={line.payment_id for line in matches})
    assert sum(line.amount or 0 for line in matches) == sum(each.amount for each in there)

    found = {line.payment_id for line in numbered if line.payment_id}
    missed = [line.payment_id for line in lines if line.number is None]
    assert sorted([*found, *missed]) == sorted(payment.pk for payment in payments)
    assert all(line.payment_id is None for line in lines if line.outcome == "missing-here")
    missing_guids = {line.payment_guid for line in lines if line.outcome == "missing-here"}
    assert not missing_guids & {payment.payment_guid for payment in payments}


@given(st.permutations(range(6)))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_order_of_the_lines_decides_nothing(cast: Cast, order: list[int]) -> None:
    with transaction.atomic():
        first, second, third = (paid(cast, "10000101", amount) for amount in ("5", "6", "7"))
        nameless = {"Payment_GUID": "", "Biller_Reference": ""}
        lines = [
            line_of(first),
            line_of(second, Payment_GUID=""),
            line_of(third, **nameless),
            line_of(third, Amount="8.00", **nameless),
            strange(cast, Payment_GUID="0b8e3f6e-6f0d-4a57-8f6a-2f3f8d1c9a10"),
            strange(cast, Payment_GUID="", Amount="84.20"),
        ]
        made = matched(cast.biller, *(lines[place] for place in order))
        assert sorted(made.lines.values_list("amount", "outcome", "payment")) == [
            (Decimal(5), "matched", first.pk),
            (Decimal(6), "matched", second.pk),
            (Decimal(7), "matched", third.pk),
            (Decimal(8), "missing-here", None),
            (Decimal("84.20"), "missing-here", None),
            (Decimal("84.20"), "missing-here", None),
        ]
        transaction.set_rollback(True, using=connection.alias)
