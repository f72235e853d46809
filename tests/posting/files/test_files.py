"""The list of built files, their pages, and where they go, as staff see them."""

import io
from pathlib import Path
from typing import Any

import paramiko
import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.forms.models import model_to_dict
from django.test import Client
from playwright.sync_api import Page, expect

from icsso.billers.models import Biller
from posting.files.admin import waiting_files
from posting.files.building import build_due
from posting.files.content import content
from posting.files.designer.layout_form import LayoutForm
from posting.models import Destination, PostingFile, PostingLayout
from tests.backoffice.test_looks import sign_in
from tests.browser.looks import assert_accessible
from tests.cast import Cast, other_biller, staff
from tests.posting.files.sftp_server import PASSWORD, USER, FakeServer
from tests.posting.paying import NIGHT, layout_of, pay

FILES, PLACES = "/admin/posting/postingfile/", "/admin/posting/destination/"


def signed_in(cast: Cast, role: str) -> Client:
    client = Client()
    client.force_login(staff(role, cast.biller))
    return client


def built(cast: Cast) -> PostingFile:
    pay(cast, "80.00")
    file = build_due(layout_of(cast.biller), NIGHT)
    assert file
    return file


def place_of(biller: Biller, **facts: Any) -> Destination:
    known = {"kind": "sftp", "host": "127.0.0.1", "username": USER, "password": PASSWORD}
    return Destination.objects.create(biller=biller, **{**known, **facts})


def entered(**facts: Any) -> dict[str, Any]:
    known = {"kind": "sftp", "host": "127.0.0.1", "port": "22", "username": USER}
    return {**known, "new_password": "", "new_private_key": "", "folder": "", **facts}


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


def test_finance_sees_downloads_and_has_it_delivered_again(cast: Cast) -> None:
    file, client = built(cast), signed_in(cast, "finance")
    place_of(cast.biller)
    PostingFile.objects.update(state="delivered", next_attempt_at=None)
    assert file.name in client.get(FILES).content.decode()
    assert client.get(f"{FILES}{file.pk}/change/").status_code == 200
    answer: Any = client.get(f"{FILES}{file.pk}/download/")
    assert b"".join(answer.streaming_content) == b"".join(content(file))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{file.name}"'
    assert client.post(f"{FILES}{file.pk}/deliver-again/").status_code == 302
    file.refresh_from_db()
    assert (file.state, file.next_attempt_at is None) == ("built", False)
    events = [entry.additional_data["event"] for entry in LogEntry.objects.get_for_object(file)]
    assert events == ["delivered-again", "downloaded"]


def test_who_may_not(cast: Cast) -> None:
    file, pages = built(cast), ["change", "download", "deliver-again"]
    place_of(cast.biller)
    client = signed_in(cast, "support")
    assert [client.get(f"{FILES}{file.pk}/{page}/").status_code for page in pages] == [403] * 3
    client.force_login(staff("administrator", other_biller()))
    for page in pages:
        assert client.get(f"{FILES}{file.pk}/{page}/").status_code in {302, 404}
    client = signed_in(cast, "finance")
    for address in (PLACES, f"{PLACES}add/", f"{PLACES}{Destination.objects.get().pk}/test/"):
        assert client.get(address).status_code == 403


def test_what_waits_is_counted(cast: Cast) -> None:
    built(cast)
    own = Biller.objects.filter(pk=cast.biller.pk)
    assert waiting_files(own) == 0
    PostingFile.objects.update(state="failing")
    PostingLayout.objects.update(build_error="Does not fit.")
    assert waiting_files(own) == 2
    assert waiting_files(Biller.objects.exclude(pk=cast.biller.pk)) == 0


def test_a_password_is_kept_encrypted_and_shown_nowhere(cast: Cast) -> None:
    client = signed_in(cast, "administrator")
    sent = entered(biller=cast.biller.pk, new_password="over the dam")
    assert client.post(f"{PLACES}add/", sent).status_code == 302
    place = Destination.objects.get()
    assert place.password == "over the dam"
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM posting_destination")
        assert "over the dam" not in cursor.fetchone()[0]
    assert "over the dam" not in client.get(f"{PLACES}{place.pk}/change/").content.decode()
    entries = str(list(LogEntry.objects.values_list("changes", "object_repr")))
    assert "•••" in entries
    assert "over the dam" not in entries
    assert client.post(f"{PLACES}{place.pk}/change/", entered()).status_code == 302
    assert Destination.objects.get().password == "over the dam"  # left blank, so kept


