"""The billing session: how long it lives, and that nobody else can read it."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from icsso.billers.encryption import encrypt
from icsso.billing import session
from icsso.billing.session import BillingSession, State

TOKEN = "marker-of-a-token"


def connected(seconds: float) -> BillingSession:
    expires_at = timezone.now() + timedelta(seconds=seconds)
    return BillingSession(
        state=State.CONNECTED, token=TOKEN, expires_at=expires_at, customer_guid="guid-1"
    )


def test_what_is_stored_comes_back(db: None) -> None:
    held, billing = Client().session, connected(1200)
    session.store(held, billing)
    assert session.load(held) == billing
    away = BillingSession(state=State.ELSEWHERE, note="j…@e….com")
    session.store(held, away)
    assert session.load(held) == away


@pytest.mark.parametrize(
    ("seconds", "usable"), [(1200, True), (75, True), (55, False), (-1, False)]
)
def test_a_token_that_ends_within_a_minute_is_not_used(seconds: float, usable: bool) -> None:
    assert connected(seconds).is_usable is usable


def test_without_a_token_or_an_expiry_nothing_is_usable() -> None:
    assert not BillingSession(state=State.CONNECTED).is_usable
    assert not BillingSession(state=State.CONNECTED, token=TOKEN).is_usable


def test_neither_the_store_nor_the_cache_holds_it_readably(db: None) -> None:
    client = Client()
    held = client.session
    session.store(held, connected(1200))
    held.save()
    stored = Session.objects.get(session_key=held.session_key)
    assert TOKEN not in stored.session_data
    assert TOKEN not in repr(stored.get_decoded())
    assert "connected" not in repr(stored.get_decoded())


def test_a_retired_key_is_as_if_there_were_no_session(db: None, settings: Settings) -> None:
    held = Client().session
    session.store(held, connected(1200))
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert session.load(held) is None


def test_a_new_key_in_front_still_reads_what_the_old_one_wrote(
    db: None, settings: Settings
) -> None:
    held, billing = Client().session, connected(1200)
    session.store(held, billing)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    assert session.load(held) == billing


@pytest.mark.parametrize(
    "entry",
    [
        "{}",
        "[]",
        "no json",
        '{"expires_at": null, "state": "unheard-of"}',
        '{"expires_at": null, "state": "away", "shape": "of another release"}',
    ],
)
def test_an_entry_of_another_release_is_as_if_there_were_none(db: None, entry: str) -> None:
    held = Client().session
    held[session.SESSION_KEY] = encrypt(entry)
    assert session.load(held) is None
