"""The verdicts of postbacks: their diagram, who writes them, and what holds in any order."""

import ast
import contextlib
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import StaffUser
from payments.checkout.aging import age_checkouts
from payments.models import Checkout, PaymentLine, Postback
from payments.models.postback import DecidedMeanwhile
from payments.postbacks.fields import read
from payments.postbacks.services import conclude, read_again, store
from payments.review.services import NotDecided, decide
from tests.cast import Cast
from tests.documents.state_diagrams import Edge, edges_of
from tests.payments.paying import GUID, HOSTED, OTHER_GUID, opened, postback_fields

ROOT = Path(__file__).parents[3]
ABOVE_THE_MODELS = ("payments", "inhance")  # no other package may import them
DECISIONS = ("accepted", "rejected", "open", "reversed")
Change = Callable[[Postback], Any]


@pytest.fixture
def staff(cast: Cast) -> StaffUser:
    return StaffUser.objects.create_superuser("finance@example.com")


def deciding(decision: str, staff: StaffUser) -> Change:
    def change(postback: Postback) -> None:
        seen = postback.decision.pk if postback.decision else None
        with contextlib.suppress(DecidedMeanwhile):
            postback.decide(decision, by=staff, note="Asked the bank.", seen=seen)

    return change


def test_the_edges_are_those_of_the_diagram(cast: Cast, staff: StaffUser) -> None:
    """Every transition is tried in every state."""
    changes: list[tuple[str, Change]] = [
        ("approve", Postback.approve),
        ("decline", Postback.decline),
        ("mark_repeated", Postback.mark_repeated),
        ("hold_for_review", lambda one: one.hold_for_review(Postback.Reason.APPROVED)),
        ("reopen", lambda one: one.reopen(payment_guid=None, account=None)),
        *(("decide", deciding(decision, staff)) for decision in DECISIONS),
    ]
    edges: set[Edge] = set()
    Postback.objects.create(checkout=opened(cast), fields={}, content_digest="1")

    def explore() -> None:
        """From the state it is in, which each change leaves as it was."""
        before = Postback.objects.get().concluded_at(None)[0]
        for label, change in changes:
            with transaction.atomic():
                change(Postback.objects.get())
                after = Postback.objects.get().concluded_at(None)[0]
                if before != after and (before, after, label) not in edges:
                    edges.add((before, after, label))
                    explore()
                transaction.set_rollback(True)

    explore()
    assert edges == edges_of("Postback verdict")


def test_a_verdict_is_given_once(cast: Cast) -> None:
    """Also to a process that read the postback before another one concluded it."""
    checkout = opened(cast)
    postback = Postback.objects.create(checkout=checkout, fields={}, content_digest="1")
    stale = Postback.objects.get()
    assert postback.approve()
    assert not stale.decline()
    assert not stale.hold_for_review(Postback.Reason.KNOWN)
    assert (stale.verdict, Postback.objects.get().verdict) == ("received", "approved")


@pytest.mark.parametrize("verdict", ["received", "approved", "declined", "repeated"])
def test_only_a_postback_in_review_can_be_decided(
    cast: Cast, staff: StaffUser, verdict: str
) -> None:
    postback = Postback.objects.create(
        checkout=opened(cast), fields={}, content_digest="1", verdict=verdict
    )
    for decision in DECISIONS:
        with pytest.raises(DecidedMeanwhile):
            postback.decide(decision, by=staff, note="Asked the bank.", seen=None)
    assert not postback.decisions.exists()


WRITTEN_BY_MODELS = {
    "verdict", "is_current", "hosted_url", "launched_at", "failed_at", "failure", "returned_at",
    "unconfirmed_at",
}  # fmt: skip
# The last one takes the person out of checkouts, which nobody can go on with then.
MODULES = {
    *("payments/models/postback.py", "payments/models/checkout.py", "payments/privacy.py"),
    "payments/checkout/aging.py",  # marks those that nobody called about
}


def test_nothing_else_writes_a_verdict_or_the_facts_of_a_checkout() -> None:
    written = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for package in ABOVE_THE_MODELS
        for path in (ROOT / package).rglob("*.py")
        if str(path.relative_to(ROOT)) not in MODULES and "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if _writes(node)
    ]
    assert not written


