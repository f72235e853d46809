"""Files come in their order, and none replaces another that has its name."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.utils import timezone

from posting.files.building import build_due
from posting.files.delivery import claim, deliver, deliver_again, deliver_due
from posting.models import Destination, PostingFile, PostingLayout
from tests import cast as people
from tests.cast import Cast, other_biller
from tests.posting.files.sftp_server import FakeServer
from tests.posting.files.test_delivery import built, bytes_of, to_server, try_now
from tests.posting.paying import NIGHT, NOON, layout_of, pay, reverse

THERE = "Another file with this name is already there, and it was not replaced."


def two_files(cast: Cast) -> tuple[PostingFile, PostingFile]:
    """A payment, and its reversal a day later."""
    Destination.objects.create(biller=cast.biller, kind="folder")
    layout = layout_of(cast.biller)
    payment = pay(cast, "10.00", created_at=NOON)
    first = build_due(layout, NIGHT)
    reverse(payment, "-10.00", recorded_at=NIGHT)
    layout.refresh_from_db()
    second = build_due(layout, NIGHT + timedelta(days=1))
    assert first
    assert second
    return first, second


def states() -> list[str]:
    return list(PostingFile.objects.order_by("number").values_list("state", flat=True))


def test_a_file_waits_for_the_one_before_although_only_it_is_due(cast: Cast, folder: Path) -> None:
    first, _second = two_files(cast)
    later = timezone.now() + timedelta(hours=2)
    own = PostingFile.objects.filter(pk=first.pk)
    own.update(state="failing", attempts=9, next_attempt_at=later)
    assert deliver_due(cast.biller, timezone.now()) == 0
    assert states() == ["failing", "built"]
    assert deliver_due(cast.biller, later) == 2
    assert states() == ["delivered", "delivered"]


def test_what_is_delivered_again_holds_up_nothing(cast: Cast, folder: Path) -> None:
    first, second = two_files(cast)
    now = timezone.now()
    assert deliver_due(cast.biller, now) == 2
    deliver_again(first)
    deliver_again(second)
    PostingFile.objects.filter(pk=first.pk).update(next_attempt_at=now + timedelta(hours=1))
    assert deliver_due(cast.biller, timezone.now()) == 1
    assert states() == ["built", "delivered"]


def test_another_file_of_that_name_in_the_folder_is_not_replaced(cast: Cast, folder: Path) -> None:
    Destination.objects.create(biller=cast.biller, kind="folder")
    file = built(cast)
    place = folder / "springfield-water" / file.name
    place.parent.mkdir()
    place.write_bytes(b"older")
    assert try_now(file).last_error.startswith(THERE)
    assert place.read_bytes() == b"older"
    place.unlink()
    assert try_now(file).state == "delivered"
    assert place.read_bytes() == bytes_of(file)


@pytest.mark.parametrize("same_size", [True, False])
def test_another_file_of_that_name_on_a_server_is_not_replaced(
    cast: Cast, server: FakeServer, tmp_path: Path, same_size: bool
) -> None:
    to_server(cast, server)
    file = built(cast)
    older = b"x" * file.size if same_size else b"older"
    (tmp_path / file.name).write_bytes(older)
    assert try_now(file).last_error.startswith(THERE)
    assert server.files == {file.name: older}


def test_another_file_that_came_during_the_upload_is_not_replaced(
    cast: Cast, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_server(cast, server)
    file = built(cast)
    monkeypatch.setattr("posting.files.sftp._is_there", lambda *names, **facts: False)
    (server.root / file.name).write_bytes(b"older")
    assert try_now(file).state == "failing"
    assert server.files == {file.name: b"older"}


def test_two_billers_on_one_server(cast: Cast, server: FakeServer) -> None:
    other = other_biller()
    place = to_server(cast, server)
    place.pk, place.biller, place._state.adding = None, other, True
    place.save()
    own = built(cast)
    theirs = build_due(layout_of(other, builds_empty=True), NIGHT)
    assert theirs
    assert try_now(own).state == try_now(theirs).state == "delivered"
    assert server.files == {own.name: bytes_of(own), theirs.name: bytes_of(theirs)}


@pytest.mark.parametrize(
    ("facts", "is_shared"),
    [
        ({}, True),
        ({"host": "FILES.example", "folder": "in/", "username": "b", "port": 2222}, True),
        ({"folder": "/in/other"}, False),
        ({"host": "other.example"}, False),
        ({"kind": "folder"}, False),
    ],
)
def test_when_two_billers_share_a_place(
    cast: Cast, facts: dict[str, object], is_shared: bool
) -> None:
    place = {"kind": "sftp", "host": "files.example", "folder": "/in"}
    Destination.objects.create(biller=other_biller(), **place)
    own = Destination.objects.create(biller=cast.biller, **{**place, **facts})
    assert own.is_shared() is is_shared


def test_every_file_is_built_before_the_first_is_delivered(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout_of(people.assemble(people.springfield()).biller, builds_empty=True)
    layout_of(other_biller(), builds_empty=True)
    built_by_then: list[int] = []
    monkeypatch.setattr(
        "posting.management.commands.post_payments.deliver_due",
        lambda biller, now, until: built_by_then.append(PostingFile.objects.count()),
    )
    call_command("post_payments", verbosity=0)
    assert built_by_then == [2, 2]


def in_own_connection(command: str) -> None:
    try:
        call_command(command, stdout=StringIO())
    finally:
        connections.close_all()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_server_that_hangs_holds_up_no_other_biller(
    transactional_db: None, server: FakeServer, folder: Path
) -> None:
    """The file of the other is there while this server still does not answer."""
    cast, other = people.assemble(people.springfield()), other_biller()
    layout_of(cast.biller, builds_empty=True)
    layout_of(other, builds_empty=True)
    to_server(cast, server)
    Destination.objects.create(biller=other, kind="folder")
    server.hangs = True
    run = Thread(target=in_own_connection, args=["post_payments"])
    run.start()
    wait_until(lambda: PostingFile.objects.filter(biller=other, state="delivered").exists())
    # Either may be first: it hangs once the portal has signed in.
    wait_until(lambda: any(each.is_authenticated() for each in server.transports))
    assert run.is_alive()
    assert PostingFile.objects.get(biller=cast.biller).state == "built"
    for connection in server.transports:
        connection.close()
    run.join(60)
    assert PostingFile.objects.get(biller=cast.biller).state == "failing"


def test_a_step_that_fails_unexpectedly_ends_with_an_error_after_the_others(
    transactional_db: None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for biller in (people.assemble(people.springfield()).biller, other_biller()):
        layout_of(biller, builds_empty=True)
        Destination.objects.create(biller=biller, kind="folder")
    first = "springfield-water"

    def breaks(layout: PostingLayout, now: datetime) -> PostingFile | None:
        if layout.biller.slug == first:
            raise RuntimeError
        return build_due(layout, now)

    monkeypatch.setattr("posting.management.commands.post_payments.build_due", breaks)
    with pytest.raises(CommandError, match="failed unexpectedly: 1"):
        call_command("post_payments", stdout=StringIO())
    assert PostingFile.objects.get().state == "delivered"


def test_what_takes_too_long_is_broken_off_and_tried_again(cast: Cast, server: FakeServer) -> None:
    to_server(cast, server)
    file = built(cast)
    assert deliver_due(cast.biller, timezone.now(), until=time.monotonic() - 1) == 0
    file.refresh_from_db()
    assert (file.state, file.attempts) == ("built", 0)
    assert claim(file, timezone.now())
    assert not deliver(file, until=time.monotonic())
    file.refresh_from_db()
    assert (file.state, file.last_error) == ("failing", "The server did not answer in time.")
    assert not server.files
