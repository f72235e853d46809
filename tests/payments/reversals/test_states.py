"""The states of a payment: every edge the code has stands in docs/state-machines.md, no other."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from payments.models import Payment, Reversal
from payments.reversals.services import NotReversed, withdraw
from tests.cast import Cast
from tests.documents.state_diagrams import Edge, edges_of
from tests.payments.reconciliation.lists import paid
from tests.payments.reversals.happened import anew, clerk, given_back, returned

pytestmark = [pytest.mark.any_database, pytest.mark.django_db]
Action = Callable[[Payment], Any]


def actions(cast: Cast) -> list[tuple[str, Action]]:
    def reinstate_each(place: int) -> Action:
        def act(payment: Payment) -> None:
            some = Reversal.objects.in_effect().filter(payment=payment)
            for one in some[place : place + 1]:
                given_back(cast, one)

        return act

    return [
        ("reverse", lambda payment: returned(cast, payment)),
        ("reverse", lambda payment: returned(cast, payment, "10.00")),
        ("withdraw", lambda payment: withdraw(payment, by=clerk(cast), note="By mistake.")),
        ("reinstate", reinstate_each(0)),
        ("reinstate", reinstate_each(1)),
    ]


def walk(cast: Cast, payment: Payment, depth: int, seen: set[Any]) -> Iterator[Edge]:
    before, taken = anew(payment).state, [each.total for each in Reversal.objects.in_effect()]
    if (depth, *sorted(taken)) in seen:
        return
    seen.add((depth, *sorted(taken)))
    for label, act in actions(cast) if depth else []:
        with transaction.atomic():
            with contextlib.suppress(NotReversed):
                act(payment)
            after = anew(payment).state
            if after != before:
                yield str(before.value), str(after.value), label
            yield from walk(cast, payment, depth - 1, seen)
            transaction.set_rollback(True)


def test_the_edges_are_those_of_the_diagram(cast: Cast) -> None:
    payment = paid(cast, source="decision")
    assert set(walk(cast, payment, 3, set())) == edges_of("Payment")
