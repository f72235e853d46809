import logging
import time
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Exists, OuterRef
from django.utils import timezone

from backoffice.management.periodic import PeriodicCommand
from icsso.billers.models import Biller
from posting.files.building import build_due
from posting.files.delivery import deliver_due
from posting.models import PostingFile
from posting.threads import in_threads

logger = logging.getLogger(__name__)


class Command(PeriodicCommand):
    help = (
        "Builds the payment files that are due and delivers them to the CIS. Run it every few "
        "minutes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--biller", help="short name; all billers by default")
        parser.add_argument(
            "--seconds",
            type=float,
            default=900.0,
            help="after which deliveries that go on are broken off, to be tried again (900)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        until = time.monotonic() + options["seconds"]
        chosen = _billers(options["biller"])
        # All files are built first: a server that hangs must not hold up another biller's file.
        built = [_tried(_build, biller) for biller in chosen]
        delivered = in_threads(partial(_tried, partial(_deliver, until=until)), chosen)
        for said in filter(None, (*built, *delivered)):
            self.stdout.write(said)
        if broken := (*built, *delivered).count(None):
            raise CommandError(f"Steps that failed unexpectedly: {broken}. See the log.")


def _billers(slug: str | None) -> list[Biller]:
    """Returns first the billers whose server worked the last time: the number of servers waited for
    at once is limited."""
    failing = PostingFile.objects.filter(biller=OuterRef("pk"), state=PostingFile.State.FAILING)
    billers = Biller.objects.filter(posting_layout__isnull=False).select_related("posting_layout")
    if slug:
        billers = billers.filter(slug=slug)
    return list(billers.order_by(Exists(failing), "slug"))


def _tried(step: Callable[[Biller], str], biller: Biller) -> str | None:
    """Returns the message to print; None if the step failed unexpectedly."""
    try:
        return step(biller)
    except Exception:
        # Other billers' files must not wait for this one's.
        logger.exception("posting failed", extra={"biller": biller.slug})
        return None


def _build(biller: Biller) -> str:
    built = build_due(biller.posting_layout, timezone.now())
    return f"{biller.slug}: built {built.name}, {built.lines_count} lines." if built else ""


def _deliver(biller: Biller, *, until: float) -> str:
    delivered = deliver_due(biller, timezone.now(), until=until)
    return f"{biller.slug}: {delivered} files delivered." if delivered else ""
