"""How much a postback may send, and where to. Of what is too much, the beginning is kept."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import StaffUser
from payments.models import Checkout, Postback
from payments.postbacks.card_numbers import SHOWN_AT_MOST
from payments.postbacks.fields import MOST_BYTES
from payments.postbacks.services import MOST_PARTS, read_again
from payments.review.services import NotAcceptable, decide
from tests.cast import Cast
from tests.payments.paying import GUID, opened, post, postback_fields, send_postback, verdicts

CUT = ("review", "cut")


@pytest.fixture
def checkout(cast: Cast) -> Checkout:
    return opened(cast)


def assert_told(caplog: pytest.LogCaptureFixture, words: str, checkout: Checkout) -> None:
    [told] = [record for record in caplog.records if record.getMessage() == words]
    assert told.__dict__["checkout"] == checkout.pk


@pytest.mark.parametrize(
    "body",
    [
        b"Padding=" + b"x" * 33_000,
        b"&".join(b"f%d=1" % number for number in range(101)),
        b"x" * 2_000_000,
        b"&" * 40_000,
        b"\x01" * 40_000,
        b"Padding=" + b"\xe9" * 40_000,
        b"&".join(b"\x01%d=%s" % (number, b"\x01" * 500) for number in range(90)),
    ],
)
def test_of_too_much_the_beginning_is_kept_once(
    client: Client, checkout: Checkout, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert post(client, checkout, body).status_code == 413
    assert_told(caplog, "postback refused: too large", checkout)
    assert post(client, checkout, body).status_code == 413
    assert verdicts(checkout) == [CUT]
    kept = Postback.objects.get().fields
    assert len(json.dumps(kept)) < MOST_BYTES * 2
    assert len(kept) <= 100


def test_what_was_paid_is_seen_and_never_counts(client: Client, checkout: Checkout) -> None:
    fields = postback_fields(checkout) | {"Receipt": "x" * 40_000}
    assert send_postback(client, checkout, fields).status_code == 413
    part = Postback.objects.get()
    assert (str(part.payment_guid), part.fields["PaymentAmount"]) == (GUID, ["84.20"])
    read_again(checkout)
    assert verdicts(checkout) == [CUT]
    staff = StaffUser.objects.create_superuser("f@example.com")
    with pytest.raises(NotAcceptable):
        decide(part, by=staff, decision="accepted", note="Asked.", seen=None)
    assert checkout.statuses() == {checkout.ordered_accounts[0].pk: "checking"}
    assert send_postback(client, checkout, postback_fields(checkout)).status_code == 200
    assert verdicts(checkout) == [CUT, ("approved", "")]


def in_parts(fields: dict[str, str]) -> bytes:
    head = '--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    return ("".join(head % pair for pair in fields.items()) + "--x--\r\n").encode()


@pytest.mark.parametrize(
    "sent_as",
    [
        ("application/json", lambda fields: json.dumps(fields).encode()),
        ("application/json", lambda fields: json.dumps({"d": {"Data": [fields]}}).encode()),
        ("multipart/form-data; boundary=x", in_parts),
        ("application/x-www-form-urlencoded", lambda fields: urlencode(fields).encode()),
    ],
)
@pytest.mark.parametrize(
    "besides",
    [
        ({}, {"Receipt": 'a,"b\\{' * 8000}),
        ({f"junk{number}": "1" for number in range(150)}, {}),
    ],
)
def test_what_was_paid_is_seen_in_every_format(
    client: Client,
    checkout: Checkout,
    sent_as: tuple[str, Callable[[dict[str, str]], bytes]],
    besides: tuple[dict[str, str], dict[str, str]],
) -> None:
    (content_type, written), (before, after) = sent_as, besides
    body = written(before | postback_fields(checkout) | after)
    sent = client.post(f"/pay/postback/p{checkout.address}/", body, content_type=content_type)
    assert sent.status_code == 413
    part = Postback.objects.get()
    assert (str(part.payment_guid), part.fields["PaymentAmount"]) == (GUID, ["84.20"])


def test_junk_in_the_query_leaves_room_for_the_body(client: Client, checkout: Checkout) -> None:
    junk = "&".join(f"f{number}=1" for number in range(150))
    body = urlencode(postback_fields(checkout)).encode()
    assert post(client, checkout, body, query=junk).status_code == 413
    assert str(Postback.objects.get().payment_guid) == GUID


@pytest.mark.any_database
def test_only_a_few_parts_are_kept(
    client: Client, checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(MOST_PARTS + 3):
        assert post(client, checkout, b"%d=" % number + b"x" * 40_000).status_code == 413
    assert verdicts(checkout) == [CUT] * MOST_PARTS
    told = [each for each in caplog.records if "not kept" in each.getMessage()]
    assert [each.__dict__["checkout"] for each in told] == [checkout.pk] * 3
    assert send_postback(client, checkout, postback_fields(checkout)).status_code == 200
    assert verdicts(checkout)[-1] == ("approved", "")


def test_staff_are_told_what_to_do(client: Client, checkout: Checkout) -> None:
    send_postback(client, checkout, postback_fields(checkout) | {"Receipt": "x" * 40_000})
    client.force_login(StaffUser.objects.create_superuser("f@example.com"))
    address = reverse("admin:payments_decide", args=[Postback.objects.get().pk])
    for language, words in (
        ("en", ("at most its beginning was kept", "ask Invoice Cloud whether it was paid")),
        ("es", ("como mucho, se guardó el principio", "pregunte a Invoice Cloud si se pagó")),
    ):
        page = client.get(address, headers={"accept-language": language}).content.decode()
        assert not [text for text in words if text not in page]


def test_no_half_card_number_is_kept(client: Client, checkout: Checkout) -> None:
    number = "4111 1111 1111 1111"
    for cut in range(1, 19):
        padding = "x" * (MOST_BYTES - len("Padding=&CardType=") - cut)
        body = f"Padding={padding}&CardType={number}{'y' * 40}"
        assert post(client, checkout, body.encode()).status_code == 413
    for part in Postback.objects.all():
        (kept,) = part.fields.get("CardType", [""])
        assert sum(map(str.isdigit, kept)) <= SHOWN_AT_MOST, kept


def test_the_limits_count_query_and_body_together(client: Client, checkout: Checkout) -> None:
    half = "&".join(f"f{number}=1" for number in range(51))
    assert post(client, checkout, half.encode(), query=half).status_code == 413
    assert sum(map(len, Postback.objects.get().fields.values())) == 100
    long = "Padding=" + "x" * 17_000
    assert post(client, checkout, long.encode(), query=long).status_code == 413
    assert sum(map(len, Postback.objects.last().fields["Padding"])) < MOST_BYTES


def test_a_body_of_unknown_length_is_refused_and_not_taken_for_an_empty_one(
    client: Client, checkout: Checkout, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.generic(
        "POST",
        f"/pay/postback/p{checkout.address}/",
        urlencode(postback_fields(checkout)).encode(),
        content_type="application/x-www-form-urlencoded",
        headers={"Transfer-Encoding": "chunked"},
        CONTENT_LENGTH="",
    )
    assert answer.status_code == 411
    assert [(each.fields, each.reason) for each in Postback.objects.all()] == [({}, "cut")]
    assert_told(caplog, "postback refused: of unknown length", checkout)


@pytest.mark.parametrize("host", ["pay.former.example", "not_a_name", "10.0.0.7:8443", "a b", ""])
def test_the_host_name_may_have_been_given_up(
    client: Client, checkout: Checkout, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A payment begun at a name that is no longer in ALLOWED_HOSTS is paid all the same; only the
    token says whose it is."""
    said = {"host": host}
    answer = client.post(
        f"/pay/postback/p{checkout.address}/", postback_fields(checkout), headers=said
    )
    assert answer.status_code == 200
    assert verdicts(checkout) == [("approved", "")]
    assert "former" not in caplog.text
    words = "postback at a host name that is not in ALLOWED_HOSTS"
    assert_told(caplog, words, checkout)
    caplog.clear()
    for address in ("/pay/postback/unknown/", "/pay/postback/", "/accounts/login/"):
        assert client.post(address, headers=said).status_code in {400, 404}
    assert words not in caplog.text


@pytest.mark.parametrize("allowed", [[], ["*"], ["*", ".pay.example"], [".pay.example"]])
def test_no_host_name_need_be_allowed(
    client: Client, checkout: Checkout, allowed: list[str], settings: Settings
) -> None:
    settings.ALLOWED_HOSTS, settings.DEBUG = allowed, not allowed  # [] is for development
    answer = client.post(
        f"/pay/postback/p{checkout.address}/",
        postback_fields(checkout),
        headers={"host": "not_a_name"},
    )
    assert answer.status_code == 200
    assert verdicts(checkout) == [("approved", "")]
