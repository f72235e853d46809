"""Several processes at once, and processes that are killed: nothing is posted twice or missed."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from payments.models import PaymentLine
from payments.models.reversal import ReversalLine
from posting.files import building
from posting.files.building import build_due
from posting.files.content import content
from posting.files.delivery import CLAIM, deliver_due
from posting.models import Destination, PostedLine, PostingFile, PostingLayout
from tests import cast as people
from tests.cast import Cast
from tests.payments.paying import at_once
from tests.portal_process import database_url
from tests.posting.paying import NIGHT, layout_of, pay, reverse


def posted() -> Counter[int]:
    return Counter(PostedLine.objects.values_list("payment_line_id", flat=True))


def test_builders_at_once_make_one_file(transactional_db: None) -> None:
    cast = people.assemble(people.springfield())
    layout = layout_of(cast.biller)
    reverse(pay(cast, "80.00", "4.20"), "-80.00")
    at_once(*[lambda: build_due(PostingLayout.objects.get(pk=layout.pk), NIGHT)] * 4)
    assert PostingFile.objects.count() == 1
    assert PostedLine.objects.count() == 3


def test_payments_during_a_build_are_in_this_file_or_the_next(transactional_db: None) -> None:
    cast = people.assemble(people.springfield())
    layout = layout_of(cast.biller)

    def receive() -> None:
        for _number in range(20):
            reverse(pay(cast, "1.00"), "-1.00")

    def build() -> None:
        for _number in range(5):
            PostingLayout.objects.filter(pk=layout.pk).update(built_for=None)
            build_due(PostingLayout.objects.get(pk=layout.pk), NIGHT)

    pay(cast, "1.00")
    at_once(receive, build, build)
    build()
    lines = [line for file in PostingFile.objects.all() for line in content(file)]
    assert b"".join(lines).count(b"\r\n") == PostingFile.objects.count() + 41
    assert PostedLine.objects.filter(payment_line=None).count() == ReversalLine.objects.count()
    assert {*posted()} - {None} == {*PaymentLine.objects.values_list("pk", flat=True)}
    for taken in PostedLine.objects.filter(payment_line=None):
        paid = taken.reversal_line.payment_line.posted_line
        assert (paid.file_id, paid.number) < (taken.file_id, taken.number)


def test_the_database_itself_refuses_a_second_posting(cast: Cast) -> None:
    pay(cast, "80.00")
    build_due(layout_of(cast.biller), NIGHT)
    line = PostedLine.objects.get()
    line.pk, line.number = None, 2
    line._state.adding = True
    with pytest.raises(IntegrityError), transaction.atomic():
        line.save()


@pytest.mark.parametrize("step", ["_claim", "copy_of", "measured"])
def test_who_dies_while_building_leaves_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    layout = layout_of(cast.biller)
    pay(cast, "80.00")
    own = getattr(building, step)

    def dies(*args: object, **kwargs: object) -> None:
        own(*args, **kwargs)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(building, step, dies)
        with pytest.raises(KeyboardInterrupt):
            build_due(layout, NIGHT)
    assert (PostingFile.objects.count(), PostedLine.objects.count()) == (0, 0)
    assert build_due(layout, NIGHT)
    assert PostedLine.objects.count() == 1


def test_who_dies_between_building_and_delivering_is_followed(
    cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    settings.POSTING_FOLDER = str(tmp_path)
    Destination.objects.create(biller=cast.biller, kind="folder")
    pay(cast, "80.00")
    assert build_due(layout_of(cast.biller), NIGHT)
    assert deliver_due(cast.biller, timezone.now()) == 1
    assert deliver_due(cast.biller, timezone.now()) == 0


DIES_MIDWAY = """
import os, signal, sys
import django
django.setup()
from posting.files import folders
def dies(content, path):
    path.write_bytes(content.read(20))
    os.kill(os.getpid(), signal.SIGKILL)
folders._write = dies
from django.core.management import call_command
call_command("post_payments")
"""


def test_a_process_killed_while_it_writes(
    transactional_db: None, settings: Settings, tmp_path: Path
) -> None:
    """By signal 9, in a process of its own, on the same database."""
    settings.POSTING_FOLDER = str(tmp_path)
    cast = people.assemble(people.springfield())
    Destination.objects.create(biller=cast.biller, kind="folder")
    layout_of(cast.biller)
    pay(cast, "80.00")
    own = {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "inhance.settings",
        "POSTING_FOLDER": str(tmp_path),
    }
    command = [sys.executable, "-c", DIES_MIDWAY]
    killed = subprocess.run(command, env={**os.environ, **own}, check=False)
    assert killed.returncode == -signal.SIGKILL
    place = tmp_path / cast.biller.slug
    file = PostingFile.objects.get()
    assert [each.name for each in place.iterdir()] == [f".{file.name}.1.part"]
    assert deliver_due(cast.biller, timezone.now() + CLAIM) == 1
    assert [each.name for each in place.iterdir()] == [file.name]
    assert (place / file.name).read_bytes() == b"".join(content(file))
