"""`DATABASES`, from the environment. Imports no Django, because settings import this."""

from pathlib import Path
from typing import Any

from environ import Env

Databases = dict[str, dict[str, Any]]


def databases(env: Env, folder: Path) -> Databases:
    """folder: where a developer's SQLite is."""
    database = env.db("DATABASE_URL", f"sqlite:///{folder / 'portal.sqlite3'}")
    database["CONN_HEALTH_CHECKS"] = True
    if database["ENGINE"].endswith("sqlite3"):
        own = env.str("TEST_DATABASE", str(folder / "test.sqlite3"))
        return {"default": database | _of_sqlite(own)}
    database["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 60)
    database["ENGINE"] = "inhance.postgresql"
    # Only a server that can be written to: of several hosts, the primary.
    database.setdefault("OPTIONS", {}).setdefault("target_session_attrs", "read-write")
    return {"default": database}


def _of_sqlite(test_file: str) -> dict[str, Any]:
    return {
        "CONN_MAX_AGE": 0,
        # Writers wait for each other instead of failing; readers never wait (WAL).
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
        # A file, so that the threads of a live server each have a connection, as in production.
        "TEST": {"NAME": test_file},
    }
