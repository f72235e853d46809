"""How long a command of the portal keeps waiting for a PostgreSQL server whose machine is suddenly
gone. Run it as root; tests/storm/machines/hosts.py provides a host and a wire that can be cut.

Run `python -m tests.storm.machines.hosts 1 python -m bench.operation.lost_machine`.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
from tests.storm.machines import servers
from tests.storm.machines.hosts import Host, hosts, ip, wire_to

# What is sent before the wire is cut, and after.
CASES = {
    "a statement that is sent to it": ("", "SELECT 1"),
    "a statement that it was answering": ("SELECT pg_sleep(600)", ""),
}


def asks(first: str, then: str) -> None:
    """On the host: waits for an answer to `first`; or for a line, then for one to `then`."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "inhance.settings"
    import django  # noqa: PLC0415  only here, where it is asked

    django.setup()
    from django.db import OperationalError, connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        print("connected", flush=True)
        if then:
            sys.stdin.readline()
        try:
            cursor.execute(first or then)
        except OperationalError:
            print("lost", flush=True)


def seconds(host: Host, url: str, first: str, then: str) -> float:
    """Returns how many seconds the command waited after the wire was cut."""
    command = host.inside([sys.executable, "-m", "bench.operation.lost_machine", first, then])
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as client:
        assert client.stdin
        assert client.stdout
        assert client.stdout.readline() == "connected\n"
        time.sleep(1)  # enough for `first` to be sent and acknowledged
        ip("link", "set", wire_to(1), "down")
        began = time.monotonic()
        client.stdin.write("\n")
        client.stdin.flush()
        assert client.stdout.readline() == "lost\n"
        took = time.monotonic() - began
    ip("link", "set", wire_to(1), "up")
    return took


def main() -> None:
    [host] = hosts()
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        home = Path(folder)
        home.chmod(0o711)  # PostgreSQL is another user
        (home / "postgres").mkdir()
        server, url = servers.postgres(home / "postgres")
        with server:
            for what, (first, then) in CASES.items():
                print(f"{what:36}{seconds(host, url, first, then):6.1f} s", flush=True)


if __name__ == "__main__":
    if sys.argv[1:]:
        asks(*sys.argv[1:])
    else:
        main()
