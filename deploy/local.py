"""The portal and the sandbox on this machine, for trying out and development: `make run`.

Uses only the standard library. Migrates, seeds the demo, starts both servers and the periodic
commands, and stops them together.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from types import FrameType
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
END_SECONDS = 5

WELCOME = """
  The portal is at        {portal}
    member                laundry@example.com / copper kettle on the porch
    property manager      manager@example.com / forty front doors to paint
    operator              {portal}/admin/
                          operator@example.com / quiet lanterns along the pier
    guests pay at         {portal}/pay/ (account 10000101, Willows Laundry)

  The sandbox, a local Invoice Cloud, is at   {sandbox}
    biller's API key      demo-api-key-springfield-water
    biller's GUID         5f0c1d7e-3b52-4c1e-9a44-0d1f6c2b8e10
    inbox, all mails      {sandbox}/_inbox/
    faults, postbacks     {sandbox}/_control/

  The demo's names and keys are fixed, and fit for nothing else. Ctrl-C ends all.
"""


class Stop(SystemExit):
    """Ends the run with one line for the person who started it."""


class Server:
    """One of the processes, in a group of its own so that no child outlives it."""

    def __init__(self, name: str, command: list[str], *, environment: dict[str, str]) -> None:
        self.name = name
        self.last_words: deque[str] = deque(maxlen=8)
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment | {"PYTHONUNBUFFERED": "1", "DJANGO_RUNSERVER_HIDE_WARNING": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._pass_on, daemon=True)
        self.reader.start()

    def _pass_on(self) -> None:
        for line in self.process.stdout or ():
            self.last_words.append(line)
            print(f"{self.name:8}| {line}", end="", flush=True)

    def died(self) -> str:
        """Returns why it is not running anymore; empty while it is."""
        code = self.process.poll()
        if code is None:
            return ""
        self.reader.join(timeout=1)
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        words = "".join(f"\n    {line.rstrip()}" for line in self.last_words if line.strip())
        return f"The {self.name} ended by itself ({how}). The last it said:{words or ' nothing.'}"

    def signal(self, number: int) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return  # the whole group has already ended

    def wait(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(END_SECONDS)
        # Kills what is left of the group after its leader has ended, or will not end.
        self.signal(signal.SIGKILL)


def port(name: str, default: int) -> int:
    text = os.environ.get(name, "") or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise Stop(f"{name}={text} is not a port: a number from 1 to 65535 is.")
    return int(text)


def demand_free(name: str, number: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            raise Stop(
                f"Port {number} cannot be used ({error.strerror}). End what uses it, "
                f"or choose another: make run {name}={number + 10}"
            ) from None


def demand_different(ports: dict[str, int]) -> None:
    if len(set(ports.values())) < len(ports):
        named = ", ".join(f"{name}={number}" for name, number in ports.items())
        raise Stop(f"Each needs a port of its own: {named}")


def manage(*arguments: str, environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", *arguments]
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
        raise Stop(f"`manage.py {' '.join(arguments)}` failed; the reason stands above.")


def answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=2) as answer:  # noqa: S310 # our own loopback address
            return bool(answer.status < 400)
    except OSError:
        return False


def wait_until_ready(server: Server, address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers(address):
        if reason := server.died():
            raise Stop(reason)
        if time.monotonic() > deadline:
            raise Stop(f"The {server.name} did not answer at {address} in {START_SECONDS} s.")
        time.sleep(0.1)


def watch(servers: list[Server]) -> None:
    while True:
        for server in servers:
            if reason := server.died():
                raise Stop(reason)
        time.sleep(0.3)


def end(servers: list[Server]) -> None:
    # A second Ctrl-C during shutdown would leave a process behind.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for server in servers:
        server.signal(signal.SIGTERM)
    for server in servers:
        server.wait()


def interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def run(servers: list[Server]) -> None:
    ports = {"PORT": port("PORT", 8000), "SANDBOX_PORT": port("SANDBOX_PORT", 8001)}
    # The inbox is at the sandbox's port, so that two checkouts can run side by side.
    ports["SMTP_PORT"] = port("SMTP_PORT", min(ports["SANDBOX_PORT"] + 24, 65535))
    demand_different(ports)
    for name, number in ports.items():
        demand_free(name, number)
    portal = f"http://localhost:{ports['PORT']}"
    sandbox = f"http://127.0.0.1:{ports['SANDBOX_PORT']}"
    environment = os.environ | {"EMAIL_URL": f"smtp://127.0.0.1:{ports['SMTP_PORT']}"}

    manage("migrate", "--verbosity=0", environment=environment)
    manage("seed_demo", "--sandbox", sandbox, environment=environment)
    serve = ["sandbox/manage.py", "serve", "--port", str(ports["SANDBOX_PORT"])]
    serve += ["--smtp-port", str(ports["SMTP_PORT"])]
    servers.append(Server("sandbox", serve, environment=environment))
    runserver = ["manage.py", "runserver", f"localhost:{ports['PORT']}"]
    servers.append(Server("portal", runserver, environment=environment))
    wait_until_ready(servers[0], f"{sandbox}/_inbox/")
    wait_until_ready(servers[1], f"{portal}/healthz")
    servers.append(Server("periodic", ["manage.py", "run_periodic"], environment=environment))
    print(WELCOME.format(portal=portal, sandbox=sandbox), flush=True)
    watch(servers)


def main() -> None:
    servers: list[Server] = []
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    try:
        run(servers)
    except KeyboardInterrupt:
        print("\nEnding all.")
    finally:
        end(servers)


if __name__ == "__main__":
    main()
