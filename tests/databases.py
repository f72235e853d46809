"""The test databases: migrated once, copied for each worker, and emptied quickly between tests."""

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

# Filled by `migrate`, and the same before every test.
LASTING = (
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
)


FIRST_KEY = 1001


@contextmanager
def worker_database(worker: str) -> Iterator[None]:
    """Gives this worker a migrated database of its own, and drops it at the end.

    Migrating takes seconds. It is done once for each set of migrations; the result is kept as a
    template, in `var/` or in the PostgreSQL server, and copied from then on.
    """
    original = connection.settings_dict["NAME"]
    own, template = _name(worker), _name(f"template_{_digest_of_migrations()}")
    connection.settings_dict["TEST"]["NAME"] = own
    with _lock():
        prepared = _exists(template)
        if prepared:
            _copy(template, own)
        # With a copy this only brings permissions and roles up to date.
        connection.creation.create_test_db(
            verbosity=0, autoclobber=True, serialize=False, keepdb=prepared
        )
        if not prepared:
            _copy(own, template)
    _start_keys_high()
    try:
        yield
    finally:
        _end_other_sessions()
        connection.creation.destroy_test_db(original, verbosity=0)


class Emptying:
    """Empties the database after a test that commits, in the place of `flush`.

    `flush` takes 50 ms, most of it for writing the permissions anew. Here only tables with rows are
    emptied, and the permissions stay unless a test has changed them.
    """

    def __init__(self) -> None:
        self._lasting = _lasting_rows()
        self._tables = [
            table
            for table in connection.introspection.django_table_names(include_views=False)
            if table not in LASTING
        ]

    def __call__(self, *_test: Any) -> None:
        if _lasting_rows() != self._lasting:
            call_command("flush", verbosity=0, interactive=False)
            self._lasting = _lasting_rows()
            return
        tables = _with_rows(self._tables)
        # Foreign keys are checked at the end of the transaction, so the order does not matter.
        with transaction.atomic(), connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608


def _with_rows(tables: list[str]) -> list[str]:
    quote = connection.ops.quote_name
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})"  # noqa: S608
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [table for (table,) in cursor.fetchall()]


def _lasting_rows() -> list[list[Any]]:
    rows = []
    with connection.cursor() as cursor:
        for table in LASTING:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")  # noqa: S608
            rows.append(cursor.fetchall())
    return rows


def _start_keys_high() -> None:
    """Primary keys have four digits, so that one written with separators is noticed: `=1,001`."""
    with connection.cursor() as cursor:
        tables = connection.introspection.django_table_names(include_views=False)
        for table in set(tables) - set(LASTING):
            for sequence in connection.introspection.get_sequences(cursor, table):
                _start_high(cursor, table, sequence["column"])


def _start_high(cursor: CursorWrapper, table: str, column: str | None) -> None:
    last = FIRST_KEY - 1
    if _is_sqlite():
        cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
        cursor.execute("INSERT INTO sqlite_sequence VALUES (%s, %s)", [table, last])
    else:
        of_column = [connection.ops.quote_name(table), column]
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [*of_column, last])


def _end_other_sessions() -> None:
    """A thread that outlives its test, such as one of the live server whose client keeps its
    connection open, would keep PostgreSQL from dropping the database."""
    if not _is_sqlite():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def _digest_of_migrations() -> str:
    digest = hashlib.sha256()
    for app in apps.get_app_configs():
        for file in sorted((Path(app.path) / "migrations").glob("*.py")):
            digest.update(f"{app.label}/{file.name}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _is_sqlite() -> bool:
    return bool(connection.vendor == "sqlite")


def _name(suffix: str) -> str:
    if not _is_sqlite():
        return f"test_{suffix}"
    base = Path(connection.settings_dict["TEST"]["NAME"])
    return str(base.with_stem(f"{base.stem}_{suffix}"))


@contextmanager
def _lock() -> Iterator[None]:
    """Held by one worker at a time: the first one makes the template."""
    with (settings.VAR_DIR / "test.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _exists(name: str) -> bool:
    if _is_sqlite():
        return Path(name).exists()
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def _copy(source: str, target: str) -> None:
    """All or nothing: a template that is there is whole."""
    connection.close()
    if _is_sqlite():
        for left_over in ("-wal", "-shm"):
            Path(target + left_over).unlink(missing_ok=True)
        shutil.copyfile(source, target + ".new")
        Path(target + ".new").replace(target)
        return
    quote = connection.ops.quote_name
    with connection.creation._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {quote(target)}")
        cursor.execute(f"CREATE DATABASE {quote(target)} TEMPLATE {quote(source)}")
