"""Redis hangs, is down, comes back empty, or fails over, while the portal keeps working."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Timer

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings
from redis import ReadOnlyError, Redis, RedisError

from accounts.ratelimit import forget_attempts
from deploy import services
from inhance.health import _cache_answers
from inhance.redis_cache.configuration import caches
from inhance.redis_cache.connecting import client as redis_client
from tests.cast import LAUNDRY_EMAIL, Cast
from tests.storm.machines.servers import Server, redis, sentinel

pytestmark = [pytest.mark.production, pytest.mark.django_db]
NO_LONGER_THAN = 60.0  # seconds, on a machine that may be busy; without an end, for ever
FOR_VISITORS = ("/", "/pay/")
Folder = Callable[[], Path]


@pytest.fixture
def folder() -> Iterator[Folder]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(services.folder("redis"))


@pytest.fixture
def member(cast: Cast) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(cast.laundry)
    return client


def use(settings: Settings, url: str) -> None:
    settings.REDIS_URL, settings.CACHES = url, caches(url)


def seen(member: Client) -> tuple[int, set[int]]:
    """Returns what a member and a visitor are answered."""
    visitor = Client(raise_request_exception=False)
    answers = {visitor.get(path).status_code for path in FOR_VISITORS}
    return member.get("/accounts/").status_code, answers


def guess() -> int:
    """A wrong password, which is counted."""
    form = {"username": LAUNDRY_EMAIL, "password": "none of hers"}
    return Client(raise_request_exception=False).post("/accounts/login/", form).status_code


@contextmanager
def frozen(server: Server) -> Iterator[None]:
    """For as long as anybody may wait for it: who waits longer is answered as usual."""
    server.freeze()
    thawing = Timer(NO_LONGER_THAN, server.thaw)
    thawing.start()
    try:
        yield
    finally:
        thawing.cancel()
        server.thaw()


def test_whatever_happens_to_redis_the_portal_goes_on_without_a_restart(
    member: Client, folder: Folder, settings: Settings
) -> None:
    server, url = redis(folder())
    with server:
        use(settings, url)
        assert (seen(member), guess()) == ((200, {200}), 200)
        with frozen(server):
            assert (seen(member), guess()) == ((503, {200}), 503)
        assert (seen(member), guess()) == ((200, {200}), 200)
        server.kill()
        assert (seen(member), guess()) == ((503, {200}), 503)
        server.start()  # with nothing of what it held
        assert (seen(member), guess()) == ((200, {200}), 200)
        for _ in range(settings.SIGN_IN_FAILURES):
            guess()
        assert guess() == 429
        redis_client(url).flushall()
        assert (seen(member), guess()) == ((200, {200}), 200)  # counted anew, and still signed in


def test_a_failover_that_the_sentinels_decide_is_followed(
    member: Client, folder: Folder, settings: Settings
) -> None:
    (master, url), (replica, second) = redis(folder()), redis(folder())
    with master, replica:
        follow(second, url)
        watching, url_of_service = sentinel(folder(), url)
        with watching:
            use(settings, url_of_service)
            assert (seen(member), guess()) == ((200, {200}), 200)
            for _ in range(settings.SIGN_IN_FAILURES):
                guess()
            assert guess() == 429
            until(lambda: redis_client(url_of_service).wait(1, 500))  # copied
            assert_not_ready_at(second, settings, instead_of=url_of_service)
            until(lambda: Redis.from_url(watched(url_of_service)).sentinel_slaves("portal"))
            master.kill()
            assert (seen(member), guess()) == ((503, {200}), 503)
            until(lambda: seen(member) == (200, {200}))
            assert guess() == 429  # what was counted is there
            forget_attempts()
            assert guess() == 200  # and what is new is written


def assert_not_ready_at(replica: str, settings: Settings, *, instead_of: str) -> None:
    """A read-only server refuses even what it has already."""
    assert _cache_answers()
    until(lambda: redis_client(instead_of).wait(1, 500))
    use(settings, replica)
    assert cache.get("readyz") is True
    with pytest.raises(ReadOnlyError):
        _cache_answers()
    use(settings, instead_of)


def follow(replica: str, master: str) -> None:
    port = master.rpartition(":")[2].split("/")[0]
    Redis.from_url(replica).replicaof("127.0.0.1", port)


def watched(url: str) -> str:
    return url.replace("redis+sentinel", "redis").replace("/portal/0", "")


def until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + NO_LONGER_THAN
    while time.monotonic() < deadline:
        try:
            if is_so():
                return
        except RedisError:
            pass
        time.sleep(0.2)
    raise AssertionError("it did not come to that")
