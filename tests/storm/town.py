"""The portal, Invoice Cloud, the servers they run on, and their customers."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import requests

from accounts.models import UtilityAccount
from icsso.billers.models import Biller
from tests import cast
from tests.sandbox_process import SandboxProcess
from tests.storm.machines import servers
from tests.storm.nature import Nature


class Refused(Exception):
    """Invoice Cloud's control API refused, or did not answer in time."""


class Household(NamedTuple):
    number: int
    email: str
    password: str
    accounts: tuple[str, ...]  # the last one may also be linked by a neighbor


class Town:
    """Collects what goes wrong and what is counted, from any thread."""

    def __init__(self, url: str, home: Path, sandbox: SandboxProcess) -> None:
        self.url, self.home, self.sandbox = url, home, sandbox
        self.wrong: list[str] = []
        self.remarks: list[str] = []  # makes a storm weaker, but is not an error
        self.counts: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        # When the database or Redis was unavailable, or may have been.
        self.away: list[tuple[float, float]] = []
        self.refused: list[tuple[float, float, str]] = []  # 503: when, until when, and the URL
        self.used_links: set[str] = set()
        self.passwords: set[str] = set()  # all passwords that were typed, right or wrong
        self.numbers: list[str] = []
        self.keys: dict[str, int] = {}  # primary keys of the accounts, by number
        self.last_import = ""  # the phone number of all its lines
        self.nature = Nature()  # the time as the portal's processes see it
        self._lock = threading.Lock()

    def found(self, fault: str) -> None:
        with self._lock:
            self.wrong.append(fault)

    def count(self, what: str, number: int = 1) -> None:
        with self._lock:
            self.counts[what] += number

    def typed(self, password: str) -> None:
        with self._lock:
            self.passwords.add(password)

    def answered(self, status: int, address: str, asked_at: float) -> None:
        with self._lock:
            self.statuses[status] += 1
            if status == 503:
                self.refused.append((asked_at, time.time(), address))
            elif status == 400 or status >= 500:
                self.wrong.append(f"answered {status}: {address}")

    @contextmanager
    def unavailable(self, what: str) -> Iterator[None]:
        """Until everything works again, pages may be refused (503)."""
        started = time.time()
        yield
        if not serves_again(self.url):
            self.found(f"nothing is served long after {what} came back")
        with self._lock:
            self.away.append((started - 1, time.time()))

    def control(self, method: str, what: str, **row: Any) -> Any:
        row = {"api_key": cast.API_KEY, **row} if what != "inbox" else row
        sent: dict[str, Any] = {"params": row} if method == "GET" else {"json": row}
        url = f"{self.sandbox.url}/_control/api/{what}"
        try:
            answer = requests.request(method, url, timeout=60, **sent)
        except requests.RequestException as error:
            raise Refused(f"{method} {what}: {type(error).__name__}") from None
        if not answer.ok:
            raise Refused(f"{method} {what}: {answer.status_code}")
        return answer.json()

    def state(self, part: str = "") -> Any:
        """Returns what Invoice Cloud has stored for the biller: all, or one part."""
        return self.control("GET", "state", part=part)

    def logs(self) -> dict[str, Path]:
        """Returns all logs: of web processes, workers, PostgreSQL, and Redis."""
        servers_own = {f"{path.parent.name}.log": path for path in self.home.glob("*/log")}
        return {path.name: path for path in self.home.glob("*/*.log")} | servers_own

    def settle(self, number: int) -> list[Household]:
        """Creates the biller, and this many households on both sides."""
        biller = cast.springfield(base_url=self.sandbox.url)
        self.control("POST", "billers", name=biller.name, biller_guid=str(biller.biller_guid))
        people = [household(n) for n in range(1, number + 1)]
        self.numbers = sorted({account for each in people for account in each.accounts})
        UtilityAccount.objects.bulk_create(
            UtilityAccount(biller=biller, account_number=account, name="Somebody", zip="62701")
            for account in self.numbers
        )
        self.keys = dict(UtilityAccount.objects.values_list("account_number", "pk"))
        self._move_in_there(people)
        return people

    def _move_in_there(self, people: list[Household]) -> None:
        """Some are unknown to Invoice Cloud, some known, some already registered."""
        known = [account for n, account in enumerate(self.numbers) if n % 3]
        rows = [{"account_number": number, "name": "Somebody"} for number in known]
        self.control("POST", "customers", customers=rows)
        for each in people[::4]:
            accounts = [account for account in each.accounts[:2] if account in known]
            self.control(
                "POST", "users", email=each.email, password=each.password, accounts=accounts
            )

    @property
    def biller(self) -> Biller:
        return Biller.objects.get(slug="springfield-water")


def clerks_email(town: Town) -> str:
    return f"finance@{town.biller.slug}.example"


def household(number: int) -> Household:
    own = [str(30_000_000 + number * 10 + n) for n in range(2)]
    shared = str(31_000_000 + number // 2)
    return Household(
        number,
        f"member-{number}@example.com",
        f"lanterns along pier {number}",
        (*own, shared),
    )


class Machines:
    """The processes that run, and that are killed and started again. workers: one for each queue.
    schedulers: each as in production; one of them runs what is due."""

    def __init__(
        self,
        *,
        postgres: servers.Server,
        webs: Sequence[servers.Web],
        workers: Sequence[servers.Server],
        schedulers: Sequence[servers.Server],
        town: Town,
    ) -> None:
        self.postgres, self.webs, self.workers, self.town = postgres, webs, workers, town
        self.schedulers = schedulers

    def crash_database(self) -> None:
        with self.town.unavailable("PostgreSQL"):
            self.postgres.crash()
            self.postgres.start()

    def restart(self, server: servers.Server) -> None:
        server.kill()
        server.start()

    def restart_workers(self) -> None:
        for worker in self.workers:
            self.restart(worker)

    def kill_scheduler(self, random: Random) -> None:
        """Also kills the command that it runs."""
        random.choice(self.schedulers).kill()

    def start_what_has_ended(self) -> None:
        """Does what systemd does: a worker ends when its database does."""
        for server in (*self.workers, *self.schedulers):
            if not server.is_alive():
                self.restart(server)


def serves_again(url: str) -> bool:
    """PostgreSQL listens before it has recovered. Once one page can use it again, every page can:
    each checks its connection first."""
    deadline = time.monotonic() + servers.START_SECONDS
    while time.monotonic() < deadline:
        with suppress(requests.RequestException):
            if requests.get(f"{url}/readyz", timeout=10).ok:
                return True
        time.sleep(0.1)
    return False
