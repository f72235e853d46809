"""Django's cache on Redis, with one client for each connection pool.

Django makes a client for every operation, which costs more than the operation itself: 0.15 ms of
CPU, and a page asks the cache a dozen times. A client keeps nothing but the pool, so threads share
it as they share the pool.
"""

from collections.abc import Callable
from typing import Any

from django.core.cache.backends import redis


class _OneClientEach(redis.RedisCacheClient):
    # Django's own, which its stubs leave out.
    _client: Callable[..., Any]
    _get_connection_pool: Callable[[bool], Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clients: dict[Any, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        pool = self._get_connection_pool(write)
        if pool not in self._clients:
            self._clients[pool] = self._client(connection_pool=pool)
        return self._clients[pool]


class RedisCache(redis.RedisCache):
    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _OneClientEach
