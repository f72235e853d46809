"""The cache on Redis: one client for the whole process."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.core.cache import caches
from redis import SSLConnection
from redis.sentinel import SentinelManagedConnection, SentinelManagedSSLConnection

from accounts import ratelimit
from inhance.redis_cache import RedisCache
from inhance.redis_cache.connecting import SECONDS, client

pytestmark = pytest.mark.cache
SENTINELS = "redis+sentinel://portal:hush%3Ahush@one.example,[2001:db8::5]:26380/portal/3"


def test_all_threads_share_one_client() -> None:
    def of_a_thread(_: int) -> object:
        return RedisCache("redis://127.0.0.1:9/0", {}).client

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(of_a_thread, range(4)))) == 1
    assert RedisCache("redis://127.0.0.1:9/1", {}).client is not of_a_thread(0)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:9/0", "rediss://one.example:6379/0", SENTINELS])
def test_every_wait_ends_after_a_second(url: str) -> None:
    kept = client(url).connection_pool.connection_kwargs
    assert kept["socket_timeout"] == kept["socket_connect_timeout"] == SECONDS
    assert kept["retry"].get_retries() == 1


def test_the_url_of_sentinels_names_them_and_their_service() -> None:
    pool = client(SENTINELS).connection_pool
    asked = [s.connection_pool.connection_kwargs for s in pool.sentinel_manager.sentinels]
    places = [(sentinel["host"], sentinel["port"]) for sentinel in asked]
    assert places == [("one.example", 26379), ("2001:db8::5", 26380)]
    assert {sentinel["socket_timeout"] for sentinel in asked} == {SECONDS}
    assert {sentinel["password"] for sentinel in asked} == {None}
    assert pool.connection_class is SentinelManagedConnection
    kept = pool.connection_kwargs
    assert (kept["username"], kept["password"], kept["db"]) == ("portal", "hush:hush", 3)
    assert pool.service_name == "portal"


def test_with_tls_it_is_for_the_sentinels_and_the_redis_and_each_has_its_password() -> None:
    pool = client("rediss+sentinel://:hers@one.example/portal?sentinel_password=theirs")
    [asked] = pool.connection_pool.sentinel_manager.sentinels
    assert asked.connection_pool.connection_kwargs["password"] == "theirs"
    assert asked.connection_pool.connection_class is SSLConnection
    assert pool.connection_pool.connection_kwargs["password"] == "hers"
    assert pool.connection_pool.connection_class is SentinelManagedSSLConnection


@pytest.mark.production
def test_it_is_the_portals_cache_there_and_counts_with_the_same_connections() -> None:
    cache = caches["default"]
    assert isinstance(cache, RedisCache)
    cache.set("key", [1], 5)
    assert cache.get("key") == [1]
    counts = ratelimit._limiter(settings.REDIS_URL).storage
    assert counts.storage.connection_pool is cache.client.connection_pool
