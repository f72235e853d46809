"""What reaches the postback address: methods, bytes, and a database that fails."""

import json
import logging
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.models import Checkout, Payment, Postback
from payments.postbacks import views
from payments.postbacks.services import conclude
from tests.cast import Cast
from tests.payments.paying import GUID, opened, post, postback_fields, send_postback, verdicts

ALLOWED = "GET, HEAD, OPTIONS, POST, PUT"
SLOW = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def checkout(cast: Cast) -> Checkout:
    return opened(cast)


def test_an_unknown_token_is_404_and_writes_nothing(
    client: Client, checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    for token in ("unknown", checkout.address, checkout.postback_digest, "r" + checkout.address):
        answer = client.post(f"/pay/postback/{token}/", postback_fields(checkout))
        assert answer.status_code == 404
        assert client.post(f"/pay/postback/{token}/", {"a": range(101)}).status_code == 404
    assert not Postback.objects.exists()
    assert {one.levelname for one in caplog.records if one.name == views.__name__} == {"INFO"}


def test_it_needs_no_csrf_token_no_cookie_and_no_known_host(cast: Cast, checkout: Checkout) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(
        f"/pay/postback/p{checkout.address}/",
        postback_fields(checkout),
        headers={"host": "127.0.0.1"},
    )
    assert answer.status_code == 200
    assert not answer.cookies


@pytest.mark.parametrize(
    "written",
    [
        "/pay/postback/{}",
        "/pay/postback/{}//",
        "/pay/postback/{}/.html",
        "/pay/postback/{}.aspx",
        "/pay/postback/{}/index.html",
        "/pay/postback//{}/",
        "/pay//postback/{}/",
        "/Pay/PostBack/{}/",
        "/pay/postback/%20{}%20",
        "/pay/postback/{}/%0D%0A",
        "/pay/postback/{}/?",
        "/pay/postback/{}/%3F",
    ],
)
def test_what_surrounds_the_token_does_not_matter(
    client: Client, checkout: Checkout, written: str
) -> None:
    form = urlencode(postback_fields(checkout))
    kind = "application/x-www-form-urlencoded"
    answer = client.post(written.format("p" + checkout.address), form, content_type=kind)
    assert answer.status_code == 200
    assert verdicts(checkout) == [("approved", "")]


@pytest.mark.parametrize(
    "written",
    [
        *("/?{}", "?{}", "//?{}", "/??{}", "/&{}", "&{}", "/%3F{}", "/?&{}", "/.html?{}"),
        *("/.html%3F{}", "/%20%3F{}", "/;{}", "/?%3F{}", "/index.html&{}"),
    ],
)
@pytest.mark.parametrize("between", ["&", "&amp;"])
def test_fields_may_stand_anywhere_behind_the_token(
    client: Client, checkout: Checkout, written: str, between: str
) -> None:
    sent = postback_fields(checkout, CustomerName="Smith & Sons = ? ; Ltd")
    address = f"/pay/postback/p{checkout.address}"
    address += written.format(urlencode(sent).replace("&", between))
    assert client.get(address, RAW_URI=address).status_code == 200
    assert verdicts(checkout) == [("approved", "")]
    assert Postback.objects.get().fields == {name: [text] for name, text in sent.items()}


@pytest.mark.parametrize("written", ["/&{}", "/.html%3F{}", "/?%3F{}"])
def test_a_server_may_decode_the_path(client: Client, checkout: Checkout, written: str) -> None:
    sent = postback_fields(checkout)
    client.get(f"/pay/postback/p{checkout.address}" + written.format(urlencode(sent)))
    assert Postback.objects.get().fields == {name: [text] for name, text in sent.items()}


def test_one_that_is_put_there_is_posted(client: Client, checkout: Checkout) -> None:
    form = urlencode(postback_fields(checkout))
    kind = "application/x-www-form-urlencoded"
    answer = client.put(f"/pay/postback/p{checkout.address}/", form, content_type=kind)
    assert answer.status_code == 200
    assert verdicts(checkout) == [("approved", "")]
    assert {sample.method for sample in checkout.biller.postback_samples.all()} == {"PUT"}


@pytest.mark.parametrize("method", ["head", "options"])
def test_who_only_asks_whether_the_address_exists_is_told(
    client: Client, checkout: Checkout, method: str
) -> None:
    answer = getattr(client, method)(f"/pay/postback/p{checkout.address}/")
    assert (answer.status_code, answer.headers["Allow"]) == (204, ALLOWED)
    assert getattr(client, method)("/pay/postback/punknown/").status_code == 404
    assert not Postback.objects.exists()


def test_one_sent_by_get_counts_as_well(client: Client, checkout: Checkout) -> None:
    address = f"/pay/postback/p{checkout.address}/?{urlencode(postback_fields(checkout))}"
    assert client.get(address).status_code == 200
    assert verdicts(checkout) == [("approved", "")]


def test_a_visit_of_the_address_is_no_postback(
    client: Client, checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get(f"/pay/postback/p{checkout.address}/").status_code == 405
    assert client.get(f"/pay/postback/p{checkout.address}").status_code == 405
    assert not Postback.objects.exists()
    lines = [one for one in caplog.records if one.getMessage() == "postback refused: by GET"]
    assert [one.__dict__["checkout"] for one in lines] == [checkout.pk] * 2
    assert lines[0].levelname == "WARNING"


@pytest.mark.parametrize(
    ("only", "other", "allowed"),
    [("GET", "post", "GET, HEAD, OPTIONS"), ("POST", "get", "HEAD, OPTIONS, POST, PUT")],
)
def test_a_wire_profile_may_exclude_a_method(
    client: Client, checkout: Checkout, only: str, other: str, allowed: str
) -> None:
    address = f"/pay/postback/p{checkout.address}/?{urlencode(postback_fields(checkout))}"
    checkout.biller.wire_profile = {"postback": {"method": only}}
    checkout.biller.save()
    refused = getattr(client, other)(address)
    assert (refused.status_code, refused.headers["Allow"]) == (405, allowed)
    assert getattr(client, only.lower())(address).status_code == 200
    assert verdicts(checkout) == [("approved", "")]


@pytest.mark.parametrize("method", ["delete", "patch", "head", "options"])
def test_other_methods_are_refused(client: Client, checkout: Checkout, method: str) -> None:
    answer = getattr(client, method)(
        f"/pay/postback/p{checkout.address}/?{urlencode(postback_fields(checkout))}"
    )
    assert (answer.status_code, answer.headers["Allow"]) == (405, ALLOWED)
    assert not Postback.objects.exists()
    assert not checkout.biller.postback_samples.exists()


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"CustomerName=Jos%E9", "José"),
        (b"CustomerName=Jos\xe9", "José"),
        (b"CustomerName=Jos%C3%A9", "José"),
        (b"CustomerName=Jo%00e", "Jo\ufffde"),
        (b"CustomerName=%ff%fe", "ÿþ"),
        (b"CustomerName=%zz%", "%zz%"),
    ],
)
def test_names_in_any_encoding_are_kept(
    client: Client, checkout: Checkout, body: bytes, name: str
) -> None:
    approved = urlencode(postback_fields(checkout, CustomerName=None)).encode()
    assert post(client, checkout, body + b"&" + approved).status_code == 200
    assert Postback.objects.get().fields["CustomerName"] == [name]
    assert Payment.objects.count() == 1


