"""The portal as a process of its own, on the test's database, to be ended for real."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import requests
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120
NOT_INHERITED = {"ENVIRONMENT", "DEBUG", "PYTEST_CURRENT_TEST"}


class PortalProcess:
    """gunicorn with one worker, which its master replaces when it is killed, as in production.

    settings_module, application: what it runs. environment: further variables for it.
    options: further ones of gunicorn.
    """

    def __init__(
        self,
        folder: Path,
        *,
        settings_module: str = "inhance.settings",
        application: str = "inhance.wsgi",
        environment: dict[str, str] | None = None,
        options: tuple[str, ...] = (),
    ) -> None:
        # Holds the port without listening, so that no other process takes it before gunicorn does.
        self._port = socket.socket()
        self._port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
        self._port.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._port.getsockname()[1]}"
        self.settings_module, self.application = settings_module, application
        self.environment, self.options = environment or {}, options
        self._log = folder / "portal.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "PortalProcess":
        inherited = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
        own = {
            "DJANGO_SETTINGS_MODULE": self.settings_module,
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,  # the database that this test empties
        }
        command = [sys.executable, "-m", "gunicorn", "--workers", "1", "--preload"]
        command += ["--no-control-socket", "--bind", self.url.removeprefix("http://")]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, *self.options, self.application],
                cwd=ROOT,
                env=inherited | own | self.environment,
                stdout=log,
                stderr=log,
            )
        self._wait_until_it_answers()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._port.close()

    def replace_worker(self) -> None:
        """What it remembers ends with it; the master starts another."""
        assert self._process
        command = ["pgrep", "-P", str(self._process.pid)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        for pid in found.stdout.split():
            os.kill(int(pid), signal.SIGTERM)
            while is_running(pid):
                time.sleep(0.02)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                requests.get(f"{self.url}/healthz", timeout=START_SECONDS)
            except requests.ConnectionError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"The portal did not start: {self.log[-2000:]}")


def is_running(pid: str) -> bool:
    command = ["ps", "-o", "stat=", "-p", pid]
    state = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def database_url() -> str:
    """Of the database this test works with."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    place = f"{known['HOST']}:{known['PORT']}" if known["PORT"] else known["HOST"]
    return f"postgres://{known['USER']}:{known['PASSWORD']}@{place}/{known['NAME']}"
