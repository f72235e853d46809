"""PostgreSQL is read-only or hangs, and is reached directly, through psycopg's pool, or through
PgBouncer. The portal is unavailable meanwhile, and works again without a restart of anything."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread, Timer

import psycopg
import pytest
import requests
from django.db import OperationalError, connection, connections, transaction
from django.db.utils import ConnectionHandler
from environ import Env

from accounts.models import UtilityAccount
from deploy import services
from icsso.billers.hosts import kept
from inhance.postgresql.configuration import databases
from inhance.postgresql.driver import Connection
from tests.cast import Cast
from tests.payments.paying import opened, postback_fields
from tests.portal_process import PortalProcess, database_url
from tests.storm.machines.servers import Server
from tests.storm.machines.servers import postgres as own_postgres

pytestmark = [pytest.mark.production, pytest.mark.django_db(transaction=True)]
NO_LONGER_THAN = 60.0  # seconds, on a machine that may be busy; without an end, for ever
PAGES = ["/", "/accounts/login/", "/pay/", "/admin/login/", "/readyz"]
WAYS: dict[str, dict[str, str]] = {
    "directly": {},
    "pool": {"DATABASE_POOL_SIZE": "4"},
    "PgBouncer": {"DATABASE_POOLER": "on"},
}


class Postgres:
    """A server of its own, with what the database of the test holds."""

    def __init__(self, server: Server, url: str) -> None:
        self.server, self.url = server, url

    def fill(self) -> None:
        programs = services.postgres_folder()
        assert programs
        dumped = subprocess.run(
            [programs / "pg_dump", "--clean", "--if-exists", database_url()],
            capture_output=True,
            check=True,
        )
        command = [programs / "psql", "--quiet", "--output=/dev/null", self.url]
        subprocess.run(command, input=dumped.stdout, check=True)

    @contextmanager
    def only_read(self) -> Iterator[None]:
        """As after a failover. Sessions stay, and learn of it."""
        self.told("ALTER SYSTEM SET default_transaction_read_only = on")
        assert soon(lambda: self._read_only() == "on")
        yield
        self.told("ALTER SYSTEM RESET default_transaction_read_only")
        assert soon(lambda: self._read_only() == "off")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """For as long as anybody may wait for it: who waits longer is answered as usual."""
        self.server.freeze()
        thawing = Timer(NO_LONGER_THAN, self.server.thaw)
        thawing.start()
        try:
            yield
        finally:
            thawing.cancel()
            self.server.thaw()

    def _read_only(self) -> str:
        with psycopg.connect(self.url) as visitor:
            return str(visitor.info.parameter_status("default_transaction_read_only"))

    def told(self, what: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as administrator:
            administrator.execute(what)
            administrator.execute("SELECT pg_reload_conf()")


def soon(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + NO_LONGER_THAN
    while not (so := is_so()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return so


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with services.folder("frozen") as home:
        server, url = own_postgres(home)
        with server:
            yield Postgres(server, url)


@pytest.fixture
def pooled(server: Postgres) -> Iterator[Callable[[], str]]:
    """Starts PgBouncer when called, and returns its DATABASE_URL."""
    with ExitStack() as stack:

        def start() -> str:
            home = stack.enter_context(services.folder("pooler"))
            return stack.enter_context(services.pooler(services.demand_pooler(), home, server.url))

        yield start


@contextmanager
def connected(*names: str, **environment: str) -> Iterator[None]:
    """Connections of these names, as the settings make them from the environment."""
    env = Env()
    env.ENVIRON = environment
    made = ConnectionHandler(
        {name: databases(env, Path())["default"] for name in (*names, "default")}
    )
    for name in names:
        connections[name] = made[name]
    try:
        yield
    finally:
        for name in names:
            connections[name].close()
            connections[name].close_pool()
            del connections[name]


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_can_only_be_read_or_that_hangs_is_away_and_comes_back(
    server: Postgres, pooled: Callable[[], str], way: str
) -> None:
    url = pooled() if way == "PgBouncer" else server.url
    with connected("web", PORTAL_PROCESS="web", DATABASE_URL=url, **WAYS[way]):
        assert is_there("web")
        with server.only_read():
            assert not is_there("web")
        assert soon(lambda: is_there("web"))
        with server.frozen():
            assert not is_there("web")
        assert soon(lambda: is_there("web"))


def is_there(name: str) -> bool:
    """Whether a request, which may have had the connection before, can be answered."""
    used = connections[name]
    used.health_check_done = False
    try:
        used.close_if_unusable_or_obsolete()
        with used.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        return False
    finally:
        used.close_if_unusable_or_obsolete()
    return True


def test_a_portal_behind_a_pooler_goes_on_without_a_restart(
    server: Postgres, pooled: Callable[[], str], cast: Cast, tmp_path: Path
) -> None:
    checkout = opened(cast)
    fields = postback_fields(checkout)
    server.fill()
    environment = {
        "DATABASE_URL": pooled(),
        "DATABASE_POOLER": "on",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    with PortalProcess(tmp_path, environment=environment, options=("--threads", "4")) as portal:

        def seen() -> set[int]:
            answers = (requests.get(portal.url + at, timeout=NO_LONGER_THAN) for at in PAGES)
            return {answer.status_code for answer in answers}

        def sent() -> int:
            address = f"{portal.url}/pay/postback/p{checkout.address}/"
            return requests.post(address, fields, timeout=NO_LONGER_THAN).status_code

        assert seen() == {200}, portal.log
        with server.only_read():
            time.sleep(kept.SECONDS)  # what needs the biller alone is answered so long (0049)
            assert (seen(), sent()) == ({503}, 503)
        with server.frozen():
            assert (seen(), sent()) == ({503}, 503)
        assert soon(lambda: seen() == {200})
        assert sent() == 200


def test_a_pooler_may_lend_each_statement_another_session(
    server: Postgres, pooled: Callable[[], str], cast: Cast
) -> None:
    server.fill()
    server.told("ALTER ROLE portal SET statement_timeout = '20s'")
    accounts = UtilityAccount.objects.order_by("pk")
    with connected("one", "two", DATABASE_URL=pooled(), DATABASE_POOLER="on"):
        reading = accounts.using("one").iterator(1)
        found = [next(reading)]
        with transaction.atomic("two"):  # has the session that the first statement had
            assert accounts.using("two").count() == len(accounts)
            found += reading
            for _ in range(10):  # psycopg would prepare the sixth
                assert accounts.using("one").first() == accounts.using("two").first()
            assert {shown(name, "timezone") for name in ("one", "two")} == {"UTC"}
            assert {shown(name, "statement_timeout") for name in ("one", "two")} == {"20s"}
        assert found == list(accounts)
        with transaction.atomic("two"), connections["two"].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7)")
            assert not is_free("one", 7)
        assert is_free("one", 7)


def shown(name: str, setting: str) -> str:
    with connections[name].cursor() as cursor:
        cursor.execute(f"SHOW {setting}")
        return str(cursor.fetchone()[0])


def is_free(name: str, lock: int) -> bool:
    with transaction.atomic(name), connections[name].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock])
        return bool(cursor.fetchone()[0])


TOO_LONG = {
    "statement": ["SELECT pg_sleep(60)"],
    "lock": ["LOCK TABLE payments_checkout"],
    "idle": ["SELECT 1", "SELECT 1"],
}


@pytest.mark.parametrize("what", TOO_LONG)
def test_what_takes_a_request_too_long_is_an_outage(cast: Cast, what: str) -> None:
    own = {"PORTAL_PROCESS": "web", "DATABASE_TIMEOUTS": json.dumps({"web": {what: 0.5}})}
    with transaction.atomic(), connected("web", DATABASE_URL=database_url(), **own):
        connection.cursor().execute("LOCK TABLE payments_checkout")
        with pytest.raises(OperationalError):
            in_a_transaction("web", TOO_LONG[what])


def in_a_transaction(name: str, statements: list[str]) -> None:
    with transaction.atomic(name):
        for statement in statements:
            connections[name].cursor().execute(statement)
            time.sleep(1)


def test_commands_have_longer_and_past_the_pooler(cast: Cast) -> None:
    own = {"DATABASE_URL": "postgres://127.0.0.1:9/pooled", "DATABASE_POOLER": "on"}
    with connected("command", **own, DATABASE_DIRECT_URL=database_url()):
        assert shown("command", "statement_timeout") == "10min"
        assert not connections["command"].settings_dict["DISABLE_SERVER_SIDE_CURSORS"]


def test_the_system_gives_up_a_machine_that_is_gone(cast: Cast) -> None:
    """What it does then: bench/operation/lost_machine.py cuts a wire."""
    limits = {
        socket.TCP_USER_TIMEOUT: 10_000,
        socket.TCP_KEEPIDLE: 15,
        socket.TCP_KEEPINTVL: 5,
        socket.TCP_KEEPCNT: 3,
    }
    with connected("web", PORTAL_PROCESS="web", DATABASE_URL=database_url()):
        connections["web"].ensure_connection()
        number = os.dup(connections["web"].connection.pgconn.socket)
        with socket.socket(fileno=number) as wire:
            found = {name: wire.getsockopt(socket.IPPROTO_TCP, name) for name in limits}
    assert found == limits


def test_a_statement_is_not_waited_for_longer_than_its_connection_has_patience(cast: Cast) -> None:
    """Its own limit would end it, unless the server is frozen."""
    with Connection.connect(database_url(), autocommit=True) as impatient:
        impatient.patience = 0.5
        with pytest.raises(psycopg.OperationalError):
            impatient.execute("SELECT pg_sleep(2)")
        assert impatient.closed


def test_a_server_that_accepts_connections_and_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgres://portal@127.0.0.1:{silent.getsockname()[1]}/portal"
        errors: list[Exception] = []

        def connect() -> None:
            with connected("silent", DATABASE_URL=url, PORTAL_PROCESS="web"):
                try:
                    connections["silent"].ensure_connection()
                except OperationalError as error:
                    errors.append(error)

        thread = Thread(target=connect, daemon=True)
        thread.start()
        thread.join(NO_LONGER_THAN)
        assert errors
