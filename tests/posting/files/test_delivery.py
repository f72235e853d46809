"""Delivery of built files: what arrives, and what is tried again."""

import io
import logging
import os
import socket
from datetime import timedelta
from pathlib import Path

import paramiko
import pytest
from django.core.management import call_command
from django.utils import timezone, translation
from pytest_django.fixtures import Settings

from posting.files import content as contents
from posting.files import sftp
from posting.files.building import build_due
from posting.files.delivery import CLAIM, claim, deliver, deliver_again, deliver_due, wait_after
from posting.models import Destination, PostingFile
from tests.cast import Cast
from tests.posting.files.sftp_server import PASSWORD, USER, FakeServer
from tests.posting.paying import NIGHT, layout_of, pay


def to_server(cast: Cast, server: FakeServer, **facts: str) -> Destination:
    known = {
        "host": "127.0.0.1",
        "port": server.port,
        "username": USER,
        "password": PASSWORD,
        "host_key": server.fingerprint,
    }
    return Destination.objects.create(biller=cast.biller, kind="sftp", **{**known, **facts})


def built(cast: Cast, lines: int = 1) -> PostingFile:
    pay(cast, *["80.00"] * lines)
    file = build_due(layout_of(cast.biller), NIGHT)
    assert file
    return file


def try_now(file: PostingFile) -> PostingFile:
    """One attempt, as if it were due."""
    PostingFile.objects.exclude(state="delivered").update(next_attempt_at=timezone.now())
    deliver_due(file.biller, timezone.now())
    file.refresh_from_db()
    return file


def bytes_of(file: PostingFile) -> bytes:
    return b"".join(contents.content(file))


def test_to_a_folder(cast: Cast, folder: Path) -> None:
    Destination.objects.create(biller=cast.biller, kind="folder", folder="out/daily")
    file = try_now(built(cast))
    place = folder / "springfield-water/out/daily"
    assert (file.state, file.last_error, file.next_attempt_at) == ("delivered", "", None)
    assert [each.name for each in place.iterdir()] == [file.name]
    assert (place / file.name).read_bytes() == bytes_of(file)
    assert file.delivered_to == str(place / file.name)


@pytest.mark.parametrize("path", ["../shelbyville-power", "/etc", "out/../../x", "leading"])
def test_never_outside_the_billers_folder(cast: Cast, folder: Path, path: str) -> None:
    (folder / "springfield-water").mkdir()
    (folder / "elsewhere").mkdir()
    (folder / "springfield-water/leading").symlink_to(folder / "elsewhere")
    Destination.objects.create(biller=cast.biller, kind="folder", folder=path)
    file = try_now(built(cast))
    assert (file.state, file.last_error) == (
        "failing",
        "The folder is outside the biller's folder.",
    )
    assert list((folder / "elsewhere").iterdir()) == []