def in_json(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields | {"Approved": True, "PaymentAmount": 84.2, "CardType": None}).encode()


def in_marked_form(fields: dict[str, Any]) -> bytes:
    return b"\xef\xbb\xbf" + urlencode({"Approved": fields["Approved"]} | fields).encode()


def in_parts(fields: dict[str, Any]) -> bytes:
    rows = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    ]
    return "".join([*rows, "--x--\r\n"]).encode()


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("application/json", in_json),
        ("application/json; charset=utf-8", lambda fields: b"\xef\xbb\xbf" + in_json(fields)),
        ("application/json", lambda fields: b"[" + in_json(fields) + b"]"),
        ("text/plain", lambda fields: b'{"Payment": ' + in_json(fields) + b"}"),
        ("application/x-www-form-urlencoded", in_json),
        ("application/x-www-form-urlencoded", in_marked_form),
        ("multipart/form-data; boundary=x", in_parts),
        ("Multipart/Form-Data; boundary=x", in_parts),
    ],
)
def test_a_body_need_not_be_a_plain_form(
    client: Client, checkout: Checkout, kind: str, written: Callable[[dict[str, Any]], bytes]
) -> None:
    body = written(postback_fields(checkout))
    answer = client.generic("POST", f"/pay/postback/p{checkout.address}/", body, content_type=kind)
    assert answer.status_code == 200
    assert verdicts(checkout) == [("approved", "")]
    assert Payment.objects.get().amount == Decimal("84.20")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"Approved": "True"'),
        ("application/json", b"[" * 20_000),
        ("multipart/form-data; boundary=x", b"Approved"),
        ("multipart/form-data; boundary=x", b"--x\nContent-Type: message/rfc822\n\n" * 700),
        ("", b'{"Approved": "yes"}'),
        ("?", b'[{"Approved": "True"}, {"Approved": "False"}]'),
    ],
)
def test_a_body_that_cannot_be_read_is_kept_for_review(
    client: Client, checkout: Checkout, kind: str, body: bytes
) -> None:
    answer = client.generic("POST", f"/pay/postback/p{checkout.address}/", body, content_type=kind)
    assert answer.status_code == 200
    [(verdict, _reason)] = verdicts(checkout)
    assert verdict == "review"


