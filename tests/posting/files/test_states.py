"""The states of a payment file, and that the diagram of docs/state-machines.md has them all."""

from pathlib import Path

from django.utils import timezone
from pytest_django.fixtures import Settings

from posting.files.building import build_due
from posting.files.delivery import deliver_again, deliver_due
from posting.models import Destination, PostingFile
from tests.cast import Cast
from tests.documents.state_diagrams import Edge, edges_of
from tests.posting.paying import NIGHT, layout_of, pay


def test_every_way_through_the_diagram(cast: Cast, settings: Settings, tmp_path: Path) -> None:
    settings.POSTING_FOLDER = str(tmp_path)
    place = Destination.objects.create(biller=cast.biller, kind="folder")
    pay(cast, "80.00")
    assert build_due(layout_of(cast.biller), NIGHT)
    walked: set[Edge] = set()

    def walk(label: str, *, works: bool = True) -> None:
        file = PostingFile.objects.get()
        before = file.state
        if label == "deliver_again":
            deliver_again(file)
        else:
            Destination.objects.filter(pk=place.pk).update(folder="" if works else "..")
            PostingFile.objects.update(next_attempt_at=timezone.now())
            deliver_due(cast.biller, timezone.now())
        file.refresh_from_db()
        walked.add((before, file.state, label))

    walk("deliver")
    walk("deliver_again")
    walk("deliver", works=False)
    walk("deliver")
    walk("deliver_again")
    walk("deliver", works=False)
    walk("deliver_again")
    assert walked == edges_of("Payment file")
