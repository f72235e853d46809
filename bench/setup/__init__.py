"""What the scripts of this folder share: setting up Django, and what they measure with.

A script calls `on_sqlite` or `on_postgresql` before it imports anything that needs Django.
"""

import os
import warnings
from tempfile import TemporaryDirectory

import django

FOLDER = TemporaryDirectory(prefix="portal-bench-")  # removed when the script ends
QUIET = {"DJANGO_SETTINGS_MODULE": "inhance.settings", "DEBUG": "false", "LOG_LEVEL": "ERROR"}


def on_sqlite(*, may_be_postgresql: bool = False, **environment: str) -> None:
    """Sets up Django with a new SQLite database and no Redis; or, if allowed, with the database
    of `DATABASE_URL`. environment: further settings of the portal."""
    database = f"sqlite:///{FOLDER.name}/bench.sqlite3"
    if may_be_postgresql:
        database = os.environ.get("DATABASE_URL", database)
    _set_up(DATABASE_URL=database, REDIS_URL="", **environment)


def on_postgresql(**environment: str) -> None:
    """Sets up Django with the database of `DATABASE_URL`, each query in one server process, so
    that its computing time can be read."""
    _set_up(PGOPTIONS="-c max_parallel_workers_per_gather=0", **environment)


def _set_up(**environment: str) -> None:
    os.environ |= QUIET | environment
    # Static files are not collected here, and nothing measured needs them.
    warnings.filterwarnings("ignore", message="No directory at")
    django.setup()
