"""Answers about passkeys that were changed, or never were any: refused, and nothing fails."""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from webauthn import verify_authentication_response, verify_registration_response

from accounts.mfa.passkeys import ceremonies
from accounts.models import Passkey
from tests.accounts.codes import PASSWORD
from tests.accounts.mfa.authenticator import (
    ADD,
    NEW,
    ORIGIN,
    RP_ID,
    Authenticator,
    assert_refused,
    bytes_of,
    challenge,
    signed_in,
    text_of,
)
from tests.cast import Cast

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def device(cast: Cast) -> Authenticator:
    return Authenticator().known_for(cast.laundry)


def changed(answer: str, change: Change) -> str:
    whole = json.loads(answer)
    change(whole)
    return json.dumps(whole)


def _other_handle(whole: dict[str, Any]) -> None:
    whole["response"]["userHandle"] = text_of(b"y" * 32)


def _no_handle(whole: dict[str, Any]) -> None:
    del whole["response"]["userHandle"]


def _other_signature(whole: dict[str, Any]) -> None:
    whole["response"]["signature"] = text_of(b"0" * 70)


def _other_raw_id(whole: dict[str, Any]) -> None:
    whole["rawId"] = text_of(b"z" * 32)


def _other_flags(whole: dict[str, Any]) -> None:
    data = whole["response"]["authenticatorData"]
    whole["response"]["authenticatorData"] = (
        data[:43] + ("H" if data[43] != "H" else "I") + data[44:]
    )


def _list(whole: dict[str, Any]) -> None:
    whole["response"]["clientDataJSON"] = [1, 2]


def _not_base64(whole: dict[str, Any]) -> None:
    whole["response"]["userHandle"] = "ä"


def _nul(whole: dict[str, Any]) -> None:
    whole["id"] = whole["rawId"] = "\0"


CHANGES = (
    _other_handle,
    _no_handle,
    _other_signature,
    _other_raw_id,
    _other_flags,
    _list,
    _not_base64,
    _nul,
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_answer_is_refused(change: Change, device: Authenticator) -> None:
    client = Client()
    assert_refused(client, changed(device.get(challenge(client)), change))


NO_OBJECTS = ("", "{", "null", "[]", "1", '"x"', "\0", "[" * 9000, "x" * 30_000)
LONG_ID = json.dumps({"id": "A" * 5000, "response": {}})
NO_ANSWERS = ("{}", '{"response": {}}', '{"id": 1, "response": {}}', LONG_ID)


@pytest.mark.parametrize("answer", [*NO_OBJECTS, *NO_ANSWERS])
def test_nonsense_is_refused(answer: str, device: Authenticator, cast: Cast) -> None:
    client = Client()
    challenge(client)
    assert_refused(client, answer)
    member = signed_in(cast.laundry)
    member.post(ADD, {"current": PASSWORD})
    member.get(NEW)
    assert member.post(NEW, {"name": "x", "passkey": answer}).status_code == 200
    assert Passkey.objects.count() == 1


FIELDS = ("clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject")
RAW = st.binary(max_size=300).map(text_of) | st.text(max_size=9) | st.none() | st.integers()


@examples(max_examples=60)
@given(raw=RAW, name=st.sampled_from(FIELDS))
def test_the_library_raises_nothing_that_is_not_expected(raw: object, name: str) -> None:
    """Of an answer that is right but for one field. Thirty thousand random bytes were tried too."""
    device = Authenticator()
    options = {"challenge": "AAAA", "user": {"id": "AAAA"}}
    us: dict[str, Any] = {"expected_rp_id": RP_ID, "expected_origin": ORIGIN}
    us["expected_challenge"] = bytes_of("AAAA")
    key: dict[str, Any] = {"credential_current_sign_count": 0}
    key["credential_public_key"] = device.public_key
    for answer, verify, more in (
        (device.create(options), verify_registration_response, {}),
        (device.get(options), verify_authentication_response, key),
    ):
        with suppress(*ceremonies.UNREADABLE):
            verify(credential=changed(answer, partial(_set, name, raw)), **us, **more)


def _set(name: str, value: object, whole: dict[str, Any]) -> None:
    whole["response"][name] = value
