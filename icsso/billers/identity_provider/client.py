"""Calls to an OpenID provider: its discovery document, its keys, and the exchange of a code.

The protocol is Authlib's; the connection is the client's own (`icsso.client.transport`): one
deadline for each answer, public addresses only in production, the outgoing proxy, and no redirects.
"""

import json
import logging
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from threading import BoundedSemaphore
from typing import Any, NamedTuple

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from django.conf import settings
from django.core.cache import cache
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from icsso.billers.identity_provider.models import IdentityProvider
from icsso.client.addresses import origin
from icsso.client.egress import Egress
from icsso.client.transport import not_called, pooled_session

logger = logging.getLogger(__name__)
# Signed with the provider's private key: never "none", and never with the client secret.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
CACHED = 60 * 60  # seconds
WELL_KNOWN = "/.well-known/openid-configuration"
FETCHED_AGAIN = 60  # seconds between two requests for new keys
LARGEST = 256 * 1024  # bytes of any answer
LEEWAY = 60  # seconds that the clocks may differ
SCOPE = "openid email profile"
SEATS = BoundedSemaphore(4)  # threads of a process that may wait for providers at once
# Sign-ins are rare: by the next one, the server would have closed a connection that was kept, and a
# code can't be sent twice.
EACH_ANEW = {"Connection": "close"}
TIMEOUT = Timeout(connect=3.0, total=8.0)


class ProviderAway(Exception):
    """The provider or its answer was not usable. The message says why, without secrets."""


class ProviderRefused(Exception):
    """The provider's answer must not be accepted. The message says why."""


class Asked(NamedTuple):
    """The values that a sign-in begins with, compared when the browser comes back."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str


def authorization_url(provider: IdentityProvider, asked: Asked, *, asks_again: bool) -> str:
    """Returns the address to send the browser to. Raises ProviderAway.

    asks_again: lets the person choose another account, where the provider would use the one that
    it remembers.
    """
    found = discovery(provider)
    sent = {"state": asked.state, "nonce": asked.nonce, "code_verifier": asked.verifier}
    if asks_again:
        sent["prompt"] = provider.prompt
    with _session(provider, redirect_uri=asked.redirect_uri) as session:
        address, _state = session.create_authorization_url(found["authorization_endpoint"], **sent)
    return str(address)


def end_session_url(provider: IdentityProvider, *, back: str) -> str:
    """Returns where a person ends their session at the provider too, which then leads back (OpenID
    Connect RP-Initiated Logout); "" if it has no such place. Raises ProviderAway.

    The ID token is not sent, because it names the person and must not be in a URL. So the provider
    may ask the person to confirm.
    """
    place: Any = discovery(provider).get("end_session_endpoint")
    if not isinstance(place, str) or not _may_be_used(place):
        return ""
    asked = {"client_id": provider.client_id, "post_logout_redirect_uri": back}
    return str(requests.Request("GET", place, params=asked).prepare().url)


def claims_of(provider: IdentityProvider, code: str, asked: Asked) -> Mapping[str, Any]:
    """Returns the claims of the ID token that the code is exchanged for, all of them checked:
    signature, issuer, audience, times, and nonce. Raises ProviderAway and ProviderRefused."""
    tokens = _exchange(provider, code, asked)
    sent = tokens.get("id_token")
    if not isinstance(sent, str):
        raise ProviderRefused("there was no ID token")
    try:
        token = _decoded(provider, sent)
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
                "sub": {"essential": True},
                "exp": {"essential": True},
                "iat": {"essential": True},
                "nonce": {"essential": True, "value": asked.nonce},
            },
            params={
                "nonce": asked.nonce,
                "client_id": provider.client_id,
                "access_token": tokens.get("access_token"),
            },
        )
        claims.validate(leeway=LEEWAY)
    except (JoseError, ValueError, TypeError) as error:
        raise ProviderRefused(f"the ID token is not valid ({type(error).__name__})") from None
    if claims["aud"] not in (provider.client_id, [provider.client_id]):
        raise ProviderRefused("the ID token is for others as well")
    return dict(claims)


def _decoded(provider: IdentityProvider, sent: str) -> Any:
    """Verifies the token. For an unknown key, fetches the keys again, but not too often."""
    try:
        return jwt.decode(sent, _keys(provider), algorithms=ALGORITHMS)
    except (JoseError, ValueError):
        if not cache.add(_cache_key("again", provider.issuer), True, FETCHED_AGAIN):
            raise
        cache.delete(_cache_key("keys", provider.issuer))
        return jwt.decode(sent, _keys(provider), algorithms=ALGORITHMS)


def _exchange(provider: IdentityProvider, code: str, asked: Asked) -> Mapping[str, Any]:
    found = discovery(provider)
    methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
    with _session(provider, redirect_uri=asked.redirect_uri, method=method) as session, _Seat():
        try:
            tokens: Mapping[str, Any] = session.fetch_token(
                found["token_endpoint"],
                code=code,
                code_verifier=asked.verifier,
                grant_type="authorization_code",
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except OAuthError as error:
            # Only the name of the error: its description may repeat what was sent.
            raise ProviderRefused(f"the code was refused ({error.error})") from None
        except (requests.RequestException, HTTPError) as error:
            raise ProviderAway(_why(error)) from None
        except ValueError:
            raise ProviderAway("the answer was no JSON") from None
    return tokens


def discovery(provider: IdentityProvider) -> Mapping[str, Any]:
    """Returns the provider's discovery document, an hour old at most. Raises ProviderAway."""
    address = provider.issuer.rstrip("/") + WELL_KNOWN
    found = _fetched("discovery", provider, address)
    if found.get("issuer") != provider.issuer:
        raise ProviderAway("the provider writes its issuer in another way")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        place: Any = found.get(name)
        if not isinstance(place, str) or not _may_be_used(place):
            raise ProviderAway(f"{name} is no https address")
    return found


