"""How this process reaches Redis: one connection pool for the cache, the copies of sessions, and
the counters of the rate limits.

Every wait ends after a second: while Redis is unavailable, a page says so instead of blocking its
thread.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotConnected
from redis.retry import Retry
from redis.sentinel import Sentinel

SECONDS = 1.0
SENTINEL_PORT = 26379
SENTINEL_SCHEMES = {"redis+sentinel": False, "rediss+sentinel": True}  # with TLS


def _waits() -> dict[str, Any]:
    return {
        "socket_timeout": SECONDS,
        "socket_connect_timeout": SECONDS,
        # Seconds after which a connection is checked before it is reused; a firewall may have
        # dropped it.
        "health_check_interval": 30,
        # One immediate retry, because a restarted Redis has closed the connection. Not after a
        # timeout, which would hold the page twice as long.
        "retry": Retry(NoBackoff(), 1, supported_errors=(NotConnected,)),
    }


@lru_cache(maxsize=4)
def client(url: str) -> Redis:
    """Returns the one client of this process: its only state is its pool, so threads share it.

    url: redis://, rediss://, unix://, or for Sentinels
    redis+sentinel://host:port,host:port/service, followed by the database number if it is not 0.
    """
    if urlsplit(url).scheme in SENTINEL_SCHEMES:
        return _master(url)
    return Redis(connection_pool=ConnectionPool.from_url(url, **_waits()))


def _master(url: str) -> Redis:
    """Returns a client for the current master. The Sentinels are asked for every new connection."""
    parts = urlsplit(url)
    login, _, places = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    service, _, number = parts.path.strip("/").partition("/")
    if not service:
        raise ValueError("the service is missing")
    own = dict(parse_qsl(parts.query))
    sentinels = [_address(place) for place in places.split(",")]
    shared = _waits() | ({"ssl": True} if SENTINEL_SCHEMES[parts.scheme] else {})
    manager = Sentinel(  # type: ignore[no-untyped-call]  # redis says no types of it
        sentinels,
        sentinel_kwargs=shared | {"password": own.get("sentinel_password")},
        username=unquote(user) or None,
        password=unquote(password) or None,
        db=int(number or 0),
        **shared,
    )
    master: Redis = manager.master_for(service)  # type: ignore[no-untyped-call]  # likewise
    return master


def fault_of_url(url: str) -> str:
    """Returns what is wrong with REDIS_URL; "" if nothing is."""
    try:
        client(url)
    except ValueError:
        return "must be redis://, rediss://, unix://, or redis+sentinel://host:port,…/service"
    return ""


def _address(place: str) -> tuple[str, int]:
    host, _, port = place.rpartition(":") if ":" in place else (place, "", "")
    return host.strip("[]"), int(port or SENTINEL_PORT)
