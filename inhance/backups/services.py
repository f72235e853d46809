"""The work of `manage.py backup` and `manage.py restore`, with PostgreSQL's own programs."""

import os
import subprocess  # nosec B404  (PostgreSQL's own programs)
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.apps import apps
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from icsso.billers.encryption import EncryptedTextField, Unreadable


class BackupFailed(Exception):
    """The message says what to do about it; it contains no password."""


def back_up(folder: Path) -> Path:
    """Returns the new file, which only its owner can read. It appears when it is complete."""
    file = folder / f"portal-{datetime.now(UTC):%Y%m%d-%H%M%S}.dump"
    begun = file.with_suffix(".part")
    begun.touch(mode=0o600, exist_ok=False)
    try:
        _run("pg_dump", "--format=custom", f"--file={begun}")
        begun.replace(file)
    finally:
        begun.unlink(missing_ok=True)
    return file


def restore(file: Path) -> None:
    """Fills an empty database. Raises BackupFailed if it is not empty, or if ENCRYPTION_KEYS are
    not those of the backup."""
    if connection.introspection.table_names():
        raise BackupFailed("The database is not empty. Restore into a new one.")
    connection.close()
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run("pg_restore", *options, str(file))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    if unreadable := list(_unreadable()):
        raise BackupFailed(
            f"Restored, but ENCRYPTION_KEYS do not read {', '.join(unreadable)}. "
            "Set the keys that were used when the backup was made."
        )


def _unreadable() -> Iterator[str]:
    """Yields the tables whose newest encrypted value cannot be decrypted with any key."""
    for model in apps.get_models():
        for field in model._meta.fields:
            if isinstance(field, EncryptedTextField):
                filled = model._base_manager.exclude(**{field.name: ""}).order_by("-pk")
                try:
                    filled.values_list(field.name, flat=True).first()
                except Unreadable:
                    yield f"{model._meta.db_table}.{field.column}"


def _run(program: str, *options: str) -> None:
    if connection.vendor != "postgresql":
        raise BackupFailed("Only a PostgreSQL is backed up by this command.")
    known, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    *place, database = known[1:]
    command = [program, *place, "--no-password", f"--dbname={database}", *options]
    try:
        # Its output may quote rows; it is shown to the operator alone, and never logged.
        subprocess.run(  # noqa: S603  # nosec B603  (with the operator's settings)
            command,
            env=os.environ | (environment or {}),
            check=True,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        raise BackupFailed(f"{program} is missing: install PostgreSQL's client.") from None
    except subprocess.CalledProcessError as error:
        raise BackupFailed(f"{program} failed: {error.stderr.strip()[-2000:]}") from None
