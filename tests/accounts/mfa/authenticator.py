"""An authenticator as programs on phones are, with real keys, and a member's way with it."""

import html
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client

from accounts.models import Member, Passkey
from tests.accounts.codes import PASSWORD, is_signed_in

ORIGIN, RP_ID = "http://testserver", "testserver"
PASSKEYS = "/accounts/sign-in/passkeys/"
ADD, NEW = f"{PASSKEYS}add/", f"{PASSKEYS}new/"
SIGN_IN, OPTIONS = "/accounts/login/passkey/", "/accounts/login/passkey/options/"
PRESENT, VERIFIED, MAY_BACK_UP, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def text_of(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """Keeps one passkey. step: by how much it counts with each use; many don't count."""

    origin: str = ORIGIN
    rp_id: str = RP_ID
    step: int = 1
    flags: int = PRESENT | VERIFIED
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: token_bytes(32))
    user_handle: bytes = b""
    count: int = 0

    @property
    def id(self) -> str:
        return text_of(self.credential_id)

    @property
    def public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def known_for(self, member: Member) -> "Authenticator":
        """As if the member had added it some time ago."""
        self.user_handle = token_bytes(32)
        Passkey.objects.create(
            member=member,
            name="My phone",
            credential_id=self.id,
            public_key=self.public_key,
            user_handle=self.user_handle,
            rp_id=self.rp_id,
        )
        return self

    def create(self, options: dict[str, Any]) -> str:
        """What `navigator.credentials.create` answers."""
        self.user_handle = bytes_of(options["user"]["id"])
        length = len(self.credential_id).to_bytes(2, "big")
        attested = bytes(16) + length + self.credential_id + self.public_key
        data = self._data(ATTESTED) + attested
        made = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options["challenge"])
        return self._answer(
            clientDataJSON=text_of(client_data),
            attestationObject=text_of(made),
            transports=["internal", "hybrid"],
        )

    def get(self, options: dict[str, Any]) -> str:
        """What `navigator.credentials.get` answers."""
        self.count += self.step
        client_data, data = self._client_data("webauthn.get", options["challenge"]), self._data()
        signature = self.key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            clientDataJSON=text_of(client_data),
            authenticatorData=text_of(data),
            signature=text_of(signature),
            userHandle=text_of(self.user_handle),
        )

    def _data(self, more: int = 0) -> bytes:
        flags = bytes([self.flags | more])
        return sha256(self.rp_id.encode()).digest() + flags + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        facts = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(facts).encode()

    def _answer(self, **response: Any) -> str:
        whole = {"id": self.id, "rawId": self.id, "type": "public-key", "response": response}
        return json.dumps(whole)


def options_on(page: bytes) -> dict[str, Any]:
    """What a page hands to the browser."""
    found = re.search(r'data-options="([^"]+)"', page.decode())
    assert found, "no passkey is asked for"
    options: dict[str, Any] = json.loads(html.unescape(found.group(1)))
    return options


def add_passkey(client: Client, device: Authenticator | None = None, **form: str) -> Authenticator:
    """By a member who is signed in."""
    device = device or Authenticator()
    client.post(ADD, {"current": PASSWORD, **form})
    answer = device.create(options_on(client.get(NEW).content))
    assert client.post(NEW, {"name": "My phone", "passkey": answer})["Location"] == PASSKEYS
    return device


def challenge(client: Client) -> dict[str, Any]:
    options: dict[str, Any] = client.post(OPTIONS).json()
    return options


def sign_in_with(device: Authenticator, client: Client | None = None, query: str = "") -> Client:
    client = client or Client()
    client.post(SIGN_IN + query, {"passkey": device.get(challenge(client))})
    return client


def signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def answered(client: Client, answer: str) -> str:
    """What the page says that whoever is refused comes to."""
    response = client.post(SIGN_IN, {"passkey": answer}, follow=True)
    return response.content.decode()


def assert_refused(client: Client, answer: str, words: str = "passkey doesn&#x27;t work") -> None:
    assert words in answered(client, answer)
    assert not is_signed_in(client)
