"""Failures of the infrastructure, one after the other in an order that the seed determines: Redis,
PostgreSQL, the mail server, the clock, DNS, a worker in the middle of an import. A release is among
them too, although nobody should notice it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import psycopg
import requests
from django.db import connection

from tests.storm.billing_system import a_while_passes
from tests.storm.machines.cache import Cache
from tests.storm.machines.hosts import hosts
from tests.storm.machines.relay import Relay
from tests.storm.nature import Nature
from tests.storm.people.imports import Registrar
from tests.storm.town import Machines, Town

TEN_MINUTES = 600.0
QUARTERS = 4  # of the hour for which the mail server is unavailable


class Ground:
    """The infrastructure. cache: Redis. mail: the relay to the mail server. nature: its file."""

    def __init__(
        self,
        town: Town,
        machines: Machines,
        *,
        cache: Cache,
        database_url: str,
        mail: Relay,
        nature: Path,
    ) -> None:
        self.town, self.machines, self.mail, self.nature = town, machines, mail, nature
        self.cache, self.database_url = cache, database_url

    def registrar(self) -> Registrar:
        return Registrar(self.town)

    def recover(self) -> None:
        self.feel(Nature())
        if not self.mail.is_open:
            self.mail.open()

    def feel(self, nature: Nature) -> None:
        self.town.nature = nature
        nature.tell(self.nature)

    @contextmanager
    def felt(self, nature: Nature) -> Iterator[None]:
        self.feel(nature)
        yield
        self.feel(Nature())

    def redis_away(self, random: Random) -> None:
        """Redis comes back empty. With a Sentinel, its replica takes over."""
        with self.town.unavailable("Redis"):
            self.cache.kill()
            time.sleep(random.uniform(1, 4))
            self.cache.start()

    def redis_flushed(self, random: Random) -> None:
        self.cache.flush()

    def database_read_only(self, random: Random) -> None:
        """As after a failover: all sessions end, and new ones are read-only."""
        with (
            self.town.unavailable("PostgreSQL"),
            psycopg.connect(self.database_url, autocommit=True) as administrator,
        ):
            administrator.execute("ALTER DATABASE postgres SET default_transaction_read_only = on")
            administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            time.sleep(random.uniform(1, 4))
            administrator.execute("ALTER DATABASE postgres RESET default_transaction_read_only")
            # Sessions opened in the meantime are read-only from the start.
            administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.close()

    def database_frozen(self, random: Random) -> None:
        with self.town.unavailable("PostgreSQL"), self.machines.postgres.frozen():
            time.sleep(random.uniform(2, 6))

    def mail_away(self, random: Random) -> None:
        """For an hour, during which the portal retries in vain."""
        self.mail.close()
        for _quarter in range(QUARTERS):
            time.sleep(random.uniform(0.5, 1.2))
            a_while_passes()
        self.mail.open()

    def killed_while_importing(self, random: Random) -> None:
        self.registrar().upload(random)
        time.sleep(random.uniform(0, 0.8))
        self.machines.restart_workers()

    def release(self, random: Random) -> None:
        """Replaces all web processes while requests are made, each over a new connection."""
        over = threading.Event()
        asking = threading.Thread(target=self.ask, args=[over])
        asking.start()
        for web in self.machines.webs:
            if not web.replace():
                self.town.found("the new release did not come up")
        time.sleep(1)  # in which the old processes end
        over.set()
        asking.join()

    def ask(self, over: threading.Event) -> None:
        while not over.is_set():
            try:
                requests.get(f"{self.town.url}/healthz", timeout=30)
            except requests.RequestException as error:
                self.town.found(f"nobody answered during a release: {type(error).__name__}")
            time.sleep(0.05)

    def clock_jumps(self, random: Random) -> None:
        """Ten minutes ahead, and back again after a while."""
        with self.felt(Nature(ahead=TEN_MINUTES)):
            time.sleep(random.uniform(3, 8))

    def slow_names(self, random: Random) -> None:
        with self.felt(Nature(lookup=random.uniform(1, 3))):
            time.sleep(random.uniform(2, 5))


Disaster = Callable[[Ground, Random], None]
DISASTERS: tuple[Disaster, ...] = (
    Ground.redis_away,
    Ground.redis_flushed,
    Ground.database_read_only,
    Ground.database_frozen,
    Ground.mail_away,
    Ground.killed_while_importing,
    Ground.release,
    Ground.clock_jumps,
    Ground.slow_names,
)


def deck(random: Random) -> Iterator[Disaster]:
    """Yields each disaster once, in an order determined by the seed, and then again in another.
    With hosts, the failover of Redis comes first, because it happens only there."""
    if hosts():
        yield Ground.redis_away
    while True:
        yield from random.sample(DISASTERS, len(DISASTERS))
