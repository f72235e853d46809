"""Files and webhooks to one biller's CIS, and what the CIS makes of them: each line counts once, by
its key."""

import csv
import json
from collections import Counter
from decimal import Decimal
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from posting.files.building import build_due
from posting.files.content import content
from posting.models import PostingFile, PostingLayout, WebhookDelivery, WebhookEndpoint
from tests.cast import Cast
from tests.posting.lines import endpoint_at
from tests.posting.paying import layout_of
from tests.posting.receiver import Answering, WebhookReceiver, broken_off, status

# To each event: accepted; not accepted; accepted, and the answer is lost.
ANSWERS: dict[str, Answering] = {
    "accepted": status(200),
    "failed": status(500),
    "lost": broken_off,
}
Totals = dict[str, Decimal]  # amount and fee together


class Channels:
    def __init__(self, cast: Cast, cis: WebhookReceiver) -> None:
        self.cis = cis
        cis.received.clear()
        self.layout = layout_of(cast.biller)
        self.endpoint = endpoint_at(cast, cis.url)

    def build(self) -> None:
        """The next day's file."""
        PostingLayout.objects.update(built_for=None)
        build_due(PostingLayout.objects.get(pk=self.layout.pk), timezone.now())

    def send(self, answer: str = "accepted") -> None:
        """Sends what is due, as if all pauses were over."""
        self.cis.always = ANSWERS[answer]
        WebhookDelivery.objects.pending().update(next_attempt_at=timezone.now())
        WebhookEndpoint.objects.update(rests_until=None)
        call_command("send_webhooks", stdout=StringIO())

    def assert_posted_once(self, recorded: Totals) -> None:
        """Once everything is built and sent."""
        self.build()
        self.send()
        assert self.in_files() == recorded
        assert self.by_webhook() == recorded
        assert sum(PostingFile.objects.values_list("amount", flat=True)) + sum(
            PostingFile.objects.values_list("fee", flat=True)
        ) == sum(recorded.values())

    def in_files(self) -> Totals:
        texts = [b"".join(content(file)).decode() for file in PostingFile.objects.all()]
        rows = [row for text in texts for row in csv.DictReader(StringIO(text))]
        assert set(Counter(row["Key"] for row in rows).values()) <= {1}
        return {row["Key"]: Decimal(row["Amount"]) + Decimal(row["Fee"]) for row in rows}

    def by_webhook(self) -> Totals:
        """A receiver knows by its id what it has had before, and that it was the same."""
        events: dict[str, dict[str, Any]] = {}
        for each in self.cis.received:
            event = json.loads(each.body)
            assert events.setdefault(each.id, event) == event
        totals = {one["data"]["id"]: Decimal(one["data"]["total"]) for one in events.values()}
        assert len(totals) == len(events)
        return totals