def test_a_killed_process_leaves_no_half_file_and_the_next_one_cleans_up(
    cast: Cast, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Destination.objects.create(biller=cast.biller, kind="folder")
    file = built(cast)
    place = folder / "springfield-water"
    with monkeypatch.context() as killed:
        killed.setattr(os, "replace", lambda *paths: (_ for _ in ()).throw(KeyboardInterrupt))
        killed.setattr(Path, "unlink", lambda *args, **kwargs: None)
        with pytest.raises(KeyboardInterrupt):
            deliver_due(cast.biller, timezone.now())
    assert [each.name for each in place.iterdir()] == [f".{file.name}.1.part"]
    assert deliver_due(cast.biller, timezone.now()) == 0  # it may still be at it
    assert deliver_due(cast.biller, timezone.now() + CLAIM) == 1
    assert [each.name for each in place.iterdir()] == [file.name]


def test_without_a_folder_on_this_portal(cast: Cast, settings: Settings) -> None:
    settings.POSTING_FOLDER = ""
    Destination.objects.create(biller=cast.biller, kind="folder")
    assert "no folder for payment files" in try_now(built(cast)).last_error


def test_to_a_server(cast: Cast, server: FakeServer, tmp_path: Path) -> None:
    to_server(cast, server)
    file = try_now(built(cast))
    assert (file.state, file.attempts) == ("delivered", 1)
    assert server.files == {file.name: bytes_of(file)}
    assert server.uploads == [f".{file.name}.1.part"]
    assert file.delivered_to == f"sftp://{USER}@127.0.0.1:{server.port}/"


def test_with_a_key_into_a_folder(cast: Cast, server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    server.client_key = paramiko.ECDSAKey.generate(bits=256)
    written = io.StringIO()
    server.client_key.write_private_key(written)
    to_server(cast, server, private_key=written.getvalue(), folder="/in/")
    file = try_now(built(cast))
    assert (tmp_path / "in" / file.name).read_bytes() == bytes_of(file)


@pytest.mark.parametrize("lacks_posix_rename", [True, False])
def test_delivered_again_changes_nothing(
    cast: Cast, server: FakeServer, lacks_posix_rename: bool
) -> None:
    server.lacks_posix_rename = lacks_posix_rename
    to_server(cast, server)
    file = try_now(built(cast))
    before = server.files
    deliver_again(file)
    file = try_now(file)
    assert (file.state, file.attempts) == ("delivered", 2)
    assert server.files == before


def test_another_key_gets_nothing(cast: Cast, server: FakeServer) -> None:
    to_server(cast, server, host_key="SHA256:" + "A" * 43)
    file = try_now(built(cast))
    assert file.last_error == "The server's key is not the confirmed one. Nothing was sent."
    assert (server.passwords, server.files) == ([], {})


def test_a_server_that_nobody_confirmed_gets_nothing(cast: Cast, server: FakeServer) -> None:
    to_server(cast, server, host_key="")
    assert try_now(built(cast)).state == "failing"
    assert server.passwords == []


def test_a_wrong_password(cast: Cast, server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    to_server(cast, server, password="wrong secret")
    file = try_now(built(cast))
    assert file.last_error == "The server refused the user name, password, or key."
    assert "wrong secret" not in caplog.text
    assert "wrong secret" not in file.last_error


def test_broken_off_midway_and_then_delivered(cast: Cast, server: FakeServer) -> None:
    to_server(cast, server)
    file = built(cast, lines=1000)  # several pieces
    server.breaks_off_after = 40_000
    file = try_now(file)
    assert file.state == "failing"
    assert file.last_error
    assert file.name not in server.files
    server.breaks_off_after = 1 << 40
    file = try_now(file)
    assert (file.state, file.attempts) == ("delivered", 2)
    assert server.files == {file.name: bytes_of(file)}


def test_a_full_disk(cast: Cast, server: FakeServer) -> None:
    to_server(cast, server)
    file = built(cast, lines=1000)
    server.disk_size = 40_000
    file = try_now(file)
    assert file.state == "failing"
    assert file.last_error in {
        "The server did not accept the file.", "The server has only part of the file."
    }  # fmt: skip
    assert server.files == {}


def test_no_permission(cast: Cast, server: FakeServer) -> None:
    to_server(cast, server)
    server.is_read_only = True
    assert try_now(built(cast)).last_error == "The server does not allow writing to the folder."


def test_no_such_folder(cast: Cast, server: FakeServer) -> None:
    to_server(cast, server, folder="nowhere")
    assert try_now(built(cast)).last_error == "The folder does not exist on the server."


def test_a_server_that_hangs(
    cast: Cast, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "ANSWER", 2)
    server.hangs = True
    to_server(cast, server)
    assert try_now(built(cast)).last_error == "The server did not answer in time."


def test_what_is_no_sftp_server(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sftp, "HANDSHAKE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        Destination.objects.create(
            biller=cast.biller, kind="sftp", host="127.0.0.1", port=silent.getsockname()[1]
        )
        assert try_now(built(cast)).state == "failing"


def test_nobody_there_is_asked_once_and_later(cast: Cast) -> None:
    Destination.objects.create(biller=cast.biller, kind="sftp", host="127.0.0.1", port=9)
    file = built(cast)
    pay(cast, "1.00")
    second = build_due(cast.biller.posting_layout, NIGHT + timedelta(days=1))
    file = try_now(file)
    assert file.last_error == "The server can't be reached, or it ended the connection."
    assert file.next_attempt_at
    assert timedelta(minutes=4) < file.next_attempt_at - timezone.now() < timedelta(minutes=6)
    assert second
    second.refresh_from_db()
    assert second.attempts == 0
    assert deliver_due(cast.biller, timezone.now()) == 0


def test_two_processes_do_not_try_at_once(cast: Cast, folder: Path) -> None:
    Destination.objects.create(biller=cast.biller, kind="folder")
    file = built(cast)
    same = PostingFile.objects.get()
    assert claim(file, timezone.now())
    assert not claim(same, timezone.now())


def test_who_fails_late_does_not_undo_a_delivery(cast: Cast, folder: Path) -> None:
    Destination.objects.create(biller=cast.biller, kind="folder")
    slow = built(cast)
    assert claim(slow, timezone.now())
    fast = PostingFile.objects.get()
    assert claim(fast, timezone.now())
    assert deliver(fast)
    Destination.objects.update(folder="..")
    assert not deliver(slow)
    assert PostingFile.objects.get().state == "delivered"


def test_content_that_is_not_what_was_built_is_not_sent(cast: Cast, folder: Path) -> None:
    Destination.objects.create(biller=cast.biller, kind="folder")
    file = built(cast)
    PostingFile.objects.update(sha256="0" * 64)
    assert "not what was built" in try_now(file).last_error
    assert not (folder / "springfield-water").exists()


def test_waits_grow_up_to_two_hours() -> None:
    minutes = [wait_after(n).total_seconds() / 60 for n in (1, 2, 3, 4, 5, 6, 100)]
    assert minutes == [5, 10, 20, 40, 80, 120, 120]


def test_the_command_builds_and_delivers(cast: Cast, folder: Path) -> None:
    Destination.objects.create(biller=cast.biller, kind="folder")
    layout_of(cast.biller)
    pay(cast, "80.00")
    call_command("post_payments", biller="shelbyville-power")
    assert PostingFile.objects.count() == 0
    call_command("post_payments")
    call_command("post_payments")
    assert [file.state for file in PostingFile.objects.all()] == ["delivered"]


def test_errors_are_kept_in_english_to_be_translated_when_shown(cast: Cast) -> None:
    Destination.objects.create(biller=cast.biller, kind="folder", folder="..")
    file = built(cast)
    with translation.override("es"):
        assert try_now(file).last_error == "The folder is outside the biller's folder."
