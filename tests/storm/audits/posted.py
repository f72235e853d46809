"""Compares what was posted to the CIS with what is recorded: each line once, to the cent."""

import csv
import json
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from io import StringIO

import time_machine
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from payments.models import Payment, PaymentLine, Reversal, ReversalLine
from posting.files.content import content
from posting.models import PostingFile, WebhookDelivery
from tests.storm.billing_system import BillingSystem
from tests.storm.people.clerk import Clerk

Totals = dict[str, Decimal]  # amount and fee together, by the key of the line


def posted(cis: BillingSystem, clerk: Clerk) -> list[str]:
    lines = recorded()
    shown = sum((payment.net_total for payment in Payment.objects.all()), Decimal())
    wrong = [] if shown == sum(lines.values()) else ["customers see another sum than was recorded"]
    return [*wrong, *files(cis, lines), *webhooks(cis, lines), *reversals(clerk)]


def recorded() -> Totals:
    paid = {f"P{one.pk}": one.amount + one.fee for one in PaymentLine.objects.all()}
    return paid | {f"R{one.pk}": one.amount + one.fee for one in ReversalLine.objects.all()}


def files(cis: BillingSystem, lines: Totals) -> list[str]:
    """Each built file is there, complete, and each line is in exactly one of them."""
    there, wrong = cis.files(), []
    rows: list[tuple[str, Decimal]] = []
    for file in PostingFile.objects.order_by("number"):
        if there.pop(file.name, set()) != {b"".join(content(file))}:
            wrong.append(f"{file.name} is not there, or not as it was built")
        text = b"".join(content(file)).decode()
        for row in csv.DictReader(StringIO(text)):
            rows.append((row["Key"], Decimal(row["Amount"]) + Decimal(row["Fee"])))
    wrong += [f"nobody built {name}" for name in there]
    return wrong + differences("in the files", rows, lines)


def webhooks(cis: BillingSystem, lines: Totals) -> list[str]:
    """The first event of each id counts, as for a receiver; later ones must be the same."""
    bodies: dict[str, bytes] = {}
    wrong, verify = [], Webhook(cis.endpoint.secret).verify
    for each in list(cis.hooks.received):
        sent_at = int(each.headers["webhook-timestamp"])  # by a clock that may have jumped
        try:
            with time_machine.travel(sent_at):
                verify(each.body, dict(each.headers.items()))
        except WebhookVerificationError:
            wrong.append(f"{each.id} has a wrong signature")
        if bodies.setdefault(each.id, each.body) != each.body:
            wrong.append(f"{each.id} came again and says something else")
    facts = [json.loads(body)["data"] for body in bodies.values()]
    rows = [(each["id"], Decimal(each["total"])) for each in facts]
    undelivered = WebhookDelivery.objects.exclude(state=WebhookDelivery.State.DELIVERED).count()
    wrong += [f"{undelivered} webhooks are not known to be delivered"] if undelivered else []
    return wrong + differences("by webhook", rows, lines)


def differences(where: str, rows: Iterable[tuple[str, Decimal]], lines: Totals) -> list[str]:
    there, here = Counter(rows), Counter(lines.items())
    missed = [f"not posted {where}, or not so: {key} {total}" for key, total in here - there]
    return missed + [
        f"posted twice {where}, or not so: {key} {total}" for key, total in there - here
    ]


def reversals(clerk: Clerk) -> list[str]:
    """Each reversal shown as saved is saved once, and so is each event of the lists."""
    made = Reversal.objects.filter(source=Reversal.Source.STAFF).count()
    wrong = []
    if not clerk.confirmed <= made <= clerk.confirmed + clerk.unknown:
        wrong.append(f"{made} reversals by staff, who were told of {clerk.confirmed}")
    of_lists = Reversal.objects.exclude(list_line=None).exclude(kind=Reversal.Kind.REINSTATED)
    events = Counter((one.payment_id, one.amount, one.happened_at) for one in of_lists)
    wrong += [f"an event of the lists was recorded {n} times" for n in events.values() if n > 1]
    taken = [one for one in PaymentLine.objects.all() if not 0 <= one.net_amount <= one.amount]
    return wrong + [f"more was taken back than was paid: P{one.pk}" for one in taken]
