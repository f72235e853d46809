"""Runs tests that use servers, on a temporary PostgreSQL and Redis: `make test-services`.

Uses only the standard library. Finds or installs both servers, starts them on free loopback ports
with their data in a temporary folder, and leaves nothing of them behind, however the tests end.
"""

import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NamedTuple
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("postgresql", "redis-server")
PROGRAMS = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"
START_SECONDS = 30
SERVERS_PORTS = range(10_000, 32_768)  # below those of connections (net.ipv4.ip_local_port_range)
# Temporary data need not survive a power failure.
POSTGRES_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def postgres_folder() -> Path | None:
    """Returns the folder of the newest PostgreSQL that has both `initdb` and `postgres`."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if shutil.which("pg_config"):
        told = subprocess.check_output(["pg_config", "--bindir"], text=True)
        folders.append(Path(told.strip()))
    if found := shutil.which("postgres"):
        folders.append(Path(found).resolve().parent)
    complete = (f for f in folders if (f / "initdb").exists() and (f / "postgres").exists())
    return next(complete, None)


def _version(folder: Path) -> int:
    number = re.match(r"\d+", folder.parent.name)
    return int(number[0]) if number else 0


def redis_server() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server")


def demand_servers() -> tuple[Path, str]:
    if not (postgres_folder() and redis_server()):
        install(*PACKAGES)
    postgres, redis = postgres_folder(), redis_server()
    if not postgres or not redis:
        raise SystemExit("PostgreSQL and Redis are needed: install both servers, then try again.")
    return postgres, redis


def demand_pooler() -> str:
    """Returns PgBouncer's program, which is installed if necessary. Only the few tests of a pooler
    ask for it. Exits if there is none."""
    if not (found := shutil.which("pgbouncer", path=PROGRAMS)):
        install("pgbouncer")
        found = shutil.which("pgbouncer", path=PROGRAMS)
    if not found:
        raise SystemExit("PgBouncer is needed: install it, then try again.")
    return found


def install(*packages: str) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print(f"Installing {' and '.join(packages)}.", flush=True)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=quiet)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    subprocess.run(command, check=True, env=quiet)


def free_port() -> int:
    """Returns a port that nobody listens on and that the system assigns to no outgoing connection,
    which could otherwise take it before a slow server starts, or while one is restarted."""
    while True:
        port = secrets.choice(SERVERS_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def unprivileged() -> str | None:
    """Returns the user to run PostgreSQL as, if we are root, which it refuses."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def running(command: list[str], *, log: Path, user: str | None = None) -> Iterator[None]:
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user,
            cwd=log.parent,
            start_new_session=True,  # Ctrl-C is for the tests; the server ends after them
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_listening(port: int, *, name: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"{name} did not start. Its log:\n{log.read_text()}")


class Cluster(NamedTuple):
    """A PostgreSQL server of its own. It is initialized but not started, and can be started again
    on the same data."""

    command: list[str]
    user: str | None
    port: int
    url: str


def new_cluster(
    programs: Path, home: Path, *, options: Iterable[str] = POSTGRES_OPTIONS
) -> Cluster:
    user, port, password = unprivileged(), free_port(), secrets.token_urlsafe()
    data, secret = home / "data", home / "password"
    secret.write_text(password)
    if user:
        for path in (home, secret):
            shutil.chown(path, user)
    initdb = [str(programs / "initdb"), "--no-sync", "--username=portal", "--encoding=UTF8"]
    initdb += ["--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={secret}", str(data)]
    subprocess.run(initdb, check=True, user=user, cwd=home, stdout=subprocess.DEVNULL)
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(home)]
    command += ["-h", "127.0.0.1", *(f"--{option}" for option in options)]
    return Cluster(command, user, port, f"postgres://portal:{password}@127.0.0.1:{port}/postgres")


@contextmanager
def postgres(programs: Path, home: Path) -> Iterator[str]:
    """A PostgreSQL server of its own; yields its DATABASE_URL."""
    cluster, log = new_cluster(programs, home), home / "log"
    with running(cluster.command, log=log, user=cluster.user):
        wait_until_listening(cluster.port, name="PostgreSQL", log=log)
        yield cluster.url


@contextmanager
def pooler(program: str, home: Path, url: str, *, connections: int = 2) -> Iterator[str]:
    """PgBouncer in transaction mode, with this many connections to the database of `url`; yields
    its DATABASE_URL."""
    server, port, log = urlsplit(url), free_port(), home / "log"
    secret, settings, user = home / "users", home / "settings", unprivileged()
    secret.write_text(f'"{server.username}" "{server.password}"\n')
    settings.write_text(f"""
        [databases]
        * = host={server.hostname} port={server.port}
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = {port}
        unix_socket_dir =
        auth_type = scram-sha-256
        auth_file = {secret}
        pool_mode = transaction
        default_pool_size = {connections}
        max_client_conn = 200
        query_wait_timeout = 10
        server_connect_timeout = 3
        server_login_retry = 1
    """)
    if user:
        for path in (home, secret, settings):
            shutil.chown(path, user)
    with running([program, str(settings)], log=log, user=user):
        wait_until_listening(port, name="PgBouncer", log=log)
        yield server._replace(netloc=f"{server.netloc.rpartition(':')[0]}:{port}").geturl()


@contextmanager
def redis(program: str, home: Path) -> Iterator[str]:
    """A Redis server of its own without persistence; yields its REDIS_URL."""
    port, log = free_port(), home / "log"
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(home)]
    with running([*command, "--save", "", "--appendonly", "no"], log=log):
        wait_until_listening(port, name="Redis", log=log)
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def folder(name: str) -> Iterator[Path]:
    # Sockets are created here, and their paths are limited to about 100 characters.
    with tempfile.TemporaryDirectory(prefix=f"portal-{name}-") as path:
        yield Path(path)


def interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def tests(command: list[str], environment: dict[str, str]) -> int:
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()  # Ctrl-C has already reached it; another signal may not have
            return process.wait()


def main(pytest_command: list[str]) -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    postgres_programs, redis_program = demand_servers()
    with ExitStack() as stack:
        database = stack.enter_context(
            postgres(postgres_programs, stack.enter_context(folder("postgres")))
        )
        cache = stack.enter_context(redis(redis_program, stack.enter_context(folder("redis"))))
        return tests(pytest_command, os.environ | {"DATABASE_URL": database, "REDIS_URL": cache})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
