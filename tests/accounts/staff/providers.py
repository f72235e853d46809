"""OpenID providers to sign in by: a certified one in Node.js, and one that lies."""

import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import requests
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

START = "/admin/single-sign-on/"
CALLBACK = "/admin/single-sign-on/callback/"
HERE = "http://testserver"
ROOT = Path(__file__).resolve().parents[3]
CLIENT_ID, CLIENT_SECRET = "portal", "provider-secret-of-the-tests-only-0123456789"


class RealProvider:
    """`oidc-provider`, certified by the OpenID Foundation. redirect_uris: where it leads back."""

    def __init__(self, *redirect_uris: str) -> None:
        program = Path(__file__).with_name("provider.mjs")
        if not (ROOT / "node_modules" / "oidc-provider").is_dir():
            raise RuntimeError("oidc-provider is missing: run `make node_modules/installed`")
        self._process = subprocess.Popen(
            ["node", str(program), *redirect_uris],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout
        self.issuer = ""
        while not self.issuer.startswith("http"):  # its warnings come first
            line = self._process.stdout.readline()
            assert line, "the provider did not start"
            self.issuer = line.strip()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()


def at_provider(address: str, claims: dict[str, Any], *, methods: str = "", **more: str) -> str:
    """Signs in at the provider as a browser does. Returns the portal's path to which the provider
    leads back."""
    with requests.Session() as browser:
        browser.trust_env = False
        page = browser.get(address, timeout=20)
        entered = {"claims": json.dumps(claims), "amr": methods, **more}
        answer = browser.post(page.url, data=entered, timeout=20, allow_redirects=False)
        while not answer.headers["Location"].startswith(HERE):
            answer = browser.get(answer.headers["Location"], timeout=20, allow_redirects=False)
    return answer.headers["Location"].removeprefix(HERE)


def sign_on(client: Client, claims: dict[str, Any], **how: str) -> Any:
    """Returns the portal's answer to the browser that the provider sent back."""
    begun = client.get(START)
    assert begun.status_code == 302, begun.content
    return client.get(at_provider(begun["Location"], claims, **how))


class LyingProvider:
    """A provider whose ID token is a right one that a test has changed.

    forge: changes claims. header: changes the token's header. key: signs, instead of its own.
    """

    def __init__(self) -> None:
        self.key = self._own = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.forged: dict[str, Any] = {}
        self.document: dict[str, Any] = {}
        self.answer: dict[str, Any] = {}
        self.asked: dict[str, Any] = {}
        self.calls: list[str] = []
        self.status = 200
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **self.document,
        }

    def claims(self) -> dict[str, Any]:
        now = int(time.time())
        right = {
            "iss": self.issuer,
            "sub": "clerk-1",
            "aud": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "nonce": self.asked.get("nonce"),
            "email": "support@springfield-water.example",
            "email_verified": True,
        }
        changed = {**right, **self.forged}
        return {name: value for name, value in changed.items() if value is not None}

    def token(self) -> str:
        known = [self.header["alg"]]
        return jwt.encode(self.header, self.claims(), self.key, algorithms=known)

    def tokens(self) -> dict[str, Any]:
        if self.answer:
            return self.answer
        return {"access_token": "an-access-token", "token_type": "Bearer", "id_token": self.token()}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.calls.append(self.path)
                if self.path == "/keys":
                    keys = KeySet([provider._own]).as_dict(private=False)
                    self._send(keys)
                else:
                    self._send(provider.discovery())

            def do_POST(self) -> None:
                provider.calls.append(self.path)
                self.rfile.read(int(self.headers["Content-Length"]))
                self._send(provider.tokens())

            def _send(self, document: dict[str, Any]) -> None:
                body = json.dumps(document).encode()
                self.send_response(provider.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: object) -> None:
                pass

        return Handler

    def sign_on(self, client: Client, **changed: str) -> Any:
        """The browser goes there and comes back. changed: what it brings instead."""
        begun = client.get(START)
        asked = parse_qs(urlsplit(begun["Location"]).query)
        self.asked = {name: values[0] for name, values in asked.items()}
        return client.get(CALLBACK, {"code": "a-code", "state": self.asked["state"], **changed})


def no_key() -> OctKey:
    """The client's own secret, with which nobody else signs."""
    return OctKey.import_key(CLIENT_SECRET)
