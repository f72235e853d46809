"""What every test may ask for: a running sandbox, the biller, the cast, a browser."""

import gc
import os
import socket
import time
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings
from tenacity import wait_none

from accounts.invoice_cloud.background import background_work
from accounts.ratelimit import forget_attempts
from icsso.billers.hosts import kept
from icsso.billers.models import Biller
from inhance import health, probing
from tests import cast as people
from tests.browser.chromium import QUIET, leave_nothing, open_first_window, open_window, program
from tests.databases import Emptying, worker_database
from tests.leaks import watching
from tests.sandbox_process import SandboxProcess
from tests.slow_files import SlowFiles

# Playwright's own event loop runs in the test's thread; the tests use the database beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
expect.set_options(timeout=15_000)  # milliseconds, on a machine that may be busy
# The same examples each time, however slow the machine: a test may ask for others (`ATTACKS`).
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("steady")
QUICK_HASHER = "tests.accounts.hashing.QuickHasher"
OWN_HASHERS = settings.PASSWORD_HASHERS
MOST_WORKERS = 8  # each has a database of Redis to itself, of which there are 16
# Objects made between two runs of the garbage collector, which is a seventh of the CPU with 700.
GARBAGE = 100_000
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


def worker() -> str:
    """This process's name among those that share the tests."""
    return os.environ.get("PYTEST_XDIST_WORKER", "gw0")


def pytest_configure(config: pytest.Config) -> None:
    """A Redis database for each worker: the cache is emptied after each test, and what another
    worker is doing must stay. So early because a cache that has been used keeps its address."""
    config.pluginmanager.register(SlowFiles())
    gc.disable()  # until all is imported, of which nothing ends
    # Nothing goes on beside a test, or in a portal that it starts, unless it wants that.
    settings.SYNCHRONISE_AFTERWARDS = False
    os.environ["SYNCHRONISE_AFTERWARDS"] = "false"
    settings.PASSWORD_HASHERS = [QUICK_HASHER, *OWN_HASHERS]
    settings.MIDDLEWARE = ["tests.separators.NoSeparators", *settings.MIDDLEWARE]
    # Kept as long as a test lasts: a slow machine would ask anew, and count another query.
    kept.Kept.seconds = 24 * 3600
    settings.CALL_MEASURES_SECONDS = 0
    os.environ["CALL_MEASURES_SECONDS"] = "0"
    if settings.REDIS_URL:
        number = worker().removeprefix("gw")
        settings.REDIS_URL = f"{settings.REDIS_URL.rsplit('/', 1)[0]}/{number}"
        settings.CACHES["default"]["LOCATION"] = settings.REDIS_URL


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--servers-only",
        action="store_true",
        help="only what another database or cache may change: tests that use either, no browser",
    )
    parser.addoption(
        "--variants",
        default="",
        help="the sandbox is another Invoice Cloud: names of variants, or contrary, with commas",
    )


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A worker more than there are cores, since tests wait for servers and browsers. None for a
    single file, which a second one only delays."""
    files = {argument.split("::")[0] for argument in config.args}
    alone = len(files) == 1 and files.pop().endswith(".py")
    return 0 if alone else min((os.cpu_count() or 1) + 1, MOST_WORKERS)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`-m "not browser"` leaves out what needs Chromium."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    wanted = _uses_servers if config.getoption("--servers-only") else _runs_here
    if config.getoption("--variants"):
        wanted = _is_of_any_invoice_cloud
    config.hook.pytest_deselected(items=[item for item in items if not wanted(item)])
    items[:] = [item for item in items if wanted(item)]


def pytest_collection_finish() -> None:
    """What lasts as long as the process is not searched for garbage time and again."""
    gc.freeze()
    gc.set_threshold(GARBAGE)
    gc.enable()


def _runs_here(item: pytest.Item) -> bool:
    return connection.vendor == "postgresql" or not item.get_closest_marker("production")


def _is_of_any_invoice_cloud(item: pytest.Item) -> bool:
    return not item.get_closest_marker("contract")


def _uses_servers(item: pytest.Item) -> bool:
    if item.get_closest_marker("browser") or item.get_closest_marker("any_database"):
        return False
    marked = item.get_closest_marker("django_db") or item.get_closest_marker("cache")
    return bool(marked) or not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Emptying]:
    """Replaces pytest-django's, which migrates for every worker and in every run."""
    with django_db_blocker.unblock(), worker_database(worker()):
        empty = Emptying()
        TransactionTestCase._fixture_teardown = empty  # type: ignore[method-assign]
        with django_db_blocker.block():
            yield empty


