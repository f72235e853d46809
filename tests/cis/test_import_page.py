"""Importing accounts in the admin: `/admin/cis/accountimport/add/`."""

from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from auditlog.models import LogEntry
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from openpyxl import Workbook
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from accounts.models import UtilityAccount
from backoffice.tables.table import UnreadableFile
from cis import preview as preview_module
from cis.forms import UploadForm
from cis.models import AccountImport
from cis.tasks import import_in_background
from cis.uploads import StoredUpload
from icsso.billers.models import Biller
from tests import cast as people
from tests.browser.looks import assert_accessible
from tests.cast import STAFF_PASSWORD, Cast
from tests.workers import WORKERS

IMPORT = "/admin/cis/accountimport/add/"
CONFIRM = "/admin/cis/accountimport/confirm/"
HEADER = "account_number,name,address,email\n"
ANA = "10000102,Ana Torres,99 Elm Street,\n"  # lives at 14 Mill Street
NEW = "10000900,Maria Jimenez,1 Elm Street,\n"
BAD = "1.00009E+07,Carl,,\n"
Upload = Callable[..., HttpResponse]


@pytest.fixture
def upload(finance: Client, cast: Cast) -> Upload:
    def post(content: bytes | str, *, name: str = "cis.csv", **fields: object) -> HttpResponse:
        data = content.encode() if isinstance(content, str) else content
        file = SimpleUploadedFile(name, data)
        entered = {"biller": cast.biller.pk, "file": file}
        return finance.post(IMPORT, entered | fields)

    return post


def confirm(finance: Client, preview: HttpResponse, **fields: object) -> HttpResponse:
    waiting = {"upload": preview.context["form"]["upload"].value()}
    return finance.post(CONFIRM, waiting | fields, follow=True)


