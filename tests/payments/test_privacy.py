"""What an erasure leaves of payments, and what an export says about who paid."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from accounts.privacy import export, services
from icsso.client.contract import PostbackField
from payments.models import Payment, Postback
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from payments.privacy import MONEY
from payments.reconciliation.stored_table import why_fixed
from tests.cast import LAUNDRY_EMAIL, Cast, staff
from tests.payments.paying import members, postback_fields, send_postback

PERSONAL = {
    "CustomerName": "Wilma Laundress",
    "CustomerEmail": LAUNDRY_EMAIL,  # not in the contract
    "Phone": "5550100",
    "PaymentMessage": "Thank you Wilma",
}


@pytest.fixture
def paid(cast: Cast) -> Cast:
    checkout = members(cast, "10000101")
    send_postback(Client(), checkout, postback_fields(checkout, **PERSONAL))
    return cast


def test_only_the_fields_about_the_money_stay(paid: Cast) -> None:
    before = Postback.objects.get().fields
    services.erase(paid.laundry)
    fields = Postback.objects.get().fields
    assert {name for name, values in fields.items() if values == ["erased"]} >= set(PERSONAL)
    money = {str(name) for name in MONEY} & set(before)
    assert {name: fields[name] for name in money} == {name: before[name] for name in money}
    assert set(fields) - money == {name for name in fields if fields[name] == ["erased"]}


def test_every_field_of_the_contract_is_decided() -> None:
    personal = {"CUSTOMER_", "REMOTE_", "PAYMENT_DESC", "PAYMENT_MESS"}
    others = {field.name for field in set(PostbackField) - MONEY}
    assert all(name.startswith(tuple(personal)) for name in others)


def test_a_field_of_the_person_under_a_name_of_the_contract_goes(paid: Cast) -> None:
    biller = paid.biller
    biller.wire_profile = {
        "postback": {"fields": {"InvoiceNumber": "Bill", "CustomerName": "InvoiceNumber"}}
    }
    biller.save()
    services.erase(paid.laundry)
    assert Postback.objects.get().fields["InvoiceNumber"] == ["erased"]


def test_cells_of_lists_about_the_payments_go(paid: Cast) -> None:
    now, payment = timezone.now(), Payment.objects.get()
    uploaded = Reconciliation.objects.create(
        biller=paid.biller,
        first_day=now.date(),
        last_day=now.date(),
        header=["Name"],
        top=[[1, ["Name"]], [2, ["Wilma"]]],
        uploaded_by=staff("finance", paid.biller),
        matched_at=now,
    )
    lines = ReconciliationLine.objects
    lines.create(reconciliation=uploaded, number=2, cells=["Wilma"], payment=payment)
    lines.create(reconciliation=uploaded, number=3, cells=["Fred"], account_number="1")
    services.erase(paid.laundry)
    assert list(lines.order_by("number").values_list("cells", flat=True)) == [[], ["Fred"]]
    uploaded.refresh_from_db()
    assert uploaded.top == []
    assert why_fixed(uploaded)


def test_the_export_says_what_postbacks_say_and_what_it_leaves_out(paid: Cast) -> None:
    held = json.loads("".join(export.as_json(paid.laundry)))
    [said] = [row["said"] for row in held["postbacks"]]
    assert "CustomerName: Wilma Laundress" in said
    assert f"CustomerEmail: {LAUNDRY_EMAIL}" in said
    assert "PaymentAmount" not in said
    assert any("Invoice Cloud" in text for text in held["left_out"])
    assert "What is not in here" in "".join(export.as_html(paid.laundry))


def test_the_export_has_the_account_unless_it_is_somebody_elses_now(paid: Cast) -> None:
    link = paid.laundry.all_links.get()
    [row] = json.loads("".join(export.as_json(paid.laundry)))["linked_accounts"]
    assert row["account_name"] == link.account.name
    paid.laundry.all_links.update(needs_proof_since=timezone.now())
    [row] = json.loads("".join(export.as_json(paid.laundry)))["linked_accounts"]
    assert row["account_name"] == ""
