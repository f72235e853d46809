"""gunicorn in production: `gunicorn -c deploy/gunicorn.conf.py inhance.wsgi`."""

import os
import shutil
import tempfile
from itertools import count
from typing import Any

from gunicorn.glogging import Logger
from prometheus_client import values
from prometheus_client.multiprocess import mark_process_dead

from inhance.logging.json_lines import RequestFilter
from inhance.logging.redaction import SafeFormatter

bind = os.environ.get("BIND", "127.0.0.1:8000")  # without portal.socket, which comes first
# Loaded before it says that it is ready: the instance that ran before is not ended earlier.
preload_app = True
# Nothing that a header says of the client, the scheme or the path is believed here: by default
# gunicorn believes whoever comes from this machine, and anybody behind a proxy on it does. Over a
# Unix socket it would believe everybody, so the lists of headers are empty as well. The portal
# itself reads what TRUSTED_PROXIES proxies say.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
# Requests wait for Invoice Cloud more than they compute, so each process has many threads.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", (os.cpu_count() or 1) + 1))
threads = int(os.environ.get("WEB_THREADS", "16"))
# A sign-in waits for Invoice Cloud for 12 seconds at most.
timeout = 30
graceful_timeout = 30
keepalive = 75  # longer than a proxy's own, so that the proxy closes first
# Leaks of libraries end here; the jitter keeps the processes from ending together.
max_requests = 5000
max_requests_jitter = 500
# A temporary folder on a disk can hold a worker's heartbeat up.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
control_socket_disable = True
# Addresses carry secrets (/pay/…/, links of mails), so the portal writes a line of its own per
# request, with the route in place of the address. Let the proxy in front log no addresses either.
accesslog = None


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inhance.settings")


class LoggerWithoutAddresses(Logger):
    """What gunicorn says of a request that failed outside Django, less the request's address. Its
    lines are like the portal's."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(SafeFormatter())
            handler.addFilter(RequestFilter())

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        super().exception(msg.split(" %", maxsplit=1)[0], **kwargs)


logger_class = LoggerWithoutAddresses

# Each process counts what /metrics tells in files of its own, which any of them can read. A process
# goes on with the files of one that has ended, so there are never more than processes at a time.
# Both are kept in the environment, which outlives a reload of this file.
OURS = "portal-metrics-"
if os.environ.get("METRICS_TOKEN") and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix=OURS, dir=worker_tmp_dir)
if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    values.ValueClass = values.MultiProcessValue(lambda: os.environ.get("METRICS_PLACE", "0"))


def pre_fork(server: Any, worker: Any) -> None:
    taken = {getattr(other, "metrics_place", 0) for other in server.WORKERS.values()}
    worker.metrics_place = next(number for number in count(1) if number not in taken)


def post_fork(server: Any, worker: Any) -> None:
    os.environ["METRICS_PLACE"] = str(worker.metrics_place)


def child_exit(server: Any, worker: Any) -> None:
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        mark_process_dead(getattr(worker, "metrics_place", 0))


def on_exit(server: Any) -> None:
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
    if os.path.basename(folder).startswith(OURS):
        shutil.rmtree(folder, ignore_errors=True)
