"""The states of a checkout: every edge the code has stands in docs/state-machines.md, and no other.

The walk tries every action in every state it reaches, undoes it and tries the next one.
"""

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import StaffUser
from payments.models import Checkout, Payment, Reversal
from payments.models.checkout import Status
from payments.models.postback import DecidedMeanwhile
from payments.postbacks.fields import read
from payments.postbacks.services import conclude, store
from payments.reversals.services import Evidence, reinstate, reverse
from payments.review.services import NotAcceptable, decide
from tests.cast import Cast
from tests.documents.state_diagrams import Edge, edges_of
from tests.payments.paying import GUID, HOSTED, opened, postback_fields

pytestmark = pytest.mark.any_database

DIAGRAM = edges_of("Checkout")
Action = Callable[[Checkout], Any]
Key = tuple[Any, ...]
State = tuple[str, Key]
Seen = dict[Key, int]
AFTERWARDS = {"reverse", "reinstate"}
LAUNCHING = {"opening", "open", "waiting", "failed", "unconfirmed"}


def age(by: timedelta) -> Action:
    """Lets time pass, by making the checkout older."""

    def pass_time(checkout: Checkout) -> None:
        if checkout.age() < by:
            created = timezone.now() - by - timedelta(seconds=5)
            Checkout.objects.filter(pk=checkout.pk).update(created_at=created)

    return pass_time


def storing(**changes: str) -> Action:
    """Stores a postback, unless one is waiting to be concluded: that keeps the walk short."""

    def store_postback(checkout: Checkout) -> None:
        if checkout.postbacks.received().exists():
            return
        body = urlencode(postback_fields(checkout, PaymentDate="11/23/2025", **changes)).encode()
        store(checkout, read(query=b"", body=body))

    return store_postback


def deciding(decision: str, by: StaffUser) -> Action:
    def decide_oldest(checkout: Checkout) -> None:
        postback = checkout.postbacks.filter(verdict="review").first()
        if not postback:
            return
        seen = postback.decision.pk if postback.decision else None
        with contextlib.suppress(DecidedMeanwhile, NotAcceptable):
            decide(postback, by=by, decision=decision, note="Asked the bank.", seen=seen)

    return decide_oldest


def add_payment(checkout: Checkout) -> None:
    """As reconciliation adds the payment of an unpaid checkout."""
    if not checkout.payments.exists():
        Payment.objects.create(
            biller=checkout.biller,
            account=checkout.ordered_accounts[0],
            checkout=checkout,
            payment_guid=UUID(GUID),
            paid_at=timezone.now(),
            source="reconciliation",
        )


@pytest.fixture
def staff(cast: Cast) -> StaffUser:
    return StaffUser.objects.create_superuser("finance@example.com")


def launch_actions() -> dict[str, list[Action]]:
    return {
        "mark_opened": [lambda checkout: checkout.mark_opened(HOSTED)],
        "mark_failed": [lambda checkout: checkout.mark_failed(Checkout.Failure.REFUSED)],
        "mark_returned": [Checkout.mark_returned],
        "30 seconds": [age(Checkout.LAUNCH_TIMEOUT)],
        "60 minutes": [age(Checkout.UNCONFIRMED_AFTER)],
        "store": [storing()],
        "add_payment": [add_payment],
    }


def postback_actions(staff: StaffUser) -> dict[str, list[Action]]:
    return {
        "store": [storing(), storing(Approved="False"), storing(Approved="Yes")],
        "conclude": [conclude],
        "decide": [deciding(each, staff) for each in ("accepted", "rejected", "open")],
        "add_payment": [add_payment],
    }


def walk(
    pk: int,
    actions: dict[str, list[Action]],
    *,
    depth: int,
    within: set[str],
    seen: Seen,
    now: State | None = None,
) -> Iterator[Edge]:
    """Yields each change of status, as far as `depth` actions lead and from the states `within`.

    now: the state this walk begins in, when it is known.
    """
    before, key = now or look_at(pk)
    if before == Status.PAID:
        depth = min(depth, 1)  # tried once from here; longer ways are in `test_verdicts`
    if depth == 0 or before not in within or seen.get(key, 0) >= depth:
        return
    if key not in seen:
        assert before == in_sql(pk)
    seen[key] = depth
    checkout = Checkout.objects.get(pk=pk)
    for label in [label for label in actions if not is_impossible(label, checkout)]:
        for act in actions[label]:
            with transaction.atomic():
                act(Checkout.objects.get(pk=pk))
                after = look_at(pk)
                if after[0] != before:
                    yield before, after[0], label
                yield from walk(pk, actions, depth=depth - 1, within=within, seen=seen, now=after)
                transaction.set_rollback(True)


