"""gunicorn in production: `gunicorn -c deploy/gunicorn.conf.py inhance.wsgi`."""

import os
from typing import Any

from gunicorn.glogging import Logger

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


class LoggerWithoutAddresses(Logger):
    """What gunicorn says of a request that failed outside Django, less the request's address."""

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        super().exception(msg.split(" %", maxsplit=1)[0], **kwargs)


logger_class = LoggerWithoutAddresses
