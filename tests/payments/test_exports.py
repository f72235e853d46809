"""Operators export lists as files: what the filters show, of their own billers, if they have the
permission."""

from io import BytesIO

import pytest
from auditlog.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import Client, RequestFactory
from openpyxl import load_workbook

from accounts.models import Signup, User
from backoffice.exports.admin import logged
from backoffice.exports.files import csv_text
from payments.models import Payment
from tests.cast import Cast, other_biller, staff
from tests.payments.paying import GUID, HOSTED, opened, postback_fields, send_postback

LISTS = ["payment", "checkout", "postback"]


def paid(cast: Cast, number: str = "10000101", **changes: str) -> None:
    checkout = opened(cast, number)
    send_postback(Client(), checkout, postback_fields(checkout, **changes))


def text_of(answer: HttpResponse) -> str:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]


def exports() -> QuerySet[LogEntry]:
    return LogEntry.objects.filter(object_repr__startswith="export")


def test_payments_go_into_a_file_as_the_list_shows_them(finance: Client, cast: Cast) -> None:
    paid(cast)
    paid(cast, "10000102", CardType="Discover", PaymentGUID=str(cast.biller.biller_guid))
    assert 'formaction="export/csv/?method=Visa"' in (
        finance.get("/admin/payments/payment/?method=Visa").content.decode()
    )
    answer = finance.post("/admin/payments/payment/export/csv/?method=Visa")
    assert answer["Content-Type"] == "text/csv"
    assert 'attachment; filename="payments-' in answer["Content-Disposition"]
    heading, row = text_of(answer).splitlines()
    assert heading.startswith('"paid","biller","account number","amount","fee","total","method"')
    assert f'"Springfield Water","10000101","84.20","2.50","86.70","Visa","{GUID}"' in row
    everything = text_of(finance.post("/admin/payments/payment/export/csv/"))
    assert len(everything.splitlines()) == 3


def test_a_search_narrows_the_file_as_it_does_the_list(finance: Client, cast: Cast) -> None:
    paid(cast)
    opened(cast, "10000102")
    text = text_of(finance.post("/admin/payments/checkout/export/csv/?q=10000102"))
    assert "10000102" in text
    assert "10000101" not in text


def test_excel_gets_a_workbook(finance: Client, cast: Cast) -> None:
    paid(cast)
    answer = finance.post("/admin/payments/payment/export/xlsx/")
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[1][1:6] == ("Springfield Water", "10000101", 84.2, 2.5, 86.7)


def test_what_is_for_review_goes_into_a_file_without_what_would_run(
    finance: Client, cast: Cast
) -> None:
    paid(cast, Approved="=HYPERLINK(1)", PaymentMessage="@SUM(A1)", CustomerName="Willows Laundry")
    paid(cast, "10000102")
    text = text_of(finance.post("/admin/payments/postback/export/csv/?verdict__exact=review"))
    assert "Approved is neither True nor False" in text
    assert ',"\'=HYPERLINK(1)","84.20","2.50","\'@SUM(A1)"' in text
    assert "10000102" not in text
    assert "Willows" not in text  # the customer's own data stays here


def test_no_file_holds_a_token_a_digest_or_the_hosted_page(finance: Client, cast: Cast) -> None:
    paid(cast)
    checkout = opened(cast)
    texts = [text_of(finance.post(f"/admin/payments/{name}/export/csv/")) for name in LISTS]
    secrets = [HOSTED, checkout.address, checkout.postback_digest, checkout.return_digest]
    assert not [secret for secret in secrets if secret in "".join(texts)]


def test_registrations_go_out_with_masked_addresses(client: Client, cast: Cast) -> None:
    Signup.objects.create(
        biller=cast.biller,
        account=cast.account("10000104"),
        email="rosa@example.com",
        password="argon2$a-hash",
        link_digest="a-digest",
    )
    client.force_login(staff("administrator", cast.biller))
    text = text_of(client.post("/admin/accounts/signup/export/csv/"))
    assert '"Springfield Water","10000104","r…@e….com",' in text
    assert text.endswith('"account number and proof"\r\n')
    assert "rosa@" not in text
    assert "argon2" not in text
    assert "a-digest" not in text


@pytest.mark.parametrize("name", LISTS)
def test_nothing_of_another_biller_goes_out(client: Client, cast: Cast, name: str) -> None:
    paid(cast)
    client.force_login(staff("finance", other_biller()))
    text = text_of(client.post(f"/admin/payments/{name}/export/csv/"))
    assert len(text.splitlines()) == 1


def test_what_went_out_is_on_record(finance: Client, cast: Cast) -> None:
    paid(cast)
    text_of(finance.post("/admin/payments/payment/export/csv/"))
    entry = exports().get()
    assert entry.actor == User.objects.get(email="finance@springfield-water.example")
    assert entry.content_type.model == "payment"
    assert entry.object_repr == "export: 1 rows"
    assert entry.additional_data == {f"biller:{cast.biller.pk}": True, "exported": 1}


def test_it_is_found_by_the_address_of_who_exported(finance: Client, cast: Cast) -> None:
    paid(cast)
    text_of(finance.post("/admin/payments/payment/export/csv/"))
    finance.force_login(staff("administrator", cast.biller))
    page = finance.get(
        "/admin/auditlog/logentry/?q=finance@springfield-water.example"
    ).content.decode()
    assert "export: 1 rows" in page


def test_what_was_broken_off_is_on_record_too(cast: Cast, rf: RequestFactory) -> None:
    request = rf.post("/")
    request.user = staff("finance", cast.biller).as_proxy()
    pieces = csv_text(["number"], logged(request, Payment, ([row] for row in range(5000))))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    entry = exports().get()
    assert entry.additional_data == {"exported": 1000, f"biller:{cast.biller.pk}": True}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_support_exports_nothing(client: Client, cast: Cast, name: str, form: str) -> None:
    client.force_login(staff("support", cast.biller))
    assert client.post(f"/admin/payments/{name}/export/{form}/").status_code == 403
    assert "Download everything" not in client.get("/admin/payments/payment/").content.decode()
    assert exports().count() == 0


def test_a_file_is_asked_for_by_post_alone(finance: Client, cast: Cast) -> None:
    assert finance.get("/admin/payments/payment/export/csv/").status_code == 405


def test_a_filter_that_makes_no_sense_leads_back_to_the_list(finance: Client, cast: Cast) -> None:
    answer = finance.post("/admin/payments/payment/export/csv/?paid_at__year=x")
    assert answer.status_code == 302
    assert answer["Location"] == "../../"
