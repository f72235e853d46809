"""The settings of the portal, its workers, and this process before Django is set up: one database,
one Redis, one address. Nothing is started here."""

import tempfile
from pathlib import Path

from deploy.services import free_port
from tests.storm.machines import hosts, servers
from tests.storm.machines.cache import Cache


def redis() -> Cache:
    """With hosts, a master whose replica takes over when it is unavailable."""
    first = servers.redis(HOME / "redis")
    if not HOSTS:
        return Cache([first])
    return Cache(
        [first, servers.redis(HOME / "replica")], servers.sentinel(HOME / "sentinel", first[1])
    )


FOLDER = tempfile.TemporaryDirectory(prefix="portal-storm-", ignore_cleanup_errors=True)
HOME = Path(FOLDER.name)
HOME.chmod(0o711)  # PostgreSQL is another user
for name in ("postgres", "pgbouncer", "redis", "replica", "sentinel", "portal", "cis"):
    (HOME / name).mkdir()

POSTGRES, DATABASE_URL = servers.postgres(HOME / "postgres")
HOSTS = hosts.hosts()
CACHE = redis()
PORT = free_port()
NATURE = HOME / "nature"
PROCESSES, THREADS = 3, 8
POOLED = 20  # connections of PgBouncer to PostgreSQL, for 24 threads and what they start
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "tests.storm.settings",
    "DATABASE_URL": DATABASE_URL,
    "REDIS_URL": CACHE.url,
    "DEBUG": "false",
    "POSTING_FOLDER": str(HOME / "cis" / "folder"),
    "TASKS_BACKEND": "django_tasks_db.DatabaseBackend",
    "TRUSTED_PROXIES": "1",  # each customer has a network address of their own
    "WEB_CONCURRENCY": str(PROCESSES),
    "WEB_THREADS": str(THREADS),
    # A storm of a minute has no time to wait like a day.
    "INVOICE_CLOUD_TIMEOUT": "3",
    "INVOICE_CLOUD_BREAKER_SECONDS": "1.5",
}
