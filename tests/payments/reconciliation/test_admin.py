"""Operators upload Invoice Cloud's list, say which column is which, and work through it."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from payments.models import Payment
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import Resolution
from payments.reconciliation.reading.columns import guess_columns
from tests.cast import Cast, other_biller
from tests.payments.paying import opened
from tests.payments.reconciliation.lists import (
    HEADER,
    csv_file,
    finance,
    line_of,
    matched,
    outcomes,
    paid,
    strange,
)

LIST = "/admin/payments/reconciliation/"


@pytest.fixture
def operator(cast: Cast, client: Client) -> Client:
    client.force_login(finance(cast.biller))
    return client


def upload(client: Client, cast: Cast, content: bytes, **entered: Any) -> HttpResponse:
    given = {
        "biller": cast.biller.pk,
        "first_day": "2025-11-01",
        "last_day": "2025-11-30",
        "file": SimpleUploadedFile("november.csv", content),
    }
    return client.post(f"{LIST}add/", given | entered)


def test_from_the_upload_to_what_came_of_it(operator: Client, cast: Cast) -> None:
    payment, _lost = paid(cast), paid(cast)
    sent = upload(operator, cast, csv_file(line_of(payment), strange(cast)))
    made = Reconciliation.objects.get()
    assert sent["Location"] == f"{LIST}{made.pk}/columns/"
    page = operator.get(sent["Location"]).content.decode()
    assert str(payment.payment_guid) in page
    chosen = operator.post(sent["Location"], guess_columns(list(HEADER)))
    assert chosen["Location"] == f"{LIST}{made.pk}/change/"
    assert outcomes(made) == [("matched", ""), ("missing-here", ""), ("missing-there", "")]
    page = operator.get(chosen["Location"]).content.decode()
    assert "Missing at Invoice Cloud" in page
    assert "Match again" in page


def test_the_columns_are_asked_once_for_each_biller(operator: Client, cast: Cast) -> None:
    matched(cast.biller, strange(cast))
    sent = upload(operator, cast, csv_file(strange(cast)))
    made = Reconciliation.objects.latest("pk")
    assert sent["Location"] == f"{LIST}{made.pk}/change/"
    assert outcomes(made) == [("missing-here", "")]
    page = operator.get(sent["Location"]).content.decode()
    assert "The same columns as last time were used." in page


def test_other_column_names_are_asked_again(operator: Client, cast: Cast) -> None:
    matched(cast.biller, strange(cast))
    renamed = csv_file(strange(cast)).replace(b"Date Paid", b"When")
    assert upload(operator, cast, renamed)["Location"].endswith("/columns/")


def test_the_same_file_twice_is_recognised(operator: Client, cast: Cast) -> None:
    content = csv_file(strange(cast))
    upload(operator, cast, content)
    again = upload(operator, cast, content)
    assert Reconciliation.objects.count() == 1
    made = Reconciliation.objects.get()
    assert again["Location"] == f"{LIST}{made.pk}/change/"
    page = operator.get(again["Location"], follow=True).content.decode()
    assert "This file was already uploaded" in page
    upload(operator, cast, content, last_day="2025-11-29")
    assert Reconciliation.objects.count() == 2


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"PaymentAmount": ""}, "This field is required."),
        ({"PaymentAmount": "Fee"}, "This column was chosen twice."),
        ({"PaymentGUID": "Card Type"}, "with these columns: no readable PaymentGUID"),
        ({"PaymentGUID": "no such column"}, "Select a valid choice."),
    ],
)
def test_columns_that_cannot_be_are_refused(
    operator: Client, cast: Cast, chosen: dict[str, str], said: str
) -> None:
    upload(operator, cast, csv_file(strange(cast)))
    made = Reconciliation.objects.get()
    entered = guess_columns(list(HEADER)) | chosen
    if "Card Type" in chosen.values():
        entered["CardType"] = ""
    answer = operator.post(f"{LIST}{made.pk}/columns/", entered)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert Reconciliation.objects.get().columns == {}


def test_lists_show_what_is_open_what_is_resolved_and_what_is_ours(
    operator: Client, cast: Cast
) -> None:
    checkout = opened(cast)
    ours = strange(cast, Biller_Reference=checkout.biller_reference, Amount="11.11")
    made = matched(cast.biller, ours, strange(cast, Amount="22.22"), strange(cast, Amount="33.33"))
    resolved = made.lines.get(number=4)
    resolved.resolutions.create(kind="explained", note="by phone", by=made.uploaded_by)
    address = f"{LIST}{made.pk}/lines/missing-here/"
    for show, amounts in {
        "": ["$11.11", "$22.22"],
        "?show=ours": ["$11.11"],
        "?show=resolved": ["$33.33"],
        "?show=all": ["$11.11", "$22.22", "$33.33"],
    }.items():
        page = operator.get(address + show).content.decode()
        assert [a for a in ("$11.11", "$22.22", "$33.33") if a in page] == amounts, show
    assert operator.get(f"{LIST}{made.pk}/lines/no-such/").status_code == 404
    assert operator.get(f"{address}?show=no-such").status_code == 404
    overview = operator.get(f"{LIST}{made.pk}/change/").content.decode()
    assert "1 open line is from a payment page on this portal" in overview
    assert "Match again" not in overview
    assert "/again/" not in overview  # no form without a button
    assert "Withdraw this list" in overview


def test_a_long_list_comes_in_pages(operator: Client, cast: Cast) -> None:
    made = matched(cast.biller, *(strange(cast, Amount=f"{n}.00") for n in range(1, 52)))
    address = f"{LIST}{made.pk}/lines/missing-here/"
    assert "$51.00" not in operator.get(address).content.decode()
    page = operator.get(f"{address}?page=2").content.decode()
    assert "$51.00" in page
    assert "Page 2 of 2" in page


def test_a_line_stands_beside_what_we_know(operator: Client, cast: Cast) -> None:
    payment = paid(cast)
    made = matched(cast.biller, line_of(payment, Amount="84.21"))
    page = operator.get(f"{LIST}{made.pk}/line/{made.lines.get().pk}/").content.decode()
    assert "Different amount" in page
    assert "84.21" in page
    assert "$84.20" in page
    assert payment.checkout.biller_reference in page


def test_columns_stay_once_a_line_is_resolved(operator: Client, cast: Cast) -> None:
    made = matched(cast.biller, strange(cast))
    made.lines.get().resolutions.create(kind="note", note="asked", by=made.uploaded_by)
    before = made.columns
    operator.post(f"{LIST}{made.pk}/columns/", guess_columns(list(HEADER)) | {"CardType": ""})
    operator.post(f"{LIST}{made.pk}/again/")
    made.refresh_from_db()
    assert made.columns == before


def pages(made: Reconciliation) -> list[str]:
    own = f"{LIST}{made.pk}/"
    line = f"{own}line/{made.lines.first().pk}/"
    return [
        f"{own}change/", f"{own}columns/", f"{own}again/", f"{own}lines/missing-here/", line,
        f"{line}add/", f"{line}resolve/",
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["support", ""])
def test_who_may_not_reconcile_sees_nothing_of_it(client: Client, cast: Cast, role: str) -> None:
    made = matched(cast.biller, strange(cast))
    client.force_login(finance(cast.biller, role=role, email="other@example.com"))
    for page in [LIST, f"{LIST}add/", *pages(made)]:
        assert client.get(page).status_code in {403, 405}, page
        assert client.post(page).status_code == 403, page


def test_staff_of_another_biller_get_nothing(client: Client, cast: Cast) -> None:
    made = matched(cast.biller, strange(cast))
    power = other_biller()
    client.force_login(finance(power, email="power@example.com"))
    for page in pages(made):
        assert client.get(page).status_code in {404, 405}, page
        assert client.post(page, {"add-note": "x", "resolve-note": "x"}).status_code in {404, 405}
    assert "november.csv" not in client.get(LIST).content.decode()
    upload_page = client.get(f"{LIST}add/").content.decode()
    assert "Shelbyville Power" in upload_page
    assert "Springfield Water" not in upload_page
    refused = upload(client, cast, csv_file(strange(cast)))
    assert "Select a valid choice" in refused.content.decode()
    assert Reconciliation.objects.count() == 1
    assert not Payment.objects.exists()
    assert not Resolution.objects.exists()


def test_members_get_nothing(client: Client, cast: Cast) -> None:
    made = matched(cast.biller, strange(cast))
    client.force_login(cast.laundry)
    for page in [LIST, f"{LIST}add/", *pages(made)]:
        assert client.get(page).status_code in {302, 403, 405}, page


def test_a_line_of_another_list_is_not_found(operator: Client, cast: Cast) -> None:
    first, second = matched(cast.biller, strange(cast)), matched(cast.biller, strange(cast))
    page = f"{LIST}{first.pk}/line/{second.lines.get().pk}/"
    assert operator.get(page).status_code == 404


def test_the_first_page_leads_here_for_who_may(operator: Client, cast: Cast) -> None:
    assert LIST in operator.get("/admin/").content.decode()
    support = Client()
    user: User = finance(cast.biller, role="support", email="support@example.com")
    support.force_login(user)
    assert LIST not in support.get("/admin/").content.decode()
