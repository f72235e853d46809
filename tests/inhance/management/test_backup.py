"""`manage.py backup` and `manage.py restore`, from one database into another."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as portal
from django.core.management import CommandError, call_command
from django.db import connection

from tests.cast import LAUNDRY_EMAIL, Cast
from tests.portal_process import NOT_INHERITED, ROOT, database_url

ASKED = "from accounts.models import Member; print(list(Member.objects.values_list('email')))"


@pytest.mark.any_database
def test_another_database_than_postgresql_is_refused(tmp_path: Path, db: None) -> None:
    with pytest.raises(CommandError, match="PostgreSQL"):
        call_command("backup", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def empty_database(transactional_db: None) -> Iterator[str]:
    """The DATABASE_URL of a second, empty one."""
    name = f"{connection.settings_dict['NAME']}_restored"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}")
        cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)} TEMPLATE template0")
    yield f"{database_url().rsplit('/', 1)[0]}/{name}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {connection.ops.quote_name(name)}")


def manage(url: str, *command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    inherited = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=inherited | {"DATABASE_URL": url} | settings,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.production
def test_a_backup_is_restored_into_an_empty_database(
    cast: Cast, empty_database: str, tmp_path: Path
) -> None:
    said = StringIO()
    call_command("backup", str(tmp_path), stdout=said)
    [file] = tmp_path.iterdir()
    assert said.getvalue().strip() == str(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert all(key.encode() not in file.read_bytes() for key in portal.ENCRYPTION_KEYS)

    other = manage(
        empty_database, "restore", str(file), ENCRYPTION_KEYS=Fernet.generate_key().decode()
    )
    assert other.returncode == 1
    assert "ENCRYPTION_KEYS do not read icsso_biller.api_key" in other.stderr

    again = manage(empty_database, "restore", str(file))
    assert "not empty" in again.stderr
    assert manage(empty_database, "migrate", "--check").returncode == 0
    assert LAUNDRY_EMAIL in manage(empty_database, "shell", "--command", ASKED).stdout


@pytest.mark.production
def test_the_right_keys_are_said_to_fit(cast: Cast, empty_database: str, tmp_path: Path) -> None:
    call_command("backup", str(tmp_path))
    [file] = tmp_path.iterdir()
    restored = manage(empty_database, "restore", str(file))
    assert restored.returncode == 0, restored.stderr
    assert "Restored." in restored.stdout
