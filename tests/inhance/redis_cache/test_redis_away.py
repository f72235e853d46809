"""Redis is down: forms whose attempts it counts get a 503 page, and other pages open."""

import logging

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD, Cast

NOWHERE = "redis://127.0.0.1:9/0"
SIGN_IN = {"username": LAUNDRY_EMAIL, "password": LAUNDRY_PASSWORD}


@pytest.fixture
def redis_away(cast: Cast, settings: Settings) -> None:
    backend = {"BACKEND": "inhance.redis_cache.RedisCache", "LOCATION": NOWHERE}
    settings.REDIS_URL, settings.CACHES = NOWHERE, {"default": backend}


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.usefixtures("redis_away")
@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/pay/", "/accounts/register/"])
def test_pages_of_visitors_open_all_the_same(visitor: Client, path: str) -> None:
    assert visitor.get(path).status_code == 200


@pytest.mark.usefixtures("redis_away")
@pytest.mark.parametrize(
    ("path", "form"),
    [("/accounts/login/", SIGN_IN), ("/pay/", {"account_number": "10000101"})],
)
def test_what_is_counted_has_to_wait(
    visitor: Client, path: str, form: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = visitor.post(path, form)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "This site isn't available right now" in answer.content.decode()
    assert "database or Redis not available" in caplog.text


def test_members_have_to_wait_and_are_still_signed_in_afterwards(
    visitor: Client, cast: Cast, settings: Settings, request: pytest.FixtureRequest
) -> None:
    there = settings.REDIS_URL, settings.CACHES
    visitor.force_login(cast.laundry)
    request.getfixturevalue("redis_away")
    for path in ("/", "/accounts/", "/pay/"):
        assert visitor.get(path).status_code == 503
    settings.REDIS_URL, settings.CACHES = there
    assert visitor.get("/accounts/").status_code == 200