def is_impossible(label: str, checkout: Checkout) -> bool:
    """A launch is never answered after an hour, and 30 seconds pass before 60 minutes do."""
    if label in {"mark_opened", "mark_failed"}:
        return checkout.age() > Checkout.UNCONFIRMED_AFTER
    is_launching = not checkout.launched_at and not checkout.failed_at
    return label == "60 minutes" and is_launching and not checkout.has_timed_out()


def look_at(pk: int) -> State:
    """Returns the status, and all that the future of the checkout depends on."""
    checkout = Checkout.objects.with_deciding_postbacks().get(pk=pk)
    verdicts = [(one.content_digest, one.concluded_at(None)[0]) for one in checkout.postbacks.all()]
    key = (
        bool(checkout.launched_at),
        bool(checkout.failed_at),
        bool(checkout.returned_at),
        checkout.age() > Checkout.LAUNCH_TIMEOUT,
        checkout.age() > Checkout.UNCONFIRMED_AFTER,
        bool(checkout.payments.all()),
        tuple(sorted(verdicts)),
    )
    return str(checkout.status.value), key


def in_sql(pk: int) -> str:
    found = Checkout.objects.filter(pk=pk).with_status().values_list("status_value", flat=True)
    return str(found.get())


@pytest.mark.django_db
def test_the_edges_of_the_launch_are_those_of_the_diagram(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than this test can take on any machine.
    monkeypatch.setattr(Checkout, "LAUNCH_TIMEOUT", timedelta(minutes=30))
    checkout = opened(cast, launched_at=None, hosted_url="")
    edges = set(walk(checkout.pk, launch_actions(), depth=4, within=LAUNCHING, seen={}))
    assert edges == {edge for edge in DIAGRAM if edge[0] in LAUNCHING}


@pytest.mark.django_db
def test_the_edges_that_postbacks_make_are_those_of_the_diagram(
    cast: Cast, staff: StaffUser
) -> None:
    """From a page that is open; what leads out of the other states of a launch is tested above."""
    checkout, states = opened(cast), {str(status.value) for status in Status}
    edges = set(walk(checkout.pk, postback_actions(staff), depth=6, within=states, seen={}))
    drawn = {edge for edge in DIAGRAM if edge[0] not in LAUNCHING and edge[2] not in AFTERWARDS}
    from_open = {(start, end, label) for start, end, label in edges if start == "open"}
    assert edges - from_open == drawn
    assert {end for _start, end, _label in from_open} == {"checking", "paid"}


@pytest.mark.django_db
def test_what_becomes_of_a_payment_is_seen_by_its_checkout(cast: Cast, staff: StaffUser) -> None:
    """Between these two states. A postback that comes then changes neither."""
    checkout = opened(cast)
    storing()(checkout)
    conclude(checkout)
    evidence = Evidence(
        source=Reversal.Source.STAFF, by=staff, note="Asked.", happened_at=timezone.now()
    )
    statuses = [look_at(checkout.pk)[0]]
    made = reverse(Payment.objects.get(), Reversal.Kind.RETURNED, evidence)
    for changes in ({"InvoiceNumber": "INV-2"}, {"Approved": "False"}):
        storing(**changes)(checkout)
        conclude(checkout)
        assert look_at(checkout.pk)[0] == in_sql(checkout.pk) == "reversed"
    assert {one.verdict for one in checkout.postbacks.all()} == {"approved", "review"}
    statuses.append(look_at(checkout.pk)[0])
    reinstate(made, evidence)
    statuses.append(look_at(checkout.pk)[0])
    labels = ("reverse", "reinstate")
    seen = set(zip(statuses, statuses[1:], labels, strict=False))
    assert seen == {edge for edge in DIAGRAM if edge[2] in AFTERWARDS}


@pytest.mark.django_db
def test_a_transition_made_by_another_process_is_not_made_again(cast: Cast) -> None:
    """Each method is a conditional update: a stale copy of the row changes nothing."""
    checkout = opened(cast, launched_at=None, hosted_url="")
    stale = Checkout.objects.get(pk=checkout.pk)
    assert checkout.mark_opened(HOSTED)
    assert not stale.mark_failed(Checkout.Failure.UNAVAILABLE)
    assert not stale.mark_opened("https://pay.example/another")
    assert checkout.mark_returned()
    assert not stale.mark_returned()
    assert not stale.retire()
    checkout.refresh_from_db()
    assert (checkout.hosted_url, checkout.failed_at, checkout.failure) == (HOSTED, None, "")


@pytest.mark.django_db
def test_a_page_that_opens_after_the_payment_stays_closed(cast: Cast) -> None:
    checkout = opened(cast, launched_at=None, hosted_url="")
    add_payment(checkout)
    checkout.close_or_retire()
    assert not checkout.mark_opened(HOSTED)
    assert Checkout.objects.get().hosted_url == ""
