"""The raw wire of one call, which never leaves the probe: a client that keeps each exchange."""

import time
from collections.abc import Callable, Collection, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

import requests
from urllib3 import Timeout

from icsso.client.client import InvoiceCloudClient
from icsso.client.connection import ignored
from icsso.client.errors import InvoiceCloudError, InvoiceCloudUnavailable
from icsso.client.probe.kinds import described, path_of
from icsso.client.resilience.pipeline import Protection
from icsso.client.wire.profile import WireProfile
from icsso.client.wire.written import NO_CONTENT, parsed, unpacked

NOT_JSON = object()


class Exchange:
    """One request and its answer, with all values. `redacted` is what may be kept of it."""

    def __init__(  # noqa: PLR0913  all keyword-only
        self,
        *,
        operation: str,
        request: requests.PreparedRequest | None,
        response: requests.Response | None,
        text: str,
        milliseconds: int,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        self.operation = operation
        self.method = (request.method if request else None) or ""
        self.url = (request.url if request else None) or ""
        self.sent = _sent(request) if fields is None else dict(fields)
        self.status = response.status_code if response is not None else None
        self.headers: Mapping[str, str] = response.headers if response is not None else {}
        self.text = text
        self.milliseconds = milliseconds
        self.response = response

    def __repr__(self) -> str:
        return f"Exchange({self.operation}, {self.status})"

    @property
    def body(self) -> Any:
        """Returns the JSON, with numbers as Decimal, or NOT_JSON. No content is null."""
        if self.status == NO_CONTENT:
            return None
        is_json, body = parsed(self.text)
        return unpacked(body) if is_json else NOT_JSON

    @property
    def is_html(self) -> bool:
        said = self.headers.get("Content-Type", "").lower()
        is_page = "html" in said or self.text.lstrip()[:1] == "<"
        return is_page and self.status != NO_CONTENT

    def redacted(
        self, step: str, *, secrets: Collection[str], known: Collection[str]
    ) -> dict[str, Any]:
        """Returns the exchange as a capture has it: names and kinds.

        secrets: what a name must not contain. known: the parts of paths that are names.
        """
        said = self.headers.get("Content-Type", "").partition(";")[0].strip()
        return {
            "step": step,
            "operation": self.operation,
            "request": {
                "method": self.method,
                "path": path_of(self.url, known),
                "body": described(self.sent, secrets=secrets),
            },
            "response": {
                "status": self.status,
                "content_type": said if len(said) < 60 else "",
                "headers": sorted(self.headers),
                "body": self._described_text(secrets),
            },
        }

    def _described_text(self, secrets: Collection[str]) -> Any:
        if not self.text.strip():
            return "empty"
        body = self.body
        return f"html:{len(self.text)}" if body is NOT_JSON else described(body, secrets=secrets)


class RecordingClient(InvoiceCloudClient):
    """Sends and reads like the portal's own client, and keeps what went over the wire."""

    exchanges: list[Exchange]
    takes_other_method = False  # it is to be found, and to stand in the profile

    @classmethod
    def like(cls, client: InvoiceCloudClient) -> "RecordingClient":
        """Returns a client with the connections and limits of another one. It calls once, whatever
        the circuit breakers say, and nothing of it is counted: what a probe finds out must not
        hold back customers."""
        recording = cls.__new__(cls)
        recording.__dict__.update(client.__dict__, exchanges=[])
        recording._options = replace(client._options, protection=Protection(), heard=ignored)
        return recording

    def anew(self, wire: WireProfile) -> "RecordingClient":
        """Returns a client with the same connections, another profile, and nothing recorded."""
        other = copy(self)
        other._options, other.exchanges = replace(self._options, wire=wire), []
        return other

    def _send(
        self, operation: str, wire: Callable[..., requests.Response], seconds: float
    ) -> tuple[requests.Response, str]:
        started = time.monotonic()
        response, text = None, ""
        try:
            response, text = super()._send(operation, wire, seconds)
            return response, text
        finally:
            exchange = Exchange(
                operation=operation,
                request=response.request if response is not None else None,
                response=response,
                text=text,
                milliseconds=round((time.monotonic() - started) * 1000),
            )
            self.exchanges.append(exchange)

    def raw(
        self, method: str, url: str, *, seconds: float, cookie: str = "", **sent: Any
    ) -> requests.Response:
        """Returns the answer of a page: without the API key, and no redirect is followed."""
        headers = {"Accept": "text/html,*/*;q=0.8"} | ({"Cookie": cookie} if cookie else {})
        return self._session.request(
            method,
            url,
            headers=headers,
            timeout=Timeout(connect=min(seconds, 5.0), total=seconds),  # type: ignore[arg-type]
            allow_redirects=False,
            stream=True,
            **sent,
        )


class ReplayingClient(RecordingClient):
    """Reads one recorded answer again, with another wire profile, without sending anything."""

    _exchange: Exchange

    @classmethod
    def of(cls, exchange: Exchange, client: RecordingClient) -> "ReplayingClient":
        replaying = cls.__new__(cls)
        replaying.__dict__.update(client.__dict__, _exchange=exchange)
        return replaying

    def _send(
        self, operation: str, wire: Callable[..., requests.Response], seconds: float
    ) -> tuple[requests.Response, str]:
        if operation != self._exchange.operation or self._exchange.response is None:
            raise InvoiceCloudUnavailable(operation, "not called")
        return self._exchange.response, self._exchange.text


def outcome(call: Callable[[], Any]) -> tuple[Any, InvoiceCloudError | None]:
    """Returns what the call returned or the error it raised."""
    try:
        return call(), None
    except InvoiceCloudError as error:
        return None, error


def _sent(request: requests.PreparedRequest | None) -> Any:
    if request is None or not request.body:
        return None
    body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
    is_json, sent = parsed(body)
    return sent if is_json else None
