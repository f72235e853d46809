"""gunicorn as `deploy/portal@.service` starts it, without systemd: on a socket that stays open, and
with gunicorn itself reporting that it is ready."""

import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READY_WITHIN = 120  # seconds
# What systemd does between fork and exec: descriptor 3 is the socket, and it is meant for this
# process.
AS_SYSTEMD = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); "
    "os.environ |= {'LISTEN_FDS': '1', 'LISTEN_PID': str(os.getpid())}; "
    "os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
)


def listening() -> socket.socket:
    """Returns a listening socket like that of `deploy/portal.socket`."""
    return socket.create_server(("127.0.0.1", 0), backlog=2048)


class Instance:
    """Starts gunicorn, and returns when it is ready."""

    def __init__(
        self,
        place: socket.socket,
        environment: Mapping[str, str],
        log: Path,
        *,
        application: str = "inhance.wsgi",
    ) -> None:
        own = str(log.with_suffix(".ready"))
        gunicorn = ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", application]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told, log.open("ab") as output:
            told.bind(own)
            told.settimeout(READY_WITHIN)
            self._process = subprocess.Popen(
                [sys.executable, "-c", AS_SYSTEMD, str(place.fileno()), *gunicorn],
                cwd=ROOT,
                env={**environment, "NOTIFY_SOCKET": own},
                pass_fds=[place.fileno()],
                stdout=output,
                stderr=output,
            )
            while not told.recv(1000).startswith(b"READY=1"):
                pass
        Path(own).unlink()

    def stop(self) -> None:
        """Returns when every request in progress has been answered."""
        self._process.terminate()
        self._process.wait(60)
