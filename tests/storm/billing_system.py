"""The CIS: a folder, an SFTP server, and a webhook receiver, all of them unreliable."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from uuid import uuid4

from django.db.models import F
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.models import UtilityAccount
from icsso.billers.models import Biller
from payments.models import Payment
from posting.models import Destination, PostingFile, PostingLayout, WebhookDelivery, WebhookEndpoint
from posting.webhooks.signing import new_secret
from tests.posting.files.sftp_server import PASSWORD, USER, FakeServer, sftp_server
from tests.posting.paying import layout_of
from tests.posting.receiver import WebhookReceiver, broken_off, late, receiving, status

ENDLESS = 1 << 40  # bytes
ANSWERS = (
    *[status(200)] * 4,
    *(status(500), status(429, Retry_After="1"), status(404), broken_off),
    *(late(2), late(12)),  # in time, and after the portal has stopped listening
)
A_WHILE, A_YEAR = timedelta(minutes=15), timedelta(days=365)


class BillingSystem:
    def __init__(self, folder: Path, server: FakeServer, hooks: WebhookReceiver) -> None:
        self.folder, self.server, self.hooks = folder, server, hooks

    def settle(self, biller: Biller) -> None:
        layout_of(biller)
        Destination.objects.create(
            biller=biller,
            kind=Destination.Kind.FOLDER,
            host="127.0.0.1",
            port=self.server.port,
            username=USER,
            password=PASSWORD,
            host_key=self.server.fingerprint,
        )
        self.endpoint = WebhookEndpoint.objects.create(
            biller=biller, url=self.hooks.url, secret=new_secret()
        )

    def change(self, random: Random) -> None:
        """Changes for the worse or the better; may also switch the place that files go to."""
        self.hooks.always = random.choice(ANSWERS)
        self.server.breaks_off_after = random.choice((ENDLESS, ENDLESS, 200))
        self.server.disk_size = random.choice((ENDLESS, ENDLESS, 100))
        self.server.hangs = random.random() < 0.1
        kind = random.choice((Destination.Kind.FOLDER, Destination.Kind.SFTP))
        Destination.objects.update(kind=kind)

    def recover(self) -> None:
        self.hooks.always = status(200)
        self.server.breaks_off_after = self.server.disk_size = ENDLESS
        self.server.hangs = False

    def files(self) -> dict[str, set[bytes]]:
        """Returns the contents of each file, wherever it is, except those still being written."""
        found: dict[str, set[bytes]] = {}
        for path in (*self.folder.rglob("*"), *self.server.root.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                found.setdefault(path.name, set()).add(path.read_bytes())
        return found

    def repeated(self) -> int:
        """Returns the number of repeated events for all ids."""
        return sum(Counter(self.hooks.ids).values()) - len(set(self.hooks.ids))


def paid_by_phone(account: UtilityAccount) -> None:
    """A payment that staff add from a list; Invoice Cloud's payment pages don't know it."""
    payment = Payment.objects.create(
        biller=account.biller,
        account=account,
        source=Payment.Source.RECONCILIATION,
        payment_guid=uuid4(),
        paid_at=timezone.now(),
        method="Visa",
    )
    for place in range(1 + account.pk % 3):
        payment.lines.create(
            invoice_number=f"T{place}", amount=Decimal("61.30"), fee=Decimal("2.95")
        )


@contextmanager
def billing_system(home: Path) -> Iterator[BillingSystem]:
    for name in ("folder", "sftp"):
        (home / name).mkdir(parents=True)
    with sftp_server(home / "sftp") as server, receiving() as hooks:
        yield BillingSystem(home / "folder", server, hooks)


def next_day() -> None:
    """Makes another file due."""
    PostingLayout.objects.update(built_for=None)


def a_while_passes() -> None:
    """Makes all waiting deliveries due, and ends the claims of processes that were killed."""
    waiting = DBTaskResult.objects.filter(status=TaskResultStatus.READY)
    # Tasks without a due time have one at the end of all time.
    waiting.filter(run_after__lt=timezone.now() + A_YEAR).update(run_after=F("run_after") - A_WHILE)
    earlier = {"next_attempt_at": F("next_attempt_at") - A_WHILE}
    PostingFile.objects.exclude(next_attempt_at=None).update(**earlier)
    pending = WebhookDelivery.objects.pending()
    pending.update(**earlier, claimed_until=F("claimed_until") - A_WHILE)
    WebhookEndpoint.objects.update(
        rests_until=F("rests_until") - A_WHILE, queued_at=F("queued_at") - A_WHILE
    )
