"""A postback of which only a part arrived: kept for review, never counted, asked for again."""

from decimal import Decimal
from io import BytesIO
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import StaffUser
from inhance.wsgi import application
from payments.models import Checkout, Payment, Postback
from payments.postbacks.services import read_again
from payments.review.services import NotAcceptable, decide
from payments.review.sharing import sharing_of
from tests.attacks.requests.nonsense import environ, faults, told
from tests.cast import Cast
from tests.payments.paying import GUID, opened, postback_fields, send_postback, verdicts

pytestmark = pytest.mark.any_database
BROKEN_OFF = ("review", "broken-off")


def broken_off(checkout: Checkout, body: bytes, *, query: str = "") -> int:
    """Sends it with a length that is too large by six."""
    said = {"REQUEST_METHOD": "POST", "PATH_INFO": f"/pay/postback/p{checkout.address}/"}
    said |= {"CONTENT_TYPE": "application/x-www-form-urlencoded", "QUERY_STRING": query}
    said |= {"CONTENT_LENGTH": str(len(body) + 6)}
    with faults() as found:
        status = told(application, environ(**said, **{"wsgi.input": BytesIO(body)})).status
    assert found == []
    return status


def test_it_is_kept_once_and_the_whole_one_counts(cast: Cast, client: Client) -> None:
    """Also if all of it arrived, and only its length was wrong, every time."""
    checkout = opened(cast)
    whole = urlencode(postback_fields(checkout)).encode()
    for _ in range(2):
        assert broken_off(checkout, whole) == 400
    assert verdicts(checkout) == [BROKEN_OFF]
    kept = Postback.objects.get()
    assert kept.fields == {name: [text] for name, text in postback_fields(checkout).items()}
    assert str(kept.payment_guid) == GUID
    assert checkout.statuses() == {checkout.ordered_accounts[0].pk: "checking"}
    assert not Payment.objects.exists()
    assert send_postback(client, checkout, postback_fields(checkout)).status_code == 200
    assert verdicts(checkout) == [BROKEN_OFF, ("approved", "")]
    assert Payment.objects.get().total == Decimal("86.70")
    assert broken_off(checkout, whole) == 400
    assert len(verdicts(checkout)) == 2


def test_nothing_of_it_arrived(cast: Cast) -> None:
    checkout = opened(cast)
    assert broken_off(checkout, b"") == 400
    assert [(each.fields, each.reason) for each in checkout.postbacks.all()] == [({}, "broken-off")]


@pytest.mark.parametrize("numbers", [["10000101"], ["10000101", "10000102"]])
def test_it_never_counts(cast: Cast, numbers: list[str]) -> None:
    """Neither when it is read again nor by a staff decision: its amount may be half of another."""
    checkout, staff = opened(cast, *numbers), StaffUser.objects.create_superuser("f@example.com")
    broken_off(checkout, urlencode(postback_fields(checkout)).encode())
    read_again(checkout)
    part = Postback.objects.get()
    assert (part.verdict, part.reason) == BROKEN_OFF
    assert sharing_of(part) is None
    with pytest.raises(NotAcceptable):
        decide(part, by=staff, decision="accepted", note="Asked.", seen=None)
    decide(part, by=staff, decision="rejected", note="The whole one came.", seen=None)
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("it broke off: only a part of it arrived", "the whole postback counts by itself")),
        ("es", ("se interrumpió: solo llegó una parte", "el aviso de pago completo cuenta")),
    ],
)
def test_staff_are_told_what_to_do(
    client: Client, cast: Cast, language: str, words: tuple[str, ...]
) -> None:
    checkout = opened(cast)
    broken_off(checkout, urlencode(postback_fields(checkout)).encode()[:-4])
    client.force_login(StaffUser.objects.create_superuser("finance@example.com"))
    address = reverse("admin:payments_decide", args=[Postback.objects.get().pk])
    page = client.get(address, headers={"accept-language": language}).content.decode()
    assert not [text for text in words if text not in page]


@pytest.mark.parametrize("cut", range(1, 6))
def test_the_beginning_of_a_card_number_is_masked(cast: Cast, cut: int) -> None:
    """Cut short, it passes no check anymore."""
    number = "4111 1111 1111 1111"[:-cut]
    for query, body in (("", {"CardType": number}), (urlencode({"CardType": number}), {})):
        checkout = opened(cast)
        broken_off(checkout, urlencode(body).encode(), query=query)
        (kept,) = checkout.postbacks.get().fields["CardType"]
        assert sum(map(str.isdigit, kept)) == 4
    text = b'{"CardType": "' + number.encode()
    checkout = opened(cast)
    broken_off(checkout, text)
    assert "4111 1" not in str(checkout.postbacks.get().fields)