def _writes(node: ast.AST) -> bool:
    """An assignment to one of the attributes, or a keyword of `update`, `create` or the like."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        return node.attr in WRITTEN_BY_MODELS
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        is_query = node.func.attr in {"update", "create", "get_or_create", "update_or_create"}
        return is_query and any(each.arg in WRITTEN_BY_MODELS for each in node.keywords)
    return False


# What Invoice Cloud, or anyone who knows the address, may send.
CONTENTS = st.fixed_dictionaries(
    {
        "Approved": st.sampled_from(("True", "True", "False", "Yes")),
        "PaymentGUID": st.sampled_from((GUID, GUID, OTHER_GUID, "")),
        "InvoiceNumber": st.sampled_from(("INV-1", "INV-1", "INV-2", "")),
        "PaymentAmount": st.sampled_from(("84.20", "84.20", "10.00", "-1")),
    }
)
STEPS = st.one_of(
    st.tuples(st.just("store"), CONTENTS),
    st.tuples(st.just("receive"), CONTENTS),
    st.tuples(st.just("conclude"), st.none()),
    st.tuples(st.just("read again"), st.none()),
    st.tuples(st.just("age"), st.none()),
    st.tuples(st.just("decide"), st.tuples(st.integers(0, 3), st.sampled_from(DECISIONS))),
)


@given(steps=st.lists(STEPS, min_size=1, max_size=12))
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_holds_in_any_order_of_postbacks_decisions_and_conclusions(
    cast: Cast, staff: StaffUser, steps: list[tuple[str, Any]]
) -> None:
    with transaction.atomic():
        checkout = opened(cast)
        for name, detail in steps:
            before = lines()
            take_step(checkout, staff, name, detail)
            assert before.items() <= lines().items()  # an approval is never taken back
            is_paid = bool(lines())
            assert Checkout.objects.get().hosted_url == ("" if is_paid else HOSTED)
        conclude(checkout)
        assert sum(lines().values()) == sum(established().values())
        assert lines().keys() == established().keys()
        assert_the_same_again_changes_nothing(checkout)
        transaction.set_rollback(True)


def take_step(checkout: Checkout, staff: StaffUser, name: str, detail: Any) -> None:
    if name in {"store", "receive"}:
        store_postback(checkout, detail)
    if name in {"receive", "conclude"}:
        conclude(checkout)
    if name == "read again":
        read_again(checkout)
    if name == "age":
        age_checkouts()
    if name == "decide":
        decide_one(staff, *detail)


def store_postback(checkout: Checkout, contents: dict[str, str]) -> None:
    body = urlencode(postback_fields(checkout, PaymentDate="11/23/2025", **contents)).encode()
    store(checkout, read(query=b"", body=body))


def decide_one(staff: StaffUser, place: int, decision: str) -> None:
    """The postback at a place, whatever its verdict; only those for review can be decided."""
    postback = Postback.objects.order_by("pk")[place : place + 1].first()
    if not postback:
        return
    seen = postback.decision.pk if postback.decision else None
    with contextlib.suppress(NotDecided):
        decide(postback, by=staff, decision=decision, note="Asked the bank.", seen=seen)


def lines() -> dict[tuple[str, str], Decimal]:
    """What is recorded, by PaymentGUID and invoice number."""
    recorded = PaymentLine.objects.values_list("payment__payment_guid", "invoice_number", "amount")
    return {(str(guid), invoice): amount for guid, invoice, amount in recorded}


def established() -> dict[tuple[str, str], Decimal]:
    """What the believed postbacks say, each PaymentGUID and invoice number once."""
    believed = [
        one
        for one in Postback.objects.all()
        if one.concluded_at(None)[0] in {"approved", "accepted"}
    ]
    said = Counter(
        (one.fields["PaymentGUID"][0], one.fields["InvoiceNumber"][0]) for one in believed
    )
    assert set(said.values()) <= {1}
    return {
        (one.fields["PaymentGUID"][0], one.fields["InvoiceNumber"][0]): Decimal(
            one.fields["PaymentAmount"][0]
        )
        for one in believed
    }


def assert_the_same_again_changes_nothing(checkout: Checkout) -> None:
    before = lines(), Checkout.objects.get().status
    every = list(Postback.objects.order_by("pk"))
    for postback in every:
        store(checkout, postback.fields)
    conclude(checkout)
    again = Postback.objects.exclude(pk__in=[one.pk for one in every])
    assert set(again.values_list("verdict", flat=True)) <= {"repeated"}
    assert (lines(), Checkout.objects.get().status) == before
