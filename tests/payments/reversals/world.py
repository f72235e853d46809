"""The portal of one biller, to which true events are reported in any order, and again."""

import contextlib
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from django.db import transaction

from accounts.models import StaffUser
from payments.models import Postback, Reversal
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from payments.postbacks.fields import read
from payments.postbacks.services import conclude, store
from payments.reconciliation import recording
from payments.reconciliation.importing import AlreadyImported, import_list
from payments.reconciliation.matching import match
from payments.reconciliation.reading.columns import guess_columns
from payments.reconciliation.resolution import NotResolved, add_payment, last_key
from payments.reconciliation.resolution import resolve as resolve_line
from payments.reconciliation.withdrawal import NotWithdrawn
from payments.reconciliation.withdrawal import withdraw as withdraw_list
from payments.reversals.services import NotReversed, Part, reinstate, reverse
from payments.review import services as review
from tests.cast import Cast
from tests.payments.paying import opened, postback_fields
from tests.payments.reconciliation.lists import DAYS, csv_file
from tests.payments.reversals.happened import by_staff, clerk
from tests.payments.reversals.truth import (
    FEE,
    WORDS,
    Happened,
    TruePayment,
    hour_of,
)
from tests.posting.channels import Channels
from tests.posting.receiver import WebhookReceiver

REFUSED = (NotReversed, NotResolved, NotWithdrawn, AlreadyImported, review.NotDecided)
Outcome = ReconciliationLine.Outcome
Told = tuple[TruePayment, Happened | None]  # an event, or that it was paid
NUMBERS = ("10000101", "10000102")


