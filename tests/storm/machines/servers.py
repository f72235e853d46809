"""Servers that are killed and started again with the same port and data."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from types import TracebackType
from urllib.parse import urlsplit

import requests

from deploy import services
from tests.storm.machines.hosts import NETWORK, Host

ROOT = Path(__file__).resolve().parent.parent.parent.parent
START_SECONDS = 120
Ready = Callable[[], None]
# Data whose storage was acknowledged must survive killed processes, so commits are written to the
# operating system before they are acknowledged. It need not survive a power failure.
SURVIVES_KILLS = ("fsync=off", "full_page_writes=off")


class Server:
    """A process with its children. `with server:` starts it, and always stops it at the end.

    ready: returns once it answers. log: its output, over all starts.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] = os.environ,
        user: str | None = None,
        ready: Ready = lambda: None,
        gentle: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.command, self.log, self.user = list(command), log, user
        self.environment, self.ready, self.gentle = environment, ready, gentle
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=dict(self.environment),
                user=self.user,
                cwd=self.log.parent if self.user else ROOT,
                start_new_session=True,
            )
        self.ready()

    def kill(self) -> None:
        """`kill -9` of the process and of all its children, at once."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def crash(self) -> None:
        """Crashes PostgreSQL, whose children are in no group of their own: it kills them and
        itself, and nothing more is written ("immediate shutdown")."""
        assert self._process
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def freeze(self) -> None:
        """Stops it and its children without notice: requests that reach them wait."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        assert self._process
        for pid in (self._process.pid, *self.children()):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill_child(self, random: Random) -> None:
        """Kills one of its children; it will start another."""
        if children := self.children():
            with suppress(ProcessLookupError):
                os.kill(random.choice(children), signal.SIGKILL)

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def children(self) -> list[int]:
        return children_of(self.pid)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stops it and its children with everything they hold, like a hanging machine."""
        stopped = [self.pid]
        os.kill(self.pid, signal.SIGSTOP)  # first, so that it creates no more children
        stopped += self.children()
        try:
            send(signal.SIGSTOP, stopped)
            yield
        finally:
            send(signal.SIGCONT, stopped)

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(self.gentle)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
            self.kill()

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class Web(Server):
    """gunicorn, whose master is replaced by another one during a release."""

    _master = 0

    @property
    def pid(self) -> int:
        return self._master or super().pid

    def start(self) -> None:
        self._master = 0
        super().start()

    def replace(self) -> bool:
        """A new master takes over the port and new requests; the old one completes those in
        progress. Returns whether the new one started."""
        old, known = self.pid, set(self.children())
        os.kill(old, signal.SIGUSR2)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            masters = [pid for pid in self.children() if pid not in known and children_of(pid)]
            if masters:
                self._master = masters[0]
                send(signal.SIGTERM, [old])
                return True
            time.sleep(0.05)
        return False

    def stop(self) -> None:
        """The current master may not be our child, so its end cannot be waited for."""
        if self._master:
            send(signal.SIGTERM, [self._master])
            self._wait_for_children()
            self.kill()
            self._wait_for_children()  # nobody else waits for them
        super().stop()

    def _wait_for_children(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.children():
            time.sleep(0.1)


def children_of(pid: int) -> list[int]:
    try:
        return sorted(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except FileNotFoundError:
        return []


def send(number: signal.Signals, pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def postgres(home: Path, *, options: Sequence[str] = SURVIVES_KILLS) -> tuple[Server, str]:
    """Returns the server with its DATABASE_URL. `start` waits until it has recovered."""
    programs, _ = services.demand_servers()
    cluster, log = services.new_cluster(programs, home, options=options), home / "log"
    with (home / "data" / "pg_hba.conf").open("a") as admitted:
        admitted.write(f"host all all {NETWORK} scram-sha-256\n")

    def ready() -> None:
        services.wait_until_listening(cluster.port, name="PostgreSQL", log=log)

    server = Server(cluster.command, log=log, user=cluster.user, ready=ready, gentle=signal.SIGINT)
    return server, cluster.url


def redis(home: Path) -> tuple[Server, str]:
    _, program = services.demand_servers()
    port = services.free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(home)]
    # Hosts have addresses other than 127.0.0.1, and `bind` limits who can connect.
    command += ["--save", "", "--appendonly", "no", "--protected-mode", "no"]
    log = home / "log"

    def ready() -> None:
        services.wait_until_listening(port, name="Redis", log=log)

    return Server(command, log=log, ready=ready), f"redis://127.0.0.1:{port}/0"


def sentinel(home: Path, master: str) -> tuple[Server, str]:
    """Watches the Redis at the URL `master`, and promotes its replica when it is gone."""
    _, program = services.demand_servers()
    port, watched, log = services.free_port(), urlsplit(master), home / "log"
    (home / "settings").write_text(f"""
        port {port}
        bind 127.0.0.1
        protected-mode no
        dir {home}
        sentinel monitor portal {watched.hostname} {watched.port} 1
        sentinel down-after-milliseconds portal 1000
        sentinel failover-timeout portal 5000
    """)

    def ready() -> None:
        services.wait_until_listening(port, name="Sentinel", log=log)

    server = Server([program, str(home / "settings"), "--sentinel"], log=log, ready=ready)
    return server, f"redis+sentinel://127.0.0.1:{port}/portal/0"


def gunicorn(
    application: str,
    home: Path,
    environment: Mapping[str, str],
    *,
    port: int,
    host: Host | None = None,
) -> Web:
    """As in production, except for the address."""
    name, address = (host.name, host.address) if host else ("web", "127.0.0.1")
    # Started by its script: with -m, its successor during a release would find gunicorn's own
    # modules first.
    command = [sys.executable, str(Path(sys.executable).parent / "gunicorn")]
    command += ["-c", str(ROOT / "deploy/gunicorn.conf.py")]
    own = {**environment, "BIND": f"{address}:{port}"}

    def ready() -> None:
        url, deadline = f"http://{address}:{port}/healthz", time.monotonic() + START_SECONDS
        while web.is_alive() and time.monotonic() < deadline:
            with suppress(requests.RequestException):
                requests.get(url, timeout=5)
                return
            time.sleep(0.1)
        raise SystemExit(f"Nobody answers at {url}. Its log ends:\n{web.log.read_text()[-2000:]}")

    # Loaded once and forked, so that a killed process is replaced quickly, even on two cores.
    command += ["--preload", application]
    web = Web(placed(command, host), log=home / f"{name}.log", environment=own, ready=ready)
    return web


def worker(
    queue: str, home: Path, environment: Mapping[str, str], host: Host | None = None
) -> Server:
    command = [sys.executable, "manage.py", "db_worker", "--no-reload", "--interval", "0.2"]
    command = placed([*command, "--queue-name", queue], host)
    return Server(command, log=home / f"worker-{queue}.log", environment=environment)


def scheduler(
    number: int, home: Path, environment: Mapping[str, str], host: Host | None = None
) -> Server:
    command = placed([sys.executable, "manage.py", "run_periodic"], host)
    return Server(command, log=home / f"periodic-{number}.log", environment=environment)


def placed(command: list[str], host: Host | None) -> list[str]:
    return host.inside(command) if host else command