@pytest.fixture(autouse=True)
def _forget_the_test_before() -> Iterator[None]:
    yield
    cache.clear()
    kept.start_anew()
    health._counts.cache_clear()
    probing.end_idle()
    forget_attempts()
    translation.deactivate()  # the language of its last request


@pytest.fixture
def argon2(settings: Settings) -> None:
    """Passwords are hashed as in production. To be named before `cast`."""
    settings.PASSWORD_HASHERS = OWN_HASHERS


@pytest.fixture(autouse=True)
def _every_public_name_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a name server, or fails with it: what a biller's address leads to."""

    def leads_to(host: str, port: int, type: int) -> list[Any]:
        return [(socket.AF_INET, type, 6, "", ("52.1.2.3", port))]

    monkeypatch.setattr("icsso.billers.validators.getaddrinfo", leads_to)


@pytest.fixture(autouse=True)
def _tries_follow_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sits out the random pause before a call is made again, unless it is the subject: most
    tests have no Invoice Cloud, where each call is tried three times."""
    monkeypatch.setattr("icsso.client.resilience.retry.JITTER", wait_none())


@pytest.fixture(autouse=True)
def _no_secret_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test in a browser, with all it has left still there."""
    if "live_server" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("live_server")  # so that the database is emptied after the search
    with watching() as watch:
        yield
        assert watch.found() == []


@pytest.fixture(scope="session")
def sandbox_process(request: pytest.FixtureRequest) -> Iterator[SandboxProcess]:
    with SandboxProcess(variants=request.config.getoption("--variants")) as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    """A local Invoice Cloud with the demo's customers, as if just installed."""
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture
def biller(db: None, request: pytest.FixtureRequest) -> Biller:
    """Springfield Water, at the sandbox when the test asks for one."""
    if "sandbox" not in request.fixturenames:
        return people.springfield()
    sandbox = request.getfixturevalue("sandbox")
    springfield = people.springfield(base_url=sandbox.url)
    if sandbox.variants:
        springfield.wire_profile = sandbox.wire_profile()
        springfield.save()
    return springfield


@pytest.fixture
def cast(biller: Biller) -> people.Cast:
    return people.assemble(biller)


@pytest.fixture
def power(db: None) -> Biller:
    """Shelbyville Power, another biller, without people."""
    return people.other_biller()


@pytest.fixture
def laundry(client: Client, cast: people.Cast) -> Client:
    """The laundry, which has one account, signed in."""
    client.force_login(cast.laundry)
    return client


@pytest.fixture
def manager(client: Client, cast: people.Cast) -> Client:
    """The property manager, who has several accounts, signed in."""
    client.force_login(cast.manager)
    return client


@pytest.fixture
def administrator(client: Client, cast: people.Cast) -> Client:
    client.force_login(people.staff("administrator", cast.biller))
    return client


@pytest.fixture
def finance(client: Client, cast: people.Cast) -> Client:
    client.force_login(people.staff("finance", cast.biller))
    return client


@pytest.fixture
def support(client: Client, cast: people.Cast) -> Client:
    client.force_login(people.staff("support", cast.biller))
    return client


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium as installed here, else Playwright's own. None at all fails the test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window_profile(chromium: Browser, live_server: object) -> Iterator[BrowserContext]:
    """What the windows of all tests share, which each test leaves empty. A page of the portal
    stays open: with it the process that draws them, what that has compiled, and axe."""
    context = chromium.new_context(base_url=str(live_server), locale="en-US")
    context.set_default_timeout(15_000)
    open_first_window(context)
    yield context
    context.close()


@pytest.fixture
def page(
    request: pytest.FixtureRequest,
    window_profile: BrowserContext,
    live_server: object,
    biller: Biller,
    settings: Settings,
) -> Iterator[Page]:
    """A window at the portal, which is another site than the sandbox, as in production. Accounts
    are synchronised beside the answers, as there: `background_work.wait` waits for that."""
    settings.SYNCHRONISE_AFTERWARDS = True
    if "own_clock" in request.fixturenames:
        yield request.getfixturevalue("own_clock").new_page()
    else:
        yield open_window(window_profile)
        leave_nothing(window_profile)
    assert background_work.wait(60)


@pytest.fixture
def own_clock(chromium: Browser, live_server: object) -> Iterator[BrowserContext]:
    """The test's window has a profile of its own, with a clock that no other test's window gets:
    all windows of a profile have one, and nothing takes `clock.install` back."""
    with chromium.new_context(base_url=str(live_server), locale="en-US") as context:
        context.set_default_timeout(15_000)
        yield context


@pytest.fixture
def standing_still(own_clock: BrowserContext) -> None:
    """The clock of the page's scripts: it goes on when the test says so, however long the machine
    takes."""
    own_clock.clock.install()
    own_clock.clock.pause_at(time.time() + 3600)
