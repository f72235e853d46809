"""`DATABASES`, from the environment. Imports no Django, because settings import this."""

import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

from environ import Env

from inhance.postgresql.driver import Connection

Databases = dict[str, dict[str, Any]]
Options = dict[str, Any]


class Limits(NamedTuple):
    """Seconds; 0: no limit. lock: waiting for one. idle: between statements."""

    statement: float
    lock: float
    idle: float


# By kind of process. A customer waits no longer than a proxy does; a command may take long. A
# migration that waits for a lock holds up every page behind it.
LIMITS = {
    "web": Limits(statement=20, lock=10, idle=30),
    "command": Limits(statement=600, lock=60, idle=600),
    "migrate": Limits(statement=0, lock=2, idle=0),
}
# How much longer than the server's own limit an answer may take; after that, the server is gone.
LONGER = 5
# For a machine that suddenly disappears: 15 s idle and three probes, or 10 s with data sent.
UNANSWERED = {
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}


def databases(env: Env, folder: Path) -> Databases:
    """folder: for a developer's SQLite database."""
    database = env.db("DATABASE_URL", f"sqlite:///{folder / 'portal.sqlite3'}")
    if database["ENGINE"].endswith("sqlite3"):
        own = env.str("TEST_DATABASE", str(folder / "test.sqlite3"))
        return {"default": database | _of_sqlite(own)}
    kind, has_pooler = _kind_of_process(env), env.bool("DATABASE_POOLER", False)
    if kind != "web" and env.str("DATABASE_DIRECT_URL", ""):
        database, has_pooler = env.db("DATABASE_DIRECT_URL"), False
    wanted = UNANSWERED | {"connect_timeout": env.int("DATABASE_CONNECT_TIMEOUT", 3)}
    wanted |= _of_limits(_limits(env, kind), has_pooler=has_pooler)
    database |= {
        "ENGINE": "inhance.postgresql",
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
        # Such a cursor needs its session after the transaction, but a pooler lends the session only
        # for the transaction.
        "DISABLE_SERVER_SIDE_CURSORS": has_pooler,
        "OPTIONS": _joined(wanted, database.get("OPTIONS", {})),
    }
    if (size := env.int("DATABASE_POOL_SIZE", 0)) and kind == "web":
        database["CONN_MAX_AGE"] = 0  # the pool keeps them
        database["OPTIONS"]["pool"] = _pool(size, wanted["connect_timeout"])
    return {"default": database}


def _kind_of_process(env: Env) -> str:
    """Returns a key of LIMITS. `inhance.wsgi` marks web processes."""
    if sys.argv[1:2] == ["migrate"]:
        return "migrate"
    return str(env.str("PORTAL_PROCESS", "command"))


def _limits(env: Env, kind: str) -> Limits:
    own: dict[str, dict[str, float]] = env.json("DATABASE_TIMEOUTS", default={})
    return Limits(**{**LIMITS[kind]._asdict(), **own.get(kind, {})})


def fault_of_limits(told: str) -> str:
    """Returns what is wrong with DATABASE_TIMEOUTS; "" if nothing is."""
    try:
        own = json.loads(told)
        for kind, limits in own.items():
            if min(Limits(**{**LIMITS[kind]._asdict(), **limits})) < 0:
                raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError):
        return 'must be JSON like {"web": {"statement": 20, "lock": 10, "idle": 30}}'
    return ""


def _of_limits(limits: Limits, *, has_pooler: bool) -> Options:
    """Returns no limits for a session lent by a pooler: those of the role apply."""
    patience = limits.statement + LONGER if limits.statement else None
    if has_pooler:
        return {"patience": patience}
    milliseconds = {
        "statement_timeout": limits.statement * 1000,
        "lock_timeout": limits.lock * 1000,
        "idle_in_transaction_session_timeout": limits.idle * 1000,
    }
    return {
        "patience": patience,
        # Of several hosts, the primary: only a server that can be written to.
        "target_session_attrs": "read-write",
        "options": " ".join(f"-c {name}={value:.0f}" for name, value in milliseconds.items()),
    }


def _joined(wanted: Options, own: Options) -> Options:
    """Merges the options. Those of the database's URL take precedence."""
    both = " ".join(filter(None, [wanted.get("options"), own.get("options")]))
    return {**wanted, **own} | ({"options": both} if both else {})


def _pool(size: int, seconds: int) -> Options:
    """Returns psycopg's pool options. seconds: to wait when all are in use."""
    return {"connection_class": Connection, "min_size": 1, "max_size": size, "timeout": seconds}


def _of_sqlite(test_file: str) -> dict[str, Any]:
    return {
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        # Writers wait for each other instead of failing; readers never wait (WAL).
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
        # A file, so that the threads of a live server each have a connection, as in production.
        "TEST": {"NAME": test_file},
    }
