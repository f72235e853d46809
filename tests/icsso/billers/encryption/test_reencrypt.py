from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection

from icsso.billers.encryption import Unreadable
from icsso.billers.models import Biller

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def rotated(settings: Any, db: None) -> Biller:
    """A biller whose key was written with the old key, and a new key in front of that."""
    settings.ENCRYPTION_KEYS = [OLD]
    biller = Biller.objects.create(slug="springfield-water", api_key="a-key-to-keep")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    return biller


def in_the_database(biller: Biller) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key FROM icsso_biller WHERE id = %s", [biller.pk])
        return str(cursor.fetchone()[0])


def test_afterwards_the_old_key_can_go(rotated: Biller, settings: Any) -> None:
    call_command("reencrypt", verbosity=0)
    settings.ENCRYPTION_KEYS = [NEW]
    assert Biller.objects.get().api_key == "a-key-to-keep"
    assert "a-key-to-keep" not in in_the_database(rotated)


def test_without_it_the_old_key_is_needed(rotated: Biller, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(Unreadable):
        Biller.objects.get()


def test_what_is_empty_stays_empty(rotated: Biller) -> None:
    Biller.objects.update(api_key="")
    call_command("reencrypt", verbosity=0)
    assert in_the_database(rotated) == ""
