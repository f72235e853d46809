"""The process ends at every point between a reversal and what the CIS has of it, and goes on later:
nothing is posted twice, and nothing is missed."""

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django.fixtures import Settings

from payments.models import Payment, PaymentLine, ReversalLine
from posting.files.content import content
from posting.models import Destination, PostingFile
from tests import cast as people
from tests.faults.flows.points import Crash, Points, watched
from tests.payments.reversals.happened import clerk, returned
from tests.posting.channels import Channels
from tests.posting.paying import pay
from tests.posting.receiver import receiving
from tests.storm.billing_system import a_while_passes, next_day
from tests.storm.healing import everything_is_posted


class Posting:
    """Each story is another payment, so all that was posted before is there as well."""

    def __init__(self, cast: people.Cast, channels: Channels, folder: Path) -> None:
        self.cast, self.channels, self.folder = cast, channels, folder

    def tell(self, points: Points) -> Payment:
        payment = pay(self.cast, "80.00", "4.20", fee="1.25")
        next_day()
        with suppress(Crash), watched(points):
            self.act(payment)
        connection.close()
        return payment

    def act(self, payment: Payment) -> None:
        if not payment.reversals.exists():
            returned(self.cast, payment, "82.00")
        for command in ("post_payments", "send_webhooks"):
            call_command(command, stdout=StringIO())

    def go_on(self, payment: Payment) -> None:
        """Once every claim has ended, and on the next day."""
        for _quarter in range(3):
            a_while_passes()
        next_day()
        self.act(payment)

    def check(self) -> None:
        lines = [*PaymentLine.objects.all(), *ReversalLine.objects.all()]
        whole = sum((line.amount + line.fee for line in lines), Decimal())
        assert self.channels.in_files().keys() == self.channels.by_webhook().keys()
        assert len(self.channels.in_files()) == len(lines)
        for totals in (self.channels.in_files(), self.channels.by_webhook()):
            assert sum(totals.values()) == whole
        built = {file.name: b"".join(content(file)) for file in PostingFile.objects.all()}
        assert {each.name: each.read_bytes() for each in self.folder.iterdir()} == built


@pytest.fixture
def posting(transactional_db: None, tmp_path: Path, settings: Settings) -> Iterator[Posting]:
    settings.POSTING_FOLDER = str(tmp_path)
    cast = people.assemble(people.springfield())
    clerk(cast)
    Destination.objects.create(biller=cast.biller, kind=Destination.Kind.FOLDER)
    with receiving() as cis:
        yield Posting(cast, Channels(cast, cis), tmp_path / cast.biller.slug)


@pytest.mark.production
def test_a_crash_at_any_point_is_made_good(posting: Posting) -> None:
    points = Points()
    posting.tell(points)
    posting.check()
    assert len(points.passed) > 15
    for point in points.passed:
        payment = posting.tell(stopped := Points(stop_at=point))
        assert stopped.is_dead, point
        posting.go_on(payment)
        assert everything_is_posted(), point
    posting.check()
