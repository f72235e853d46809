"""Anyone who knows the address can repeat a postback endlessly: no list of checkouts loads them."""

from typing import Any

import pytest
from django.test import Client

from payments.models import Checkout, Postback
from tests import cast as people
from tests.cast import Cast
from tests.payments.paying import members, postback_fields, send_postback

OFTEN = 30


@pytest.fixture
def repeated(cast: Cast) -> Checkout:
    """Declined, with the same postback over and over."""
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout, Approved="False"))
    Postback.objects.bulk_create(
        Postback(checkout=checkout, fields={}, content_digest="same", verdict="repeated")
        for _ in range(OFTEN)
    )
    return checkout


@pytest.fixture
def loaded(repeated: Checkout, monkeypatch: pytest.MonkeyPatch) -> list[Postback]:
    """The calls that have been read from the database since."""
    rows: list[Postback] = []
    read = Postback.from_db.__func__  # type: ignore[attr-defined]

    def counted(model: type[Postback], *args: Any) -> Postback:
        rows.append(read(model, *args))
        return rows[-1]

    monkeypatch.setattr(Postback, "from_db", classmethod(counted))
    return rows


def where(client: Client) -> str:
    address = "/admin/payments/payment/where/"
    return client.post(address, {"term": "10000101"}, follow=True).content.decode()


def test_not_where_is_my_payment(
    client: Client, cast: Cast, repeated: Checkout, loaded: list[Postback]
) -> None:
    client.force_login(people.staff("support", cast.biller))
    assert repeated.biller_reference in where(client)
    assert [row.verdict for row in loaded] == ["declined"]


def test_not_my_payments(
    client: Client, cast: Cast, repeated: Checkout, loaded: list[Postback]
) -> None:
    client.force_login(cast.laundry)
    assert repeated.address in client.get("/pay/history/").content.decode()
    assert [row.verdict for row in loaded] == ["declined"]


def test_not_the_list_of_the_admin(
    client: Client, cast: Cast, repeated: Checkout, loaded: list[Postback]
) -> None:
    client.force_login(people.staff("support", cast.biller))
    page = client.get("/admin/payments/checkout/").content.decode()
    assert repeated.biller_reference in page
    assert [row.verdict for row in loaded] == ["declined"]