@pytest.mark.parametrize("change", [{"host": "10.0.0.9"}, {"port": "2222"}, {"username": "me"}])
def test_a_password_is_not_sent_to_another_server_unless_entered_again(
    cast: Cast, change: dict[str, str]
) -> None:
    place, client = (
        place_of(cast.biller, host_key="SHA256:" + "A" * 43),
        signed_in(cast, "administrator"),
    )
    address = f"{PLACES}{place.pk}/change/"
    assert (
        "because the server changed"
        in errors(client.post(address, entered(**change)))["new_password"][0]
    )
    sent = entered(**change, new_password="another")
    assert client.post(address, sent).status_code == 302
    place.refresh_from_db()
    assert place.password == "another"
    assert (place.host_key == "") is ("username" not in change)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": "folder", "folder": "../other"}, "folder"),
        ({"host": "sftp://example.com", "new_password": "x"}, "host"),
        ({"host": "", "new_password": "x"}, "host"),
        ({"username": "", "new_password": "x"}, "username"),
        ({}, "new_password"),
        ({"new_private_key": "-----BEGIN nothing-----"}, "new_private_key"),
    ],
)
def test_what_a_destination_refuses(cast: Cast, facts: dict[str, str], field: str) -> None:
    client = signed_in(cast, "administrator")
    answer = client.post(f"{PLACES}add/", entered(biller=cast.biller.pk, **facts))
    assert list(errors(answer)) == [field]
    assert "BEGIN nothing" not in answer.content.decode()


def test_two_billers_files_in_one_place_need_the_biller_in_their_names(cast: Cast) -> None:
    place_of(other_biller(), host="FILES.example", folder="in/")
    layout, client = layout_of(cast.biller, file_name="{number}.csv"), Client()
    client.force_login(staff("administrator", cast.biller))
    sent = entered(biller=cast.biller.pk, host="files.example", folder="/in", new_password="x")
    assert list(errors(client.post(f"{PLACES}add/", sent))) == ["folder"]
    assert client.post(f"{PLACES}add/", {**sent, "folder": "/in/own"}).status_code == 302
    Destination.objects.filter(biller=cast.biller).delete()
    PostingLayout.objects.filter(pk=layout.pk).update(file_name="{biller}-{number}.csv")
    assert client.post(f"{PLACES}add/", sent).status_code == 302
    layout.refresh_from_db()
    form = LayoutForm({**model_to_dict(layout), "file_name": "{number}.csv"}, instance=layout)
    assert "file_name" in form.errors


def test_a_private_key_is_taken(cast: Cast) -> None:
    key = io.StringIO()
    paramiko.ECDSAKey.generate(bits=256).write_private_key(key)
    client = signed_in(cast, "administrator")
    sent = entered(biller=cast.biller.pk, new_private_key=key.getvalue().replace("\n", "\r\n"))
    assert client.post(f"{PLACES}add/", sent).status_code == 302
    assert Destination.objects.get().private_key.startswith("-----BEGIN")


def test_the_servers_key_is_confirmed_before_anything_is_sent(
    cast: Cast, server: FakeServer, tmp_path: Path
) -> None:
    (tmp_path / "earlier.csv").touch()
    place, client = place_of(cast.biller, port=server.port), signed_in(cast, "administrator")
    address = f"{PLACES}{place.pk}/test/"
    found = client.post(address).context["fingerprint"]
    assert found == server.fingerprint
    assert server.passwords == []
    assert client.post(address, {"fingerprint": found}).status_code == 302
    answer = client.post(address)
    assert answer.context["works"]
    assert "earlier.csv" in answer.content.decode()
    Destination.objects.update(host_key="SHA256:" + "A" * 43)
    server.passwords.clear()
    assert client.post(address).context["is_other"]
    assert server.passwords == []


def test_a_fingerprint_is_one(cast: Cast) -> None:
    place, client = place_of(cast.biller), signed_in(cast, "administrator")
    client.post(f"{PLACES}{place.pk}/test/", {"fingerprint": "anything"})
    place.refresh_from_db()
    assert place.host_key == ""


def test_pages_are_usable_by_everybody(page: Page, cast: Cast, server: FakeServer) -> None:
    """Others are looked at with all pages of the admin."""
    place = place_of(cast.biller, port=server.port)
    sign_in(page, staff("administrator", cast.biller))
    page.goto(f"{PLACES}{place.pk}/test/")
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_text(server.fingerprint)).to_be_visible()
    assert_accessible(page)