class World:
    """Every step reports what is true, or is a staff user's act; some are refused."""

    def __init__(self, cast: Cast, cis: WebhookReceiver, truth: list[TruePayment]) -> None:
        self.cast, self.truth = cast, truth
        self.by: StaffUser = clerk(cast)
        self.checkouts = [opened(cast, NUMBERS[place]) for place in range(len(truth))]
        self.channels = Channels(cast, cis)
        self.rows: dict[int, list[Told]] = {}  # of each list
        self.told: dict[int, Told] = {}  # of each postback
        self.acts: dict[str, Callable[[int, int], object]] = {
            "paid": self.paid,
            "told": self.tell,
            "told again": lambda p, e: self.tell(p, e, CardType="Amex"),
            "listed": self.upload,
            "listed by days": lambda p, e: self.upload(p, e, has_hours=False),
            "hurried clerk": self.hurry,
            "clerk": lambda p, e: self.decide_everything(),
            "phoned": self.phone,
            "list withdrawn": self.withdraw,
            "list matched again": lambda p, e: match(self.list_at(p)),
            "file built": lambda p, e: self.channels.build(),
            "webhooks sent": lambda p, e: self.channels.send(("accepted", "failed", "lost")[p % 3]),
        }

    def step(self, name: str, first: int, second: int) -> None:
        with tried():
            self.acts[name](first, second)

    # What Invoice Cloud says.

    def paid(self, p: int, i: int) -> None:
        place = p % len(self.truth)
        payment = self.truth[place]
        i %= len(payment.amounts)
        said = {"PaymentAmount": f"{payment.amounts[i]}", "InvoiceNumber": f"INV-{i + 1}"}
        self.post(place, (payment, None), None, **said)

    def tell(self, p: int, e: int, **changes: str) -> None:
        place = p % len(self.truth)
        payment = self.truth[place]
        if not payment.events:
            return
        e %= len(payment.events)
        event = payment.events[e]
        said = {
            "Approved": "False",
            "PaymentAmount": f"{event.amount}",
            "PaymentMessage": WORDS[event.kind],
        }
        if event.is_in_postbacks:
            self.post(place, (payment, event), e, **said, **changes)

    def post(self, place: int, told: Told, event: int | None, **said: str) -> None:
        checkout = self.checkouts[place]
        date = f"{hour_of(event):%m/%d/%Y %I:%M:%S %p}"
        fields = postback_fields(checkout, PaymentGUID=str(told[0].guid), PaymentDate=date, **said)
        made = store(checkout, read(query=b"", body=urlencode(fields).encode()))
        self.told[made.pk] = told
        conclude(checkout)

    def upload(self, p: int, e: int, *, has_hours: bool = True) -> None:
        """Of every payment, or one; with its events, or the first, or none."""
        chosen = self.truth if p % 3 == 0 else [self.truth[p % len(self.truth)]]
        rows: list[tuple[dict[str, str], Told]] = []
        for payment in chosen:
            account = self.checkouts[self.truth.index(payment)].ordered_accounts[0].account_number
            same = {"Payment GUID": str(payment.guid), "Account Number": account}
            for i, amount in enumerate(payment.amounts):
                row = facts(amount, FEE, hour_of(None), f"INV-{i + 1}", "Visa")
                rows.append((same | row, (payment, None)))
            shown = payment.events[: e % 3] if e < 3 else payment.events
            for place, event in enumerate(shown):
                row = facts(-event.amount, -event.fee, hour_of(place), "INV-1", WORDS[event.kind])
                if not has_hours:
                    row["Date Paid"] = row["Date Paid"].split()[0]
                rows.append((same | row, (payment, event)))
        self.take(rows)

    def take(self, rows: list[tuple[dict[str, str], Told]]) -> None:
        file = BytesIO(csv_file(*(row for row, _ in rows)))
        biller = self.cast.biller
        made = import_list(file, name="november.csv", biller=biller, days=DAYS, by=self.by)
        made.set_columns(guess_columns(made.header))
        self.rows[made.pk] = [told for _, told in rows]
        match(made)

    # What staff do.

    def list_at(self, place: int) -> Reconciliation:
        lists = list(Reconciliation.objects.in_force().order_by("pk"))
        return lists[place % len(lists)]

    def withdraw(self, place: int, _e: int) -> None:
        withdraw_list(self.list_at(place), by=self.by)

    def phone(self, p: int, e: int) -> None:
        """Invoice Cloud tells a clerk, who records it on the payment's page if it is not there."""
        true = self.truth[p % len(self.truth)]
        payment = true.recorded()
        if not payment or not true.events:
            return
        event = true.events[e % len(true.events)]
        if not true.may_be_recorded(event):
            reverse(payment, event.kind, by_staff(self.cast), part_of(event))

    def hurry(self, place: int, _e: int) -> None:
        """Saves what the page of a postback proposes without comparing."""
        waiting = list(Postback.objects.awaiting_decision().order_by("pk"))
        postback = waiting[place % len(waiting)]
        payment, event = review.payment_concerned(postback), self.told[postback.pk][1]
        if payment and event and not payment.is_reversed:
            proposed = review.proposed_event(postback, payment)
            review.record_reversal(postback, proposed, by=self.by, note="x", seen=seen(postback))

    def decide_everything(self) -> None:
        """A clerk who asks Invoice Cloud goes through all open work."""
        for postback in Postback.objects.awaiting_decision().order_by("pk"):
            with tried():
                self.decide(postback, *self.told[postback.pk])
        lists = Reconciliation.objects.in_force()
        lines = ReconciliationLine.objects.filter(reconciliation__in=lists, number__isnull=False)
        for line in lines.order_by("pk"):
            first = min(
                line.reconciliation.lines.exclude(number=None).values_list("number", flat=True)
            )
            with tried():
                self.settle(line, *self.rows[line.reconciliation_id][(line.number or 0) - first])

    def decide(self, postback: Postback, true: TruePayment, event: Happened | None) -> None:
        decision = "rejected"
        if event is None:
            decision = "rejected" if review.obstacle(postback) else "accepted"
        elif not true.may_be_recorded(event):
            payment = review.payment_concerned(postback)
            if payment and event.amount <= payment.net_amount:
                found = review.Event(
                    kind=event.kind,
                    amount=event.amount,
                    happened_at=postback.received_at,
                    seen=review.last_reversal(payment),
                    is_another=True,
                )
                review.record_reversal(
                    postback, found, by=self.by, note="Asked.", seen=seen(postback)
                )
                return
        review.decide(postback, by=self.by, decision=decision, note="Asked.", seen=seen(postback))

    def settle(self, line: ReconciliationLine, true: TruePayment, event: Happened | None) -> None:
        by, at = self.by, last_key(line.resolutions.all())
        if event is None:
            if line.outcome == Outcome.MISSING_HERE:
                add_payment(line, note="Asked.", by=by, seen=at)
            return
        if not recording.may_be_a_reversal(line) or line.resolutions.filter(kind="recorded"):
            return
        payment = true.recorded()
        if payment and not true.may_be_recorded(event):
            choice = recording.Choice(
                payment=payment,
                kind=str(event.kind),
                amount=event.amount,
                fee=min(abs(line.fee), payment.net_fee) if line.fee else None,
                note="Asked.",
            )
            recording.record_reversal(line, choice, by=by, seen=at)
        elif payment:
            resolve_line(line, kind="explained", note="Recorded before.", by=by, seen=at)

    # In the end.

    def finish(self) -> None:
        """All is reported once more, and staff do all open work."""
        for p, payment in enumerate(self.truth):
            for i in range(len(payment.amounts)):
                self.step("paid", p, i)
        self.decide_everything()
        with tried():
            self.upload(0, 5)
        for each in Reconciliation.objects.in_force().order_by("pk"):
            match(each)
        self.decide_everything()
        for payment in self.truth:
            for event in payment.events:
                if event.won:
                    self.reinstate(payment, event)

    def reinstate(self, true: TruePayment, event: Happened) -> None:
        payment = true.recorded()
        assert payment
        for made in Reversal.objects.in_effect().filter(payment=payment):
            if made.amount == -event.amount:
                reinstate(made, by_staff(self.cast))


@contextlib.contextmanager
def tried() -> Any:
    with contextlib.suppress(*REFUSED, ZeroDivisionError), transaction.atomic():
        yield


def seen(postback: Postback) -> int | None:
    last = postback.decisions.last()
    return last.pk if last else None


def part_of(event: Happened) -> Part:
    return Part(amount=event.amount, fee=event.fee or None)


def facts(amount: Decimal, fee: Decimal, at: Any, invoice: str, words: str) -> dict[str, str]:
    return {
        "Biller Reference": "",
        "Amount": f"{amount}",
        "Fee": f"{fee}" if fee else "",
        "Date Paid": f"{at:%m/%d/%Y %I:%M:%S %p}",
        "Card Type": words,
        "Invoice Number": invoice,
    }
