"""A wrong list is withdrawn while nothing was resolved from it, and then counts nowhere."""

import pytest
from auditlog.models import LogEntry
from django.test import Client

from backoffice.tables.table import UnreadableFile
from payments.models import Payment
from payments.models.reconciliation import Reconciliation
from payments.reconciliation.matching import match
from payments.reconciliation.resolution import NotResolved, add_payment, resolve
from payments.reconciliation.stored_table import use_header
from payments.reconciliation.withdrawal import NotWithdrawn, withdraw
from tests.cast import Cast, other_biller
from tests.payments.reconciliation.lists import csv_file, finance, line_of, matched, paid, strange
from tests.payments.reconciliation.test_admin import LIST, upload


@pytest.fixture
def operator(cast: Cast, client: Client) -> Client:
    client.force_login(finance(cast.biller))
    return client


def page_of(made: Reconciliation) -> str:
    return f"{LIST}{made.pk}/withdraw/"


def test_it_is_confirmed_logged_and_counts_nowhere(operator: Client, cast: Cast) -> None:
    payment = paid(cast)
    made = matched(cast.biller, line_of(payment), strange(cast))
    line = made.lines.get(outcome="missing-here")
    assert "Withdraw this list" in operator.get(f"{LIST}{made.pk}/change/").content.decode()
    page = operator.get(page_of(made)).content.decode()
    assert "Nothing was resolved from this one" in page
    unconfirmed = operator.post(page_of(made))
    assert "Check the box" in unconfirmed.content.decode()
    assert Reconciliation.objects.in_force().exists()
    said = operator.post(page_of(made), {"is_certain": "on"}, follow=True).content.decode()
    assert "It no longer counts anywhere." in said
    assert "This list was withdrawn." in said
    assert "Missing here" not in said
    made.refresh_from_db()
    assert (str(made.state), made.withdrawn_by) == ("withdrawn", made.uploaded_by)
    entry = LogEntry.objects.get_for_object(made).latest("pk")
    assert "withdrawn_at" in entry.changes
    for page in ("lines/missing-here/", "columns/", "withdraw/", f"line/{line.pk}/"):
        assert operator.get(f"{LIST}{made.pk}/{page}").status_code == 404, page
    assert operator.post(f"{LIST}{made.pk}/again/").status_code == 404
    assert "withdrawn" in operator.get(LIST).content.decode()
    other = matched(cast.biller, line_of(payment, Amount="84.21"))
    shown = operator.get(f"{LIST}{other.pk}/line/{other.lines.get().pk}/").content.decode()
    assert "Also in:" not in shown


def test_nothing_more_happens_to_it(cast: Cast) -> None:
    made = matched(cast.biller, strange(cast))
    line, by = made.lines.get(), made.uploaded_by
    withdraw(made, by=by)
    with pytest.raises(NotResolved, match="withdrawn"):
        resolve(line, kind="explained", note="x", by=by)
    with pytest.raises(NotResolved, match="withdrawn"):
        add_payment(line, note="x", by=by)
    with pytest.raises(NotWithdrawn):
        withdraw(made, by=by)
    match(made)
    made.refresh_from_db()
    assert not made.is_under_way
    assert not Payment.objects.exists()
    assert made.columns_used_before() == {}
    assert matched(cast.biller, strange(cast)).columns_used_before() == {}


def test_the_same_file_can_be_uploaded_again(operator: Client, cast: Cast) -> None:
    content = csv_file(strange(cast))
    upload(operator, cast, content)
    first = Reconciliation.objects.get()
    withdraw(first, by=first.uploaded_by)
    upload(operator, cast, content)
    assert Reconciliation.objects.in_force().count() == 1
    assert Reconciliation.objects.count() == 2


@pytest.mark.parametrize("kind", ["explained", "added"])
def test_what_was_resolved_is_shown(operator: Client, cast: Cast, kind: str) -> None:
    made = matched(cast.biller, strange(cast))
    line, by = made.lines.get(), made.uploaded_by
    if kind == "added":
        add_payment(line, note="x", by=by)
    else:
        resolve(line, kind=kind, note="x", by=by)
    page = operator.post(page_of(made), {"is_certain": "on"}, follow=True).content.decode()
    assert "1 line is resolved" in page
    assert f"{LIST}{made.pk}/line/{line.pk}/" in page
    assert f"{kind}" in page
    assert "Withdraw the list" not in page
    assert Reconciliation.objects.in_force().exists()


def test_a_line_that_was_reopened_is_not_resolved(cast: Cast) -> None:
    made = matched(cast.biller, strange(cast))
    line, by = made.lines.get(), made.uploaded_by
    first = resolve(line, kind="explained", note="x", by=by)
    with pytest.raises(NotWithdrawn):
        withdraw(made, by=by)
    resolve(line, kind="note", note="a mistake", by=by, seen=first.pk)
    withdraw(made, by=by)
    assert line.resolutions.count() == 2


def test_a_page_opened_before_does_not_bring_it_back(cast: Cast) -> None:
    made = matched(cast.biller, strange(cast))
    stale = Reconciliation.objects.get(pk=made.pk)
    withdraw(made, by=made.uploaded_by)
    with pytest.raises(UnreadableFile, match="was withdrawn"):
        use_header(stale, 1)
    assert not Reconciliation.objects.in_force().exists()


def test_another_row_has_the_names_only_while_nothing_is_resolved(cast: Cast) -> None:
    made = matched(cast.biller, strange(cast))
    resolve(made.lines.get(), kind="explained", note="x", by=made.uploaded_by)
    with pytest.raises(UnreadableFile, match="are resolved"):
        use_header(made, 1)
    other = matched(cast.biller, strange(cast))
    assert Reconciliation.objects.get(pk=other.pk).claim()
    with pytest.raises(UnreadableFile, match="being matched"):
        use_header(other, 1)


def test_a_list_whose_columns_were_never_chosen(operator: Client, cast: Cast) -> None:
    upload(operator, cast, csv_file(strange(cast)))
    made = Reconciliation.objects.get()
    assert page_of(made) in operator.get(f"{LIST}{made.pk}/columns/").content.decode()
    operator.post(page_of(made), {"is_certain": "on"})
    assert operator.get(f"{LIST}{made.pk}/change/").status_code == 200


@pytest.mark.parametrize(("role", "status"), [("support", 403), ("finance", 404)])
def test_only_staff_of_this_biller_with_the_permission(
    client: Client, cast: Cast, role: str, status: int
) -> None:
    made = matched(cast.biller, strange(cast))
    biller = cast.biller if role == "support" else other_biller()
    client.force_login(finance(biller, role=role, email="x@example.com"))
    assert client.get(page_of(made)).status_code == status
    assert client.post(page_of(made), {"is_certain": "on"}).status_code == status
    assert Reconciliation.objects.in_force().exists()