def _may_be_used(place: str) -> bool:
    scheme = origin(place).partition(":")[0]
    return scheme == "https" or (scheme == "http" and not settings.PRODUCTION)


def number_of_keys(provider: IdentityProvider) -> int:
    """Raises ProviderAway."""
    return len(_keys(provider).keys)


def forget(provider: IdentityProvider) -> None:
    """Makes the next call ask the provider again."""
    for what in ("discovery", "keys"):
        cache.delete(_cache_key(what, provider.issuer))


def _keys(provider: IdentityProvider) -> KeySet:
    document: Any = _fetched("keys", provider, discovery(provider)["jwks_uri"])
    try:
        return KeySet.import_key_set(document)
    except (JoseError, ValueError, KeyError, TypeError):
        raise ProviderAway("its keys could not be read") from None


def _fetched(what: str, provider: IdentityProvider, address: str) -> Mapping[str, Any]:
    key = _cache_key(what, provider.issuer)
    known: Mapping[str, Any] | None = cache.get(key)
    if known is None:
        known = _get(address)
        cache.set(key, known, CACHED)
    return known


def _get(address: str) -> Mapping[str, Any]:
    session = _pool(settings.INVOICE_CLOUD_PUBLIC_ONLY, *_egress())
    with _Seat():
        how: dict[str, Any] = {"timeout": TIMEOUT, "allow_redirects": False, "stream": True}
        try:
            response = session.get(address, **how)
            with response:
                document = json.loads(_body(response)) if response.status_code == 200 else None
        except (requests.RequestException, HTTPError) as error:
            raise ProviderAway(_why(error)) from None
        except ValueError:
            raise ProviderAway("the answer was no JSON") from None
    if not isinstance(document, dict):
        raise ProviderAway(f"it answered {response.status_code}")
    return document


def _body(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(16 * 1024):
        body += chunk
        if len(body) > LARGEST:
            raise ProviderAway("the answer is too large")
    return bytes(body)


class _Seat:
    """Holds a seat while a call is made. Raises ProviderAway if there is none."""

    def __enter__(self) -> None:
        if not SEATS.acquire(blocking=False):
            raise ProviderAway("too many calls are waiting")

    def __exit__(self, *_error: object) -> None:
        SEATS.release()


def _session(
    provider: IdentityProvider, *, redirect_uri: str, method: str = "client_secret_basic"
) -> Any:
    session = OAuth2Session(
        provider.client_id,
        provider.client_secret,
        token_endpoint_auth_method=method,
        scope=SCOPE,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
    )
    ours = _pool(settings.INVOICE_CLOUD_PUBLIC_ONLY, *_egress())
    session.trust_env, session.proxies = False, ours.proxies
    session.headers.update(EACH_ANEW)
    for prefix in ("https://", "http://"):
        session.mount(prefix, _Shared(ours.get_adapter(prefix)))
    return session


class _Shared(requests.adapters.BaseAdapter):
    """The pool's adapter, with a limit on what is read. `close` closes no connection."""

    def __init__(self, pool: requests.adapters.BaseAdapter) -> None:
        super().__init__()
        self._pool = pool

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        response = self._pool.send(request, **{**kwargs, "stream": True})
        with response:
            response._content = _body(response)
        return response

    def close(self) -> None:
        """Leaves the pool open."""


def _egress() -> tuple[str, str]:
    return settings.INVOICE_CLOUD_PROXY, settings.INVOICE_CLOUD_CA_FILE


@lru_cache(maxsize=4)
def _pool(public_only: bool, proxy: str, ca_file: str) -> requests.Session:
    session = pooled_session(Egress(public_only=public_only, proxy=proxy, ca_file=ca_file))
    session.headers.update(EACH_ANEW)
    return session


def _why(error: Exception) -> str:
    reason = error.args[0] if error.args else error
    cause = getattr(reason, "reason", reason)
    return not_called(cause) or f"no answer ({type(error).__name__})"


def _cache_key(what: str, name: str) -> str:
    return f"identity-provider:{what}:{sha256(name.encode()).hexdigest()}"