def test_a_name_that_is_read_has_one_value_in_json_as_well(
    client: Client, checkout: Checkout
) -> None:
    declined = b'{"Approved": false, ' + in_json(postback_fields(checkout))[1:]
    assert post(client, checkout, declined).status_code == 200
    assert verdicts(checkout) == [("review", "two-values")]


@SLOW
@given(body=st.binary(max_size=600), query=st.text(st.characters(codec="ascii"), max_size=200))
def test_no_bytes_break_it(client: Client, checkout: Checkout, body: bytes, query: str) -> None:
    assert post(client, checkout, body, query=query).status_code in {200, 413}
    assert not Payment.objects.exists()


@SLOW
@given(
    changes=st.dictionaries(
        st.sampled_from([*"abc", "Approved", "PaymentAmount", "PaymentDate", "ConvenienceFee"]),
        st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(["True", "False"]),
    )
)
def test_no_texts_break_it(client: Client, checkout: Checkout, changes: dict[str, str]) -> None:
    assert send_postback(client, checkout, {"PaymentGUID": GUID, **changes}).status_code == 200


def test_a_card_number_is_masked_before_it_is_stored(client: Client, checkout: Checkout) -> None:
    fields = postback_fields(checkout, PaymentMessage="Card 4111 1111 1111 1111 approved")
    send_postback(client, checkout, {**fields, "4012888888881881": "4012888888881881"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT fields FROM payments_postback")
        stored = str(cursor.fetchone()[0])
    assert "**** **** **** 1111 approved" in stored
    assert "4012888888881881" not in stored
    assert Payment.objects.count() == 1


def test_an_account_number_that_looks_like_a_card_stays(client: Client, cast: Cast) -> None:
    cast.biller.accounts.create(account_number="4012888888881881", name="Long Number")
    checkout = opened(cast, "4012888888881881")
    send_postback(client, checkout, postback_fields(checkout))
    assert Postback.objects.get().fields["AccountNumber"] == ["4012888888881881"]
    assert Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_when_it_cannot_be_stored_the_caller_is_told_to_come_again(
    client: Client, checkout: Checkout
) -> None:
    fields = postback_fields(checkout)
    with read_only():
        answer = send_postback(client, checkout, fields)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert not Postback.objects.exists()
    assert send_postback(client, checkout, fields).status_code == 200
    assert verdicts(checkout) == [("approved", "")]


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_concluded_stays_kept_and_is_concluded_by_the_next_postback(
    client: Client, checkout: Checkout
) -> None:
    fields = postback_fields(checkout)
    with broken_payments():
        assert send_postback(client, checkout, fields).status_code == 503
    assert verdicts(checkout) == [("received", "")]
    assert send_postback(client, checkout, fields).status_code == 200
    assert verdicts(checkout) == [("approved", ""), ("repeated", "")]
    conclude(checkout)
    assert Payment.objects.count() == 1


def test_the_log_names_the_checkout_and_nobody(
    client: Client, checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    send_postback(client, checkout, postback_fields(checkout))
    lines = [record for record in caplog.records if record.name == "payments.postbacks.services"]
    assert [line.getMessage() for line in lines] == ["postback approved "]
    assert lines[0].checkout == checkout.pk  # type: ignore[attr-defined]
    for secret in (checkout.address, "Willows", "10000101", "84.20", GUID):
        assert secret not in caplog.text


class read_only:
    """A database that reads and does not write, by its own means."""

    on, off = {
        "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
        "postgresql": (
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        ),
    }[connection.vendor]

    def __enter__(self) -> None:
        connection.cursor().execute(self.on)

    def __exit__(self, *error: object) -> None:
        connection.cursor().execute(self.off)


class broken_payments:
    """A table that does not exist for a while."""

    def __enter__(self) -> None:
        connection.cursor().execute("ALTER TABLE payments_payment RENAME TO payments_away")

    def __exit__(self, *error: object) -> None:
        connection.cursor().execute("ALTER TABLE payments_away RENAME TO payments_payment")
