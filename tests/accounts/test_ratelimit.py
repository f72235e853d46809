"""Counting attempts: per network address and per key, hashed."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from limits import parse
from pytest_django.fixtures import Settings

from accounts import ratelimit
from accounts.ratelimit import Limit, allowed, seconds_to_wait
from icsso.billers.models import Biller
from inhance import errors
from tests.cast import Cast
from tests.whole_dates import spaced

pytestmark = pytest.mark.cache


REAL = ratelimit.LIMITS


@pytest.mark.parametrize("what", sorted(REAL.keys() - {"second_factor_daily"}))
def test_unknown_addresses_together_have_ten_times_the_limit_of_one(what: str) -> None:
    """Nobody waits for more than a minute because of what others did at unknown addresses."""
    together, one = parse(REAL[what].unknown), parse(REAL[what].per_address)
    assert together.get_expiry() == 60
    assert together.amount / 60 == 10 * one.amount / one.get_expiry()


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratelimit, "LIMITS", {"guest": Limit("4/hour", "2/15minute", "5/hour")})


def comes_from(address: str, biller: Biller | None = None) -> HttpRequest:
    request = RequestFactory().get("/pay/", REMOTE_ADDR=address)
    request.biller = biller  # type: ignore[attr-defined]
    return request


def tries(request: HttpRequest, *keys: str) -> list[bool]:
    return [allowed("guest", request=request, key=key) for key in keys]


def test_each_key_and_each_address_has_its_own_count() -> None:
    assert tries(comes_from("192.0.2.1"), "a", "a", "a") == [True, True, False]
    assert tries(comes_from("192.0.2.1"), "b", "b", "c") == [True, True, False]  # four
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


def test_of_many_at_once_no_more_get_through_than_one_after_the_other() -> None:
    with ThreadPoolExecutor(10) as pool:
        counted = pool.map(lambda _number: tries(comes_from("192.0.2.1"), "a"), range(20))
        assert sum(allowed for [allowed] in counted) == 2


def test_a_cleared_count_starts_again_and_no_other_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratelimit, "LIMITS", {"guest": Limit("9/hour", "2/15minute", "5/hour")})
    here, elsewhere = comes_from("192.0.2.1"), comes_from("192.0.2.2")
    assert tries(here, "a", "a", "a") == [True, True, False]
    ratelimit.clear("guest", request=elsewhere, key="a")
    assert tries(here, "a") == [False]
    ratelimit.clear("guest", request=here, key=" A ")
    assert tries(here, "a", "a", "a") == [True, True, False]
    assert tries(elsewhere, "a", "a") == [True, False]  # from everywhere there were five


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


@pytest.fixture
def hidden(settings: Settings) -> HttpRequest:
    """A request whose address a proxy hides."""
    settings.TRUSTED_PROXIES = 1
    request = comes_from("192.0.2.1")
    request.META["HTTP_X_FORWARDED_FOR"] = "unknown"
    return request


def seen_from(address: str) -> HttpRequest:
    request = comes_from("192.0.2.1")
    request.META["HTTP_X_FORWARDED_FOR"] = address
    return request


def test_an_unknown_address_is_nobodys_and_still_has_a_limit_per_key(hidden: HttpRequest) -> None:
    """Its limit is that for all addresses, five."""
    assert tries(hidden, *["a"] * 6) == [True] * 5 + [False]
    assert tries(hidden, *"bcdefghij") == [True] * 9  # of four for one address
    assert tries(seen_from("203.0.113.7:51000"), "b", "c") == [True, True]


def test_what_comes_from_unknown_addresses_locks_out_nobody_at_known_ones(
    hidden: HttpRequest,
) -> None:
    tries(hidden, *["a"] * 50)
    owners = [seen_from(f"203.0.113.{number}") for number in range(3)]
    assert [tries(owner, "a", "a") for owner in owners] == [[True] * 2, [True] * 2, [True, False]]


def test_the_right_password_from_an_unknown_address_clears_only_what_came_from_there(
    hidden: HttpRequest,
) -> None:
    tries(hidden, *["a"] * 6)
    tries(seen_from("203.0.113.7"), "a", "a")
    ratelimit.clear("guest", request=hidden, key="a")
    assert tries(hidden, *["a"] * 6) == [True] * 5 + [False]
    assert tries(seen_from("203.0.113.7"), "a") == [False]


def test_many_keys_from_unknown_addresses_are_slowed_down_for_a_minute(
    hidden: HttpRequest, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.REDIS_URL = ""  # Redis goes by a clock of its own
    limit = Limit("4/hour", "2/15minute", "5/hour", "10/minute")
    monkeypatch.setattr(ratelimit, "LIMITS", {"guest": limit})
    began = time.time()
    monkeypatch.setattr(time, "time", lambda: began)
    assert sum(tries(hidden, *map(str, range(100)))) == 10
    assert tries(seen_from("203.0.113.7"), "0", "99") == [True, True]
    assert seconds_to_wait("guest", request=hidden, key="z") <= 60
    monkeypatch.setattr(time, "time", lambda: began + 61)
    assert tries(hidden, "z") == [True]


def test_tries_at_one_key_from_an_unknown_address_leave_the_others_there_free(
    hidden: HttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = Limit("4/hour", "2/15minute", "5/hour", "10/minute")
    monkeypatch.setattr(ratelimit, "LIMITS", {"guest": limit})
    tries(hidden, *["a"] * 300)
    assert tries(hidden, *"bcdef") == [True] * 5


def test_without_a_wide_limit_the_narrow_one_holds_for_an_unknown_address(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRUSTED_PROXIES = 1
    monkeypatch.setattr(ratelimit, "LIMITS", {"guest": Limit("4/hour", "2/day")})
    assert tries(comes_from(""), "a", "a", "a", "b") == [True, True, False, True]


def test_the_same_key_at_two_billers_is_two_keys(db: None) -> None:
    one = Biller.objects.create(slug="one", name="One")
    two = Biller.objects.create(slug="two", name="Two")
    assert tries(comes_from("192.0.2.1", one), "a", "a") == [True, True]
    assert tries(comes_from("192.0.2.2", two), "a") == [True]


def test_what_is_counted_is_not_readable_where_it_is_counted() -> None:
    tries(comes_from("192.0.2.77"), "ana@example.com")
    kept = str(vars(ratelimit._limiter("").storage))
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


def test_the_waiting_time_is_what_is_left_of_the_window(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.REDIS_URL = ""  # Redis goes by a clock of its own
    monkeypatch.setattr(ratelimit, "LIMITS", {"guest": Limit("9/hour", "2/15minute")})
    request = comes_from("192.0.2.1")
    began = time.time()
    monkeypatch.setattr(time, "time", lambda: began)
    assert [seconds_to_wait("guest", request=request, key="a") for _ in range(3)] == [0, 0, 900]
    monkeypatch.setattr(time, "time", lambda: began + 600.5)
    assert seconds_to_wait("guest", request=request, key="a") == 300
    monkeypatch.setattr(time, "time", lambda: began + 901)
    assert seconds_to_wait("guest", request=request, key="a") == 0


def test_of_several_limits_that_are_used_up_the_longest_counts() -> None:
    request = comes_from("192.0.2.1")
    tries(request, "a", "a", "", "")
    assert seconds_to_wait("guest", request=request, key="a") > 15 * 60
    assert seconds_to_wait("guest", request=comes_from("192.0.2.2"), key="a") == 0


def test_refused_tries_at_one_key_leave_the_others_at_their_address_free() -> None:
    request = comes_from("192.0.2.1")
    tries(request, *["a"] * 300)
    assert tries(request, "b", "b", "b") == [True, True, False]


def test_a_limit_that_refuses_stops_the_next_one_from_counting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ratelimit.LIMITS, "wide", Limit("4/day", "4/day"))  # type: ignore[arg-type]
    request = comes_from("192.0.2.1")
    both = [seconds_to_wait("guest", "wide", request=request, key="a") for _ in range(6)]
    assert [seconds == 0 for seconds in both] == [True, True, False, False, False, False]
    assert [allowed("wide", request=request, key="a") for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "Please wait 1 minute, then try again."),
        (60, "Please wait 1 minute, then try again."),
        (61, "Please wait 2 minutes, then try again."),
        (120 * 60, "Please wait 2 hours, then try again."),
        (120 * 60 + 1, "Please wait 3 hours, then try again."),
    ],
)
def test_the_page_says_how_long_to_wait(biller: Biller, seconds: int, words: str) -> None:
    answer = errors.too_many_requests(comes_from("192.0.2.1", biller), seconds=seconds)
    page = answer.content.decode()
    assert answer.status_code == 429
    assert answer["Retry-After"] == str(seconds)
    assert "no-store" in answer["Cache-Control"]
    assert words in " ".join(page.split())
    assert "choose a new password" not in page


def test_a_page_with_another_limit_says_its_own_waiting_time(client: Client, cast: Cast) -> None:
    for _ in range(2):
        client.post("/pay/", {"account_number": "10000999"})
    answer = client.post("/pay/", {"account_number": "10000999"})
    assert answer.status_code == 429
    assert 15 * 60 - 10 < int(answer["Retry-After"]) <= 15 * 60
    for number in range(3):
        answer = client.post("/pay/", {"account_number": f"1000099{number}"})
    assert 3600 - 10 < int(answer["Retry-After"]) <= 3600
    assert "Please wait 1 hour," in spaced(answer.content.decode())
