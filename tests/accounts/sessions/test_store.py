"""New session keys."""

import pytest

from accounts.sessions.store import SessionStore


@pytest.mark.django_db
def test_a_new_key_that_is_taken_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    first = SessionStore()
    first["whose"] = "another's"
    first.create()
    keys = iter([first.session_key, "b" * 32])
    monkeypatch.setattr("accounts.sessions.store.get_random_string", lambda *_: next(keys))
    second = SessionStore()
    second.create()
    assert second.session_key == "b" * 32
    assert SessionStore(first.session_key)["whose"] == "another's"