def text(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


def test_what_a_file_changes_is_shown_then_taken_over_and_its_rejected_rows_come_back(
    finance: Client, upload: Upload, cast: Cast
) -> None:
    preview = upload(HEADER + ANA + NEW + BAD + "10000103,George Lindqvist,16 Mill Street,\n")
    shown = text(preview)
    assert "<strong>1</strong> new" in shown
    assert "<strong>1</strong> changed" in shown
    assert "<strong>1</strong> unchanged" in shown
    assert "<td>Service address</td><td>14 Mill Street</td><td>99 Elm Street</td>" in shown
    assert "<td>a spreadsheet program rounded the account number</td>" in shown
    assert "Maria Jimenez" in shown
    assert cast.account("10000102").address == "14 Mill Street"  # nothing is changed yet
    assert not UtilityAccount.objects.filter(account_number="10000900").exists()

    done = text(confirm(finance, preview))
    assert "Imported: 1 new, 1 changed, 0 closed." in done
    assert cast.account("10000102").address == "99 Elm Street"
    assert cast.account("10000900").name == "Maria Jimenez"
    run = AccountImport.objects.get()
    assert (run.by.email, run.file_name) == ("finance@springfield-water.example", "cis.csv")
    assert (run.created, run.changed, run.unchanged, run.rejected) == (1, 1, 1, 1)
    assert LogEntry.objects.get_for_object(run).first().actor == run.by
    assert f"/admin/cis/accountimport/{run.pk}/rejects/" in done
    file = finance.get(f"/admin/cis/accountimport/{run.pk}/rejects/")
    assert file["Content-Disposition"] == f'attachment; filename="rejects-{run.pk}.csv"'
    assert file.content.decode("utf-8-sig").splitlines() == [
        '"line","reason","account_number","name","address","email"',
        '"4","a spreadsheet program rounded the account number","1.00009E+07","Carl","",""',
    ]


def test_the_biller_is_chosen_on_the_way_from_its_page(client: Client, cast: Cast) -> None:
    other = people.other_biller()
    client.force_login(people.staff("administrator", cast.biller, other))
    going_live = f"/admin/icsso/biller/{other.pk}/going-live/"
    link = f"{IMPORT}?biller={other.pk}"
    assert f'href="{link}"' in text(client.get(going_live))
    assert f'<option value="{other.pk}" selected>' in text(client.get(link))
    run = AccountImport.objects.create(biller=other, file_name="cis.csv")
    done = f"/admin/cis/accountimport/{run.pk}/change/"
    for is_open in (False, True):  # and the way back, while there is something left to do
        other.serve(is_open)
        assert (f'href="{going_live}"' in text(client.get(done))) is not is_open
    assert f'<option value="{other.pk}" selected>' not in text(client.get(IMPORT))
    assert client.get(f"{IMPORT}?biller=nobody").status_code == 200


def test_a_spreadsheet_is_taken_as_well(finance: Client, upload: Upload, cast: Cast) -> None:
    workbook = Workbook()
    workbook.active.append(["Account Number", "Name"])
    workbook.active.append([10000900, "Maria Jimenez"])
    workbook.save(file := BytesIO())
    confirm(finance, upload(file.getvalue(), name="cis.xlsx"))
    assert cast.account("10000900").name == "Maria Jimenez"


def test_a_file_that_changes_nothing_says_so(upload: Upload) -> None:
    assert "The file changes nothing." in text(upload("account_number,name\n10000102,Ana Torres\n"))


def test_a_full_file_shows_whom_it_closes_and_closes_many_only_with_a_second_yes(
    finance: Client, upload: Upload, cast: Cast
) -> None:
    preview = upload("account_number,name\n10000102,Ana Torres\n", is_full="on")
    shown = text(preview)
    assert "<strong>45</strong> to be closed" in shown
    assert "45 of 46 open accounts are not in the file." in shown
    assert "Willows Laundry" in shown
    assert "Showing the first 20 of 45." in shown
    refused = text(confirm(finance, preview))
    assert "Nothing was imported. 45 of 46 open accounts are not in the file." in refused
    assert not UtilityAccount.objects.exclude(closed_at=None).exists()
    confirm(finance, preview, close_anyway="on")
    assert UtilityAccount.objects.exclude(closed_at=None).count() == 45
    listed = finance.get("/admin/accounts/utilityaccount/?closed_at__isempty=0")
    assert "Willows Laundry" in listed.content.decode()
    assert "Ana Torres" not in listed.content.decode()
    again = text(upload("account_number,name\n10000101,Willows Laundry\n"))
    assert "<td>reopened</td>" in again


def test_a_file_is_taken_over_once(finance: Client, upload: Upload) -> None:
    preview = upload(HEADER + NEW)
    confirm(finance, preview)
    again = text(confirm(finance, preview))
    assert "was already imported, or it was uploaded too long ago" in again
    assert AccountImport.objects.count() == 1


def test_with_workers_the_import_goes_on_beside_the_request(
    finance: Client, upload: Upload, cast: Cast, settings: Settings
) -> None:
    settings.TASKS = WORKERS
    begun = text(confirm(finance, upload(HEADER + ANA + BAD)))
    run = AccountImport.objects.get()
    assert "The import is running." in begun
    assert (run.ended_at, cast.account("10000102").address) == (None, "14 Mill Street")
    work()
    run.refresh_from_db()
    assert (run.changed, run.rejected) == (1, 1)
    assert cast.account("10000102").address == "99 Elm Street"
    shown = text(finance.get(f"/admin/cis/accountimport/{run.pk}/change/"))
    assert f"/admin/cis/accountimport/{run.pk}/rejects/" in shown


def test_what_a_worker_did_not_take_stands_on_the_page_of_the_import(
    finance: Client, upload: Upload, cast: Cast, settings: Settings
) -> None:
    settings.TASKS = WORKERS
    confirm(finance, upload("account_number,name\n10000102,Ana Torres\n", is_full="on"))
    work()
    run = AccountImport.objects.get()
    shown = text(finance.get(f"/admin/cis/accountimport/{run.pk}/change/"))
    assert "45 of 46 open accounts are not in the file." in shown
    assert not UtilityAccount.objects.exclude(closed_at=None).exists()


def work() -> None:
    """As a worker does, which is a process of its own and speaks no language yet."""
    [waiting] = DBTaskResult.objects.filter(task_path=import_in_background.module_path)
    import_in_background.call(*waiting.args_kwargs["args"], **waiting.args_kwargs["kwargs"])


def test_rejected_rows_are_kept_for_thirty_days(
    finance: Client, upload: Upload, biller: Biller
) -> None:
    of_days_ago(biller, 29, 31)
    confirm(finance, upload(HEADER + NEW))
    assert list(AccountImport.objects.values_list("rejects", flat=True)) == ["", "Carl", ""]


def test_the_clock_forgets_them_where_nobody_uploads_any_more(biller: Biller) -> None:
    of_days_ago(biller, 29, 31, 300)
    said = StringIO()
    call_command("apply_retention", stdout=said)
    assert "2 emptied: rejected rows" in said.getvalue()
    assert list(AccountImport.objects.values_list("rejects", flat=True)) == ["Carl", "", ""]


def of_days_ago(biller: Biller, *days: int) -> None:
    for number in days:
        started = timezone.now() - timedelta(days=number)
        AccountImport.objects.create(biller=biller, started_at=started, rejects="Carl")


def test_the_file_waits_encrypted(upload: Upload) -> None:
    name = upload(HEADER + NEW).context["form"]["upload"].value()
    waiting = cache.get(f"cis-upload-{name}-0")
    assert waiting
    assert "Maria Jimenez" not in str(waiting)
    assert "cis.csv" not in str(waiting)
    assert b64encode((HEADER + NEW).encode()).decode() not in str(waiting)


def test_a_large_file_waits_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has to reach Redis within its time limit."""
    monkeypatch.setattr("cis.uploads.PIECE", 100)
    stored = StoredUpload.of(b"x" * 500, user=1, biller=1, file_name="cis.csv", is_full=False)
    name = stored.store()
    assert StoredUpload.find(name).content == stored.content
    pieces = [f"cis-upload-{name}-{number}" for number in range(cache.get(f"cis-upload-{name}"))]
    assert {len(cache.get(piece)) for piece in pieces[:-1]} == {100}
    StoredUpload.find(name).forget()
    assert cache.get_many(pieces) == {}
    with pytest.raises(UnreadableFile):
        StoredUpload.find(name)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The submitted file is empty."),
        (b"number,name\n777,Ann\n", "The first row must contain the column names"),
        ("account_number,name\n777,Núñez\n".encode("latin-1"), "in UTF-8"),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3", "format is PDF"),
        (b"PK\x03\x04 and no more", "be read as a spreadsheet"),
        (b"\xd0\xcf\x11\xe0 and no more", "an old Excel file"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_file(
    upload: Upload, content: bytes, words: str
) -> None:
    answer = upload(content)
    assert words in text(answer)
    assert "upload" not in answer.context["form"].fields


def test_a_sheet_that_is_broken_further_down_is_said_as_well(upload: Upload) -> None:
    workbook = Workbook()
    for line in (["account_number", "name"], *([f"{n}", "Ann"] for n in range(3_000))):
        workbook.active.append(line)
    workbook.save(file := BytesIO())
    content = bytearray(file.getvalue())
    sheet = content.index(b"xl/worksheets/sheet1.xml")
    content[sheet + 9_000 : sheet + 9_050] = bytes(50)
    answer = upload(bytes(content), name="cis.xlsx")
    assert "be read as a spreadsheet" in text(answer)
    assert "upload" not in answer.context["form"].fields
    assert not UtilityAccount.objects.filter(name="Ann").exists()


def test_too_large_a_file_is_sent_to_the_command(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_module, "MOST_ROWS", 1)
    assert "more than 1 rows. Import large files with the command" in text(
        upload(HEADER + ANA + NEW)
    )
    monkeypatch.setattr(UploadForm, "MOST_BYTES", 50)
    assert "the limit here is 50 bytes" in text(upload(HEADER + ANA + NEW))


def test_an_operator_imports_for_no_biller_but_their_own(
    finance: Client, upload: Upload, cast: Cast
) -> None:
    other = people.other_biller()
    assert other.name not in text(finance.get(IMPORT))
    assert "Select a valid choice" in text(upload(HEADER + NEW, biller=other.pk))
    preview = upload(HEADER + NEW)
    confirm(finance, preview, biller=other.pk)
    assert not other.accounts.exists()


def test_nobody_confirms_what_somebody_else_uploaded(
    client: Client, upload: Upload, cast: Cast
) -> None:
    preview = upload(HEADER + NEW)
    client.force_login(people.staff("administrator", cast.biller))
    assert confirm(client, preview).status_code == 403
    assert not AccountImport.objects.exists()


def test_who_no_longer_works_for_the_biller_confirms_nothing(
    finance: Client, upload: Upload, cast: Cast
) -> None:
    preview = upload(HEADER + NEW)
    cast.biller.staff.clear()
    assert confirm(finance, preview).status_code == 403
    assert not AccountImport.objects.exists()


def test_what_another_biller_imported_is_not_seen(finance: Client, cast: Cast) -> None:
    other = people.other_biller()
    run = AccountImport.objects.create(biller=other, file_name="power.csv", rejects="secret")
    assert "power.csv" not in text(finance.get("/admin/cis/accountimport/"))
    assert finance.get(f"/admin/cis/accountimport/{run.pk}/rejects/").status_code == 404
    change = finance.get(f"/admin/cis/accountimport/{run.pk}/change/", follow=True)
    assert "power.csv" not in text(change)


def test_support_does_not_import(client: Client, biller: Biller) -> None:
    client.force_login(people.staff("support", biller))
    assert client.get(IMPORT).status_code == 403
    assert client.post(CONFIRM).status_code == 403
    run = AccountImport.objects.create(biller=biller, file_name="cis.csv", rejects="secret")
    assert client.get(f"/admin/cis/accountimport/{run.pk}/rejects/").status_code == 403
    assert IMPORT not in text(client.get("/admin/accounts/utilityaccount/"))


def test_an_import_is_a_record_that_nobody_changes(finance: Client, biller: Biller) -> None:
    run = AccountImport.objects.create(biller=biller, file_name="cis.csv")
    page = f"/admin/cis/accountimport/{run.pk}"
    assert "cis.csv" in text(finance.get(f"{page}/change/"))
    assert finance.post(f"{page}/change/", {"created": 7}).status_code == 403
    assert finance.post(f"{page}/delete/").status_code == 403


def test_by_hand_in_a_browser(page: Page, cast: Cast) -> None:
    clerk = people.staff("finance", cast.biller)
    page.goto("/admin/")
    page.get_by_label("Email").fill(clerk.email)
    page.get_by_label("Password").fill(STAFF_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("main").get_by_role("link", name="Import accounts").click()
    expect(page.get_by_label("File", exact=True)).to_be_visible()
    assert_accessible(page)
    lines = (HEADER + ANA + NEW + BAD).encode()
    chosen = {"name": "cis.csv", "mimeType": "text/csv", "buffer": lines}
    page.get_by_label("File", exact=True).set_input_files(chosen)
    page.get_by_label("The file lists every account").check()
    page.get_by_role("button", name="Preview changes").click()
    expect(page.get_by_text("Check again before you close accounts.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Choose the columns").click()
    expect(page.get_by_label("Service address")).to_have_value("address")
    assert_accessible(page)
    page.get_by_role("button", name="Preview changes").click()
    page.get_by_label("Close them anyway").check()
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_text("Imported: 1 new, 1 changed, 45 closed.")).to_be_visible()
    with page.expect_download() as refused:
        page.get_by_role("link", name="Download with reasons").click()
    assert "Carl" in refused.value.path().read_text("utf-8-sig")
