"""The cache on Redis: one client for each of its pools."""

import pytest
from django.conf import settings
from django.core.cache import caches

from inhance.redis_cache import RedisCache

pytestmark = pytest.mark.cache


def test_a_client_is_made_once_for_each_pool() -> None:
    clients = RedisCache(["redis://127.0.0.1:9/0", "redis://127.0.0.1:9/1"], {})._cache
    assert clients.get_client() is clients.get_client("another key")
    assert clients.get_client(write=True) is clients.get_client(write=True)
    assert clients.get_client(write=True) is not clients.get_client()


@pytest.mark.skipif(not settings.REDIS_URL, reason="about Redis")
def test_it_is_the_portals_cache_there() -> None:
    assert isinstance(caches["default"], RedisCache)
    caches["default"].set("key", [1], 5)
    assert caches["default"].get("key") == [1]
