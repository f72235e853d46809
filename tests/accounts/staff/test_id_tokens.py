"""What a provider may send, and what of it is refused: everything that is not exactly right."""

import base64
import json
import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from joserfc.jwk import RSAKey

from accounts import ratelimit
from accounts.models import User
from icsso.billers.identity_provider import client as calls
from icsso.billers.identity_provider.models import IdentityProvider
from tests.accounts.staff.providers import START, LyingProvider, no_key
from tests.cast import Cast, staff

MEMBERS = "/admin/accounts/member/"


@pytest.fixture(autouse=True)
def clerk(cast: Cast) -> User:
    return staff("support", cast.biller)


def is_in(client: Client) -> bool:
    return client.get(MEMBERS).status_code == 200


def test_a_right_one_is_accepted(client: Client, liar: LyingProvider) -> None:
    assert liar.sign_on(client).status_code == 302
    assert is_in(client)


@pytest.mark.any_database
@pytest.mark.parametrize(
    "forged",
    [
        {"iss": "https://another.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": ["portal", "another-client"], "azp": "portal"},
        {"aud": "another-client", "azp": "portal"},
        {"azp": "another-client"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": None},
        {"sub": None},
        {"sub": "x" * 256},
        {"sub": 7},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
)
def test_a_wrong_claim_lets_nobody_in(
    client: Client, liar: LyingProvider, forged: dict[str, Any]
) -> None:
    liar.forged = forged
    answer = liar.sign_on(client)
    assert answer.status_code == 403
    assert "can&#x27;t be accepted" in answer.content.decode()
    assert not is_in(client)


@pytest.mark.any_database
@pytest.mark.parametrize(("claim", "seconds"), [("exp", -120), ("iat", 600), ("nbf", 600)])
def test_a_wrong_time_lets_nobody_in(
    client: Client, liar: LyingProvider, claim: str, seconds: int
) -> None:
    liar.forged = {claim: int(time.time()) + seconds}
    assert liar.sign_on(client).status_code == 403
    assert not is_in(client)


def test_clocks_may_differ_by_a_minute(client: Client, liar: LyingProvider) -> None:
    liar.forged = {"exp": int(time.time()) - 30, "iat": int(time.time()) + 30}
    assert liar.sign_on(client).status_code == 302


def test_an_audience_in_a_list_is_the_same(client: Client, liar: LyingProvider) -> None:
    liar.forged = {"aud": ["portal"]}
    assert liar.sign_on(client).status_code == 302


def test_a_token_signed_by_nobody_or_by_another_lets_nobody_in(
    client: Client, liar: LyingProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = liar.key
    liar.key = RSAKey.generate_key(2048, {"kid": "one"})
    assert liar.sign_on(client).status_code == 403
    liar.key, liar.header = no_key(), {"alg": "HS256"}  # type: ignore[assignment]
    assert liar.sign_on(client).status_code == 403
    liar.key, liar.header = right, {"alg": "none"}
    unsigned = "eyJhbGciOiJub25lIn0.{}."
    monkeypatch.setattr(liar, "token", lambda: unsigned.format(_encoded(liar.claims())))
    assert liar.sign_on(client).status_code == 403
    assert not is_in(client)


def _encoded(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


@pytest.mark.any_database
@pytest.mark.parametrize(
    "answer",
    [
        {"access_token": "a", "token_type": "Bearer"},
        {"access_token": "a", "token_type": "Bearer", "id_token": "nonsense"},
        {"access_token": "a", "token_type": "Bearer", "id_token": 7},
        {"error": "invalid_grant", "error_description": "the code a-code"},
    ],
)
def test_an_answer_without_an_id_token_lets_nobody_in(
    client: Client, liar: LyingProvider, answer: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    liar.answer = answer
    assert liar.sign_on(client).status_code == 403
    assert not is_in(client)
    assert "the code a-code" not in caplog.text


def test_a_wrong_state_lets_nobody_in(client: Client, liar: LyingProvider) -> None:
    assert liar.sign_on(client, state="another").status_code == 403
    assert liar.calls.count("/token") == 0
    assert liar.sign_on(client, iss="https://another.example").status_code == 403
    assert not is_in(client)


def test_a_new_key_is_found_and_keys_are_not_fetched_all_the_time(
    client: Client, liar: LyingProvider
) -> None:
    liar.sign_on(client)
    liar.sign_on(Client())
    assert liar.calls.count("/keys") == 1
    assert liar.calls.count("/.well-known/openid-configuration") == 1
    liar.key = liar._own = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    liar.header = {"alg": "RS256", "kid": "two"}
    assert liar.sign_on(Client()).status_code == 302
    assert liar.calls.count("/keys") == 2
    liar.header = {"alg": "RS256", "kid": "three"}
    for _try in range(3):
        assert liar.sign_on(Client()).status_code == 403
    assert liar.calls.count("/keys") == 2


@pytest.mark.any_database
@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://another.example"},
        {"token_endpoint": "ftp://127.0.0.1/"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ],
)
def test_wrong_settings_are_not_used(
    client: Client, liar: LyingProvider, document: dict[str, Any]
) -> None:
    liar.document = document
    answer = client.get(START)
    assert answer.status_code == 503
    assert "isn&#x27;t responding" in answer.content.decode()


def test_a_provider_that_is_away_is_said_to_be(client: Client, liar: LyingProvider) -> None:
    IdentityProvider.objects.update(issuer="http://127.0.0.1:9")
    answer = client.get(START)
    assert answer.status_code == 503
    assert "try again in a few minutes" in answer.content.decode()
    assert client.get("/admin/login/").status_code == 200


def test_an_endless_or_failing_answer_is_not_read(client: Client, liar: LyingProvider) -> None:
    liar.document = {"filler": "x" * (calls.LARGEST + 1)}
    assert client.get(START).status_code == 503
    liar.document, liar.status = {}, 500
    assert client.get(START).status_code == 503


def test_the_token_answer_is_bounded_too(client: Client, liar: LyingProvider) -> None:
    liar.answer = {"id_token": "x" * (calls.LARGEST + 1), "token_type": "Bearer"}
    assert liar.sign_on(client).status_code == 503


def test_no_thread_waits_for_a_seat(client: Client, liar: LyingProvider) -> None:
    for _seat in range(4):
        calls.SEATS.acquire()
    try:
        assert client.get(START).status_code == 503
    finally:
        calls.SEATS.release(4)
    cache.clear()
    assert client.get(START).status_code == 302


def test_in_production_only_public_addresses_are_called(
    client: Client, liar: LyingProvider, settings: Any
) -> None:
    settings.INVOICE_CLOUD_PUBLIC_ONLY = True
    assert client.get(START).status_code == 503
    assert liar.calls == []


def test_attempts_are_limited(
    client: Client, liar: LyingProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = ratelimit.Limit("3/minute", "3/minute", "", "3/minute")
    monkeypatch.setitem(ratelimit.LIMITS, "single_sign_on", few)  # type: ignore[arg-type]
    assert [client.get(START).status_code for _try in range(4)] == [302, 302, 302, 429]
