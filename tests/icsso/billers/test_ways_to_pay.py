"""Other ways to pay, and help with paying, as each biller writes them."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone, translation

from icsso.billers.ways_to_pay import models
from icsso.billers.ways_to_pay.models import WaysToPay, current_ways
from payments.models import Checkout
from tests.cast import Cast, other_biller
from tests.payments.paying import opened

OTHER, HELP = WaysToPay.Kind.OTHER, WaysToPay.Kind.HELP
LINKS = "https://example.com/cash | Pay with cash | Pague en efectivo"


def written(cast: Cast, kind: str = OTHER, **facts: Any) -> WaysToPay:
    words = {"english": "Pay at City Hall.", "spanish": "Pague en el ayuntamiento."}
    return WaysToPay.objects.create(biller=cast.biller, kind=kind, **{**words, **facts})


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_they_stand_at_the_bottom_in_both_languages(client: Client, cast: Cast) -> None:
    assert "Other ways to pay" not in page(client, "/")
    written(cast, phone="(217) 555-0199", postal_address="1 Main St\nSpringfield", links=LINKS)
    english = page(client, "/?language=en")
    for words in ("Other ways to pay", "City Hall.", "tel:(217)555-0199", "Pay with cash", "<br>"):
        assert words in english
    spanish = page(client, "/?language=es")
    assert "Pague en el ayuntamiento." in spanish
    assert "Pague en efectivo" in spanish
    assert "City Hall" not in spanish


@pytest.mark.parametrize(
    "facts",
    [
        {"launched_at": None, "failed_at": timezone.now(), "failure": "unavailable"},
        {"minutes_ago": 70},
    ],
)
def test_they_stand_where_a_payment_failed(client: Client, cast: Cast, facts: Any) -> None:
    written(cast)
    checkout: Checkout = opened(cast, **facts)
    for address in (f"/pay/{checkout.address}/receipt/", f"/pay/{checkout.address}/"):
        assert client.get(address, follow=True).content.decode().count("City Hall.") == 2


def test_another_billers_are_never_shown(cast: Cast) -> None:
    other = other_biller()
    written(cast)
    assert current_ways(cast.biller, OTHER)
    assert current_ways(other, OTHER) is None
    assert current_ways(cast.biller, HELP) is None


def test_help_ends_with_its_last_day(cast: Cast) -> None:
    text = written(cast, HELP, last_day=cast.biller.today())
    assert current_ways(cast.biller, HELP)
    text.last_day -= timedelta(days=1)
    text.save()
    assert current_ways(cast.biller, HELP) is None


def test_changes_show_at_once_and_cost_no_query_afterwards(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    assert current_ways(cast.biller, OTHER) is None
    written(cast)
    assert current_ways(cast.biller, OTHER)
    with django_assert_num_queries(0):
        assert current_ways(cast.biller, OTHER)


def test_they_cause_no_failure(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: int) -> None:
        raise DatabaseError

    monkeypatch.setattr(models, "_texts", away)
    assert current_ways(cast.biller, OTHER) is None


@pytest.mark.parametrize(
    "links",
    [
        "https://example.com/ | Only English",
        "http://example.com/ | A | B",
        "javascript:alert(1) | A | B",
        "https://example.com/ |  | B",
        "\n".join([LINKS] * 7),
    ],
)
def test_what_is_no_link_is_refused(cast: Cast, links: str) -> None:
    with pytest.raises(ValidationError) as refused:
        WaysToPay(
            biller=cast.biller, kind=OTHER, english="A", spanish="B", links=links
        ).full_clean()
    assert list(refused.value.message_dict) == ["links"]


def test_a_phone_that_nobody_can_dial_is_refused(cast: Cast) -> None:
    told = WaysToPay(biller=cast.biller, kind=OTHER, english="A", spanish="B", phone="office")
    with pytest.raises(ValidationError) as refused:
        told.full_clean()
    assert list(refused.value.message_dict) == ["phone"]


def test_blank_lines_are_no_links(cast: Cast) -> None:
    text = written(cast, links=f"\n{LINKS}\n\n")
    text.full_clean()
    with translation.override("es"):
        assert [link.words for link in text.shown_links] == ["Pague en efectivo"]
