"""The sandbox as a process of its own, for whoever tests against it."""

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from deploy.services import free_port

MANAGE = Path(__file__).resolve().parent.parent / "sandbox" / "manage.py"
START_SECONDS = 120  # on a machine that may be busy
NOT_INHERITED = {"ENVIRONMENT", "DEBUG", "DJANGO_SETTINGS_MODULE"}


class SandboxProcess:
    """Runs on free ports with a database of its own: `with SandboxProcess() as sandbox: …`"""

    api_key = "demo-api-key-springfield-water"

    def __init__(self, *, demo: bool = True, variants: str = "") -> None:
        self.demo = demo
        self.variants = variants  # on after each reset as well, such as "contrary"
        self.smtp_port = 0
        self.url = ""
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True)
        self._process: subprocess.Popen[str] | None = None
        self._http = requests.Session()

    def start(self) -> "SandboxProcess":
        for _ in range(3):  # another process may take the mail port before this one does
            self.smtp_port = free_port()
            self._process = self._launch()
            line = self._first_line()
            if line.startswith("Sandbox ready at "):
                self.url = line.split()[3].rstrip(",")
                return self
            self.stop()
        raise RuntimeError(f"The sandbox did not start: {self._errors()}")

    def control(self, method: str, path: str, json: Any = None) -> Any:
        """Calls an address under `/_control/api/`; a GET takes its parameters as `json` too."""
        sent: dict[str, Any] = {"params": json} if method == "GET" else {"json": json or {}}
        response = self._http.request(method, self.url + path, timeout=60, **sent)
        if not response.ok:
            raise RuntimeError(f"{method} {path}: {response.status_code} {response.text[:300]}")
        return response.json()

    def reset(self, *, seed: bool = True) -> None:
        self.control("POST", "/_control/api/reset", {"seed": seed})

    def vary(self, *names: str, **values: Any) -> Any:
        """Makes it another Invoice Cloud, until the next reset: `vary("contrary")`, or with a value
        `vary(token_ends_early=5)`. Returns what is on, with values."""
        on = dict.fromkeys(names) | values
        return self.control("POST", "/_control/api/variants", {"on": on})["on"]

    def wire_profile(self, *names: str) -> Any:
        """The wire profile that copes with these variants, or with what is on."""
        wanted = {"variants": ",".join(names)} if names else {}
        return self.control("GET", "/_control/api/wire-profile", wanted)

    def state(self, part: str = "", *, api_key: str = api_key) -> Any:
        """What it holds of a biller: all, or one part, such as "users", which takes less time."""
        return self.control("GET", "/_control/api/state", {"api_key": api_key, "part": part})

    def customer(self, account_number: str) -> Any:
        """What the state says of one customer of the demo's biller."""
        found = [c for c in self.state("customers") if c["account_number"] == account_number]
        return found[0] if found else None

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process and self._process.stdout:
            self._process.stdout.close()

    def __enter__(self) -> "SandboxProcess":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self._http.close()
        self._folder.cleanup()

    def _launch(self) -> "subprocess.Popen[str]":
        environment = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
        environment["SANDBOX_DATABASE"] = str(self.database)
        environment["SANDBOX_VARIANTS"] = self.variants
        command = [sys.executable, str(MANAGE), "serve", "--port", "0"]
        command += ["--smtp-port", str(self.smtp_port)]
        command += [] if self.demo else ["--empty"]
        # To a file and not a pipe, which nobody would read and which would fill up.
        with self._log.open("w") as errors:
            return subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def _first_line(self) -> str:
        """What it says first; empty when it ended, or had to be ended, without a word."""
        assert self._process
        assert self._process.stdout
        watchdog = threading.Timer(START_SECONDS, self._process.kill)
        watchdog.start()
        try:
            return self._process.stdout.readline()
        finally:
            watchdog.cancel()

    @property
    def database(self) -> Path:
        """For tests that cannot wait for time to pass."""
        return Path(self._folder.name) / "sandbox.sqlite3"

    @property
    def _log(self) -> Path:
        return Path(self._folder.name) / "errors.txt"

    def _errors(self) -> str:
        return self._log.read_text()[-2000:]
