"""Counting attempts: per network address and per key, hashed."""

import subprocess
import sys

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from accounts import ratelimit as throttle
from accounts.ratelimit import Limit, allowed
from icsso.billers.models import Biller

pytestmark = pytest.mark.cache


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "LIMITS", {"guest": Limit("4/hour", "2/15minute", "5/hour")})


def comes_from(address: str, biller: Biller | None = None) -> HttpRequest:
    request = RequestFactory().get("/pay/", REMOTE_ADDR=address)
    request.biller = biller  # type: ignore[attr-defined]
    return request


def tries(request: HttpRequest, *keys: str) -> list[bool]:
    return [allowed("guest", request=request, key=key) for key in keys]


def test_each_key_and_each_address_has_its_own_count() -> None:
    assert tries(comes_from("192.0.2.1"), "a", "a", "a") == [True, True, False]
    assert tries(comes_from("192.0.2.1"), "b", "b") == [True, False]  # the address has had four
    assert tries(comes_from("192.0.2.2"), "b", "c") == [True, True]


def test_a_stopped_address_does_not_use_up_the_tries_of_a_key() -> None:
    tries(comes_from("192.0.2.1"), "", "", "", "")
    assert tries(comes_from("192.0.2.1"), "a", "a", "a") == [False] * 3
    assert tries(comes_from("192.0.2.2"), "a", "a") == [True, True]


def test_a_key_that_one_address_has_used_up_is_open_to_the_others() -> None:
    assert tries(comes_from("192.0.2.1"), *["a"] * 4) == [True, True, False, False]
    assert tries(comes_from("192.0.2.2"), "a", "a") == [True, True]


def test_many_addresses_together_are_slowed_down() -> None:
    seen = [tries(comes_from(f"192.0.2.{number}"), "a", "a") for number in (1, 2, 3, 4)]
    assert seen == [[True, True], [True, True], [True, False], [False, False]]


def test_capitals_and_spaces_are_the_same_key() -> None:
    request = comes_from("192.0.2.1")
    assert tries(request, "Ana@example.com", " ana@EXAMPLE.com", "ana@example.com") == [
        True,
        True,
        False,
    ]


def test_one_subscriber_of_ipv6_has_one_count() -> None:
    addresses = [f"2001:db8:0:1::{number}" for number in range(1, 6)]
    assert [allowed("guest", request=comes_from(a)) for a in addresses] == [True] * 4 + [False]
    assert allowed("guest", request=comes_from("2001:db8:0:2::1"))


def test_the_same_key_at_two_billers_is_two_keys(db: None) -> None:
    one = Biller.objects.create(slug="one", name="One")
    two = Biller.objects.create(slug="two", name="Two")
    assert tries(comes_from("192.0.2.1", one), "a", "a") == [True, True]
    assert tries(comes_from("192.0.2.2", two), "a") == [True]


def test_what_is_counted_is_not_readable_where_it_is_counted() -> None:
    tries(comes_from("192.0.2.77"), "ana@example.com")
    kept = str(vars(throttle._limiter("").storage))
    assert "ana@" not in kept
    assert "192.0.2.77" not in kept


def test_an_unknown_kind_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        allowed("anything", request=comes_from("192.0.2.1"))


def test_a_fresh_process_is_ready_to_count_before_its_first_requests() -> None:
    """Loaded in the midst of a request, it is found half loaded by another at the same moment."""
    loading = "import django; django.setup(); import accounts.ratelimit, sys; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", loading], text=True).split()
    assert "redis.client" in loaded
