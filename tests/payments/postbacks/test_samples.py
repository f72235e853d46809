"""The first postbacks of a biller leave their form behind: names and kinds, and never a value."""

import json
import logging
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from icsso.billers.hosts import kept
from icsso.billers.models import Biller
from icsso.billers.postback_samples.models import PostbackSample
from icsso.billers.postback_samples.recording import MOST
from payments.models import Checkout, Payment, Postback
from tests.cast import Cast
from tests.payments.paying import at_once, opened, post, postback_fields, send_postback

# What a postback might hold, in every place where the sender could put it.
CANARIES = {
    "CustomerName": "Canary Quillfeather",
    "CustomerAddress": "77 Canary Lane",
    "PaymentMessage": "APPROVED 918273",
    "AccountNumber": "55512345",
    "RemoteIP": "203.0.113.77",
    "PaymentAmount": "7319.46",
    "Canary@example.com": "Canary@example.com",
    "4012888888881881": "4012888888881881",
    "Account55512345": "x",
}


@pytest.fixture
def checkout(cast: Cast) -> Checkout:
    return opened(cast)


def kinds(sample: PostbackSample) -> dict[str, str]:
    return {field["name"]: field["kind"] for field in sample.fields}


def test_names_and_kinds_are_kept(client: Client, checkout: Checkout) -> None:
    send_postback(client, checkout, postback_fields(checkout))
    sample = checkout.biller.postback_samples.get()
    assert (sample.method, sample.content_type) == ("POST", "application/x-www-form-urlencoded")
    assert {field["place"] for field in sample.fields} == {"body"}
    found = kinds(sample)
    assert found["PaymentGUID"] == "guid"
    assert found["PaymentAmount"] == "money:2"
    assert found["Approved"] == "boolean:text"
    assert found["PaymentDate"] == "date:M/d/yyyy h:mm:ss tt"
    assert found["CustomerName"] == f"text:{len('Willows Laundry')}"
    assert sample.approval_is_known


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/json"])
def test_no_value_is_kept(client: Client, checkout: Checkout, content_type: str) -> None:
    form, query = urlencode(CANARIES), f"{urlencode(CANARIES)}&Quillfeather"
    body = json.dumps(CANARIES) if content_type.endswith("json") else f"{form}&Quillfeather"
    address = f"/pay/postback/p{checkout.address}/?{query}"
    kind = f"{content_type}; boundary=Quillfeather"
    assert client.generic("POST", address, body.encode(), content_type=kind).status_code == 200
    [row] = PostbackSample.objects.values()
    for name in ("id", "biller_id", "received_at"):
        del row[name]  # by chance, its digits may be those of a value
    stored = str(row).lower()
    assert "customername" in stored
    for canary in ("quillfeather", "canary", "55512345", "918273", "7319", "4012", "203.0.113"):
        assert canary not in stored, canary


def test_only_the_first_ones_are_kept_and_later_ones_cost_nothing(
    client: Client, checkout: Checkout
) -> None:
    fields = postback_fields(checkout)
    for _ in range(MOST + 2):
        assert send_postback(client, checkout, fields).status_code == 200
    assert checkout.biller.postback_samples.count() == MOST
    kept.forget()  # as the update does
    with CaptureQueriesContext(connection) as queries:
        send_postback(client, checkout, fields)
    assert "sample" not in " ".join(query["sql"] for query in queries if "UPDATE" in query["sql"])
    Biller.objects.update(postbacks_sampled=0)
    with CaptureQueriesContext(connection) as more_queries:
        send_postback(client, checkout, fields)
    assert len(more_queries) - len(queries) == 4  # a savepoint around an update and an insert


def test_each_biller_has_its_own(client: Client, checkout: Checkout) -> None:
    other = Biller.objects.create(slug="other", name="Ogdenville Gas")
    send_postback(client, checkout, postback_fields(checkout))
    other.refresh_from_db()
    assert (other.postbacks_sampled, other.postback_samples.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_sample_that_cannot_be_kept_costs_no_payment(
    client: Client, checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    connection.cursor().execute("ALTER TABLE icsso_postbacksample RENAME TO icsso_away")
    try:
        answer = send_postback(client, checkout, postback_fields(checkout))
    finally:
        connection.cursor().execute("ALTER TABLE icsso_away RENAME TO icsso_postbacksample")
    assert answer.status_code == 200
    assert Postback.objects.get().verdict == "approved"
    assert Payment.objects.count() == 1
    assert [record.getMessage() for record in caplog.records] == [
        "sample of a postback not recorded"
    ]
    assert Biller.objects.get().postbacks_sampled == 0


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_not_more(cast: Cast) -> None:
    checkout = opened(cast)
    Biller.objects.update(postbacks_sampled=MOST - 2)
    fields = postback_fields(checkout)
    answers = at_once(*[lambda: send_postback(Client(), checkout, fields).status_code] * 6)
    assert answers == [200] * 6
    assert PostbackSample.objects.count() == 2


@pytest.mark.parametrize(
    "body", [b"[" * 30_000, b'{"Approved": ' * 2_000, b"\xff\xfe=\xff", b"=&=&==", b"{}", b"[1]"]
)
def test_no_body_breaks_it(
    client: Client, checkout: Checkout, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert post(client, checkout, body).status_code == 200
    assert PostbackSample.objects.count() == 1
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize(
    ("text", "is_known"), [("True", True), ("False", True), ("Y", False), ("true", False)]
)
def test_it_is_kept_whether_the_approval_can_be_read(
    client: Client, checkout: Checkout, text: str, is_known: bool
) -> None:
    send_postback(client, checkout, postback_fields(checkout, Approved=text))
    assert PostbackSample.objects.get().approval_is_known is is_known


def test_a_text_of_the_wire_profile_can_be_read(client: Client, checkout: Checkout) -> None:
    Biller.objects.update(wire_profile={"postback": {"approved": ["Y"]}})
    send_postback(client, checkout, postback_fields(checkout, Approved="Y"))
    assert PostbackSample.objects.get().approval_is_known


def test_one_that_came_by_another_method_is_seen_as_well(
    client: Client, checkout: Checkout
) -> None:
    """It is refused if the wire profile excludes it, and an operator must learn of it."""
    Biller.objects.update(wire_profile={"postback": {"method": "POST"}})
    address = f"/pay/postback/p{checkout.address}/"
    assert client.get(address, postback_fields(checkout)).status_code == 405
    sample = PostbackSample.objects.get()
    assert (sample.method, sample.fields[0]["place"]) == ("GET", "query")
    assert client.get(address).status_code == 405
    assert PostbackSample.objects.count() == 1
    assert not Postback.objects.exists()


def test_a_missing_approval_is_neither(client: Client, checkout: Checkout) -> None:
    send_postback(client, checkout, postback_fields(checkout, Approved=None))
    assert PostbackSample.objects.get().approval_is_known is None
