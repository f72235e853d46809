"""gunicorn in production: `gunicorn -c deploy/gunicorn.conf.py inhance.wsgi`."""

import os
import re
import shutil
import tempfile
from itertools import count
from typing import Any

from gunicorn.glogging import Logger
from prometheus_client import values
from prometheus_client.multiprocess import mark_process_dead

from inhance.logging.json_lines import RequestFilter
from inhance.logging.redaction import SafeFormatter

bind = os.environ.get("BIND", "127.0.0.1:8000")  # without portal.socket, which takes precedence
# Loaded before gunicorn reports that it is ready, so that the old instance is not stopped too
# early.
preload_app = True
# gunicorn trusts no header about the client, the scheme, or the path. By default, it would trust
# any connection from this machine, which includes everything behind a local proxy; over a Unix
# socket it would trust everyone, so the lists of headers are empty too. The portal itself reads
# what TRUSTED_PROXIES proxies report.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
# Requests spend more time waiting for Invoice Cloud than computing, so each process has many
# threads.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", (os.cpu_count() or 1) + 1))
threads = int(os.environ.get("WEB_THREADS", "16"))
# A postback may have its fields in the address, each letter of a name in nine characters. By
# default, gunicorn refuses more than 4,094; it never takes more than this.
limit_request_line = 8190
# A sign-in waits for Invoice Cloud for at most 12 seconds.
timeout = 30
graceful_timeout = 30
keepalive = 75  # longer than the proxy's own, so that the proxy closes first
# Limits memory leaks of libraries; the jitter keeps the processes from ending together.
max_requests = 5000
max_requests_jitter = 500
# In a temporary folder on a disk, a worker's heartbeat can be delayed.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
control_socket_disable = True
# URLs contain secrets (/pay/…/, links in emails), so the portal writes its own line per request,
# with the route instead of the URL. The proxy in front must not log URLs either.
accesslog = None


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inhance.settings")


class LoggerWithoutAddresses(Logger):
    """Logs requests that failed outside Django like the portal's own lines, without the URL."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(SafeFormatter())
            handler.addFilter(RequestFilter())

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Of a request that gunicorn cannot read, it would quote the line or the header: an address
        with its secrets, a customer's name, a cookie. What is wrong stands before the quotation."""
        if msg.startswith("Invalid request from "):
            known = re.search(r": ([A-Za-z -]{1,60})", msg)
            msg, args = "Invalid request: %s", (known[1].strip() if known else "?",)
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        super().exception(msg.split(" %", maxsplit=1)[0], **kwargs)


logger_class = LoggerWithoutAddresses

# Each process counts the figures of /metrics in files of its own, which any of them can read. A
# process continues the files of one that has ended, so there are never more files than processes.
# Both settings are kept in the environment, which survives a reload of this file.
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
