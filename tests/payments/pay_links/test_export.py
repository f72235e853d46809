"""Pay links for the bill printer."""

import csv
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import segno
import zxingcpp
from auditlog.models import LogEntry
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from PIL import Image

from icsso.billers.pay_links.models import PayLinkKey
from payments.pay_links import export, staff_views
from payments.pay_links.zip_stream import zipped
from tests.cast import Cast, other_biller, staff

PAGE = "/admin/payments/payment/pay-links/"


@pytest.fixture
def boss(cast: Cast) -> Client:
    client = Client()
    client.force_login(staff("administrator", cast.biller))
    return client


def of(cast: Cast, what: str) -> str:
    return f"{PAGE}{cast.biller.pk}/{what}/"


def body(answer: object) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text.decode("utf-8-sig"))))


def test_every_open_account_has_a_link_that_works(boss: Client, cast: Cast) -> None:
    closed = cast.account("10000106")
    closed.closed_at = timezone.now()
    closed.save()
    listed = rows(body(boss.post(of(cast, "csv"))))
    assert len(listed) == cast.biller.accounts.count() - 1
    assert len({row["link"] for row in listed}) == len(listed)
    first = listed[0]
    assert first["account_number"] == "10000101"
    assert first["link"].startswith("http://testserver/P/")
    assert first["qr_text"] == first["link"].upper()
    page = Client().get(first["qr_text"].removeprefix("HTTP://TESTSERVER"), follow=True)
    assert "ending in 0101" in page.content.decode()
    entry = LogEntry.objects.filter(object_repr__startswith="export").get()
    assert entry.additional_data["exported"] == len(listed)
    assert entry.additional_data["of"] == cast.biller.slug


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_zip_holds_a_qr_code_for_each(boss: Client, cast: Cast, kind: str) -> None:
    answer = boss.post(of(cast, "qr"), {"kind": kind, "part": "1"})
    with ZipFile(BytesIO(body(answer))) as file:
        assert file.testzip() is None
        names = file.namelist()
        content = file.read(names[0])
    assert names[0] == f"0000001/0000001-10000101.{kind}"
    assert len(names) == cast.biller.accounts.count()
    if kind == "png":
        [read] = zxingcpp.read_barcodes(Image.open(BytesIO(content)))
        listed = rows(body(boss.post(of(cast, "csv"))))
        assert read.text == listed[0]["qr_text"]
    else:
        assert content.startswith(b"<?xml")
        assert b'viewBox="0 0 37 37"' in content  # version 3: 29 modules and the quiet zone


def test_parts_are_whole_and_meet(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "BATCH", 7)
    whole = list(export.pay_links(cast.biller, site=""))
    parts = [export.pay_links(cast.biller, site="", start=n, most=10) for n in range(0, 60, 10)]
    assert [link for part in parts for link in part] == whole
    assert len(whole) == cast.biller.accounts.count()


def test_a_printed_code_is_small() -> None:
    longest = "HTTPS://PAY.SPRINGFIELDIL.GOV/P/" + "A" * 21
    assert segno.make_qr(longest, error="m").version == 3
    assert segno.make_qr(longest.lower(), error="m").version > 3


def test_account_numbers_that_no_file_name_can_hold(cast: Cast) -> None:
    links = [export.PayLink("../12/3\n4", "", "A"), export.PayLink("..-12-3-4", "", "A")]
    names = [name for name, _content in export.qr_files(links, "svg")]
    assert names == ["0000001/0000001----12-3-4.svg", "0000001/0000002----12-3-4.svg"]


def test_a_zip_of_more_files_than_old_zips_could_hold() -> None:
    many = 70_000
    files = ((f"{number}", b"%d" % number * 9) for number in range(many))
    with ZipFile(BytesIO(b"".join(zipped(files)))) as file:
        assert len(file.namelist()) == many
        assert file.read("69999") == b"69999" * 9
    with ZipFile(BytesIO(b"".join(zipped([])))) as empty:
        assert empty.namelist() == []


def test_the_key_is_ended_once_by_whoever_may(boss: Client, cast: Cast) -> None:
    page = boss.get(of(cast, "end")).content.decode()
    since = page.split('name="made_at" value="')[1].split('"')[0]
    before = PayLinkKey.objects.get().key
    assert "sure" in boss.post(of(cast, "end"), {"made_at": since}).content.decode()
    assert PayLinkKey.objects.get().key == before
    sent = {"made_at": since, "sure": "on"}
    assert "have ended" in boss.post(of(cast, "end"), sent, follow=True).content.decode()
    ended = PayLinkKey.objects.get().key
    assert ended != before
    assert "already ended them" in boss.post(of(cast, "end"), sent, follow=True).content.decode()
    assert PayLinkKey.objects.get().key == ended
    entry = LogEntry.objects.get_for_object(PayLinkKey.objects.get()).get()
    assert entry.additional_data["event"] == "links-ended"
    assert ended not in str(vars(entry))


def test_another_billers_are_not_there(boss: Client, cast: Cast) -> None:
    other = other_biller()
    for what in ("csv", "qr", "end"):
        assert boss.post(f"{PAGE}{other.pk}/{what}/").status_code == 404
    assert other.name not in boss.get(f"{PAGE}?biller={other.pk}").content.decode()


def test_what_is_no_part_downloads_nothing(boss: Client, cast: Cast) -> None:
    for sent in ({}, {"kind": "exe", "part": "1"}, {"kind": "svg", "part": "0"}):
        assert boss.post(of(cast, "qr"), sent).status_code == 302
    monthly = boss.post(of(cast, "qr"), {"kind": "svg", "part": "9"})
    assert ZipFile(BytesIO(body(monthly))).namelist() == []


def test_many_accounts_come_in_parts(
    boss: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff_views, "IN_ONE_FILE", 20)
    page = boss.get(PAGE).content.decode()
    assert ">21–40<" in page
    assert "export_pay_links springfield-water" in page


def test_the_command_writes_the_same(cast: Cast, boss: Client, tmp_path: Path) -> None:
    listed, codes = tmp_path / "links.csv", tmp_path / "codes.zip"
    call_command("export_pay_links", "springfield-water", to=str(listed), host="testserver")
    assert listed.read_bytes() == body(boss.post(of(cast, "csv")))
    call_command("export_pay_links", "springfield-water", to=str(codes), qr="svg")
    assert len(ZipFile(codes).namelist()) == cast.biller.accounts.count()
    wrong = [("nobody", "a", ""), ("springfield-water", "b", "evil.example")]
    for slug, name, host in wrong:
        with pytest.raises(CommandError):
            call_command("export_pay_links", slug, to=str(tmp_path / name), host=host)
    with pytest.raises(CommandError):
        call_command("export_pay_links", "springfield-water", to=str(listed))
    # The two exports stand in the audit log, without a person; those that were refused don't.
    entries = LogEntry.objects.filter(actor=None, object_repr__startswith="export")
    said = [(each.additional_data["exported"], each.additional_data["file"]) for each in entries]
    number = cast.biller.accounts.count()
    assert sorted(said) == [(number, "csv"), (number, "svg")]
