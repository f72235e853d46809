"""Encryption at rest, and keys that rotate."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from pytest_django.fixtures import Settings

from icsso.billers.encryption import Unreadable, decrypt, encrypt
from icsso.billers.models import Biller
from tests import cast

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def stored(column: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM icsso_biller")  # noqa: S608  a name of ours
        value: str = cursor.fetchone()[0]
    return value


def test_the_keys_of_a_biller_are_unreadable_in_the_database(biller: Biller) -> None:
    assert cast.API_KEY not in stored("api_key")
    assert "demo-web-service-key" not in stored("web_service_key")
    read = Biller.objects.get()
    assert (read.api_key, read.web_service_key) == (cast.API_KEY, "demo-web-service-key")


def test_no_key_is_stored_as_no_key(db: None) -> None:
    Biller.objects.create(slug="power", name="Power")
    assert stored("api_key") == ""
    assert Biller.objects.get().api_key == ""


def test_the_same_text_never_looks_the_same() -> None:
    assert encrypt("copper kettle") != encrypt("copper kettle")


def test_the_first_key_encrypts_and_all_of_them_decrypt(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    sealed = encrypt("copper kettle")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert decrypt(sealed) == "copper kettle"
    assert Fernet(NEW).decrypt(encrypt("copper kettle")) == b"copper kettle"


def test_saving_a_biller_after_a_rotation_lets_the_old_key_go(db: None, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    Biller.objects.create(slug="power", name="Power", api_key="power-key")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    Biller.objects.get().save()
    settings.ENCRYPTION_KEYS = [NEW]
    assert Biller.objects.get().api_key == "power-key"


def test_without_its_key_nothing_is_read_and_nothing_is_told(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    sealed = encrypt("copper kettle")
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(Unreadable) as caught:
        decrypt(sealed)
    assert "copper" not in str(caught.value)
    assert sealed not in str(caught.value)


@pytest.mark.parametrize("damaged", ["", "plain text", "gAAAAA=="])
def test_what_was_never_encrypted_is_not_taken_for_text(damaged: str) -> None:
    with pytest.raises(Unreadable):
        decrypt(damaged)


def test_a_single_byte_that_was_changed_is_noticed() -> None:
    raw = bytearray(urlsafe_b64decode(encrypt("copper kettle")))
    for place in range(len(raw)):
        raw[place] ^= 1
        with pytest.raises(Unreadable):
            decrypt(urlsafe_b64encode(raw).decode())
        raw[place] ^= 1
    assert decrypt(urlsafe_b64encode(raw).decode()) == "copper kettle"
