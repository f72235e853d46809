"""Fixtures for calling the sandbox as a client of Invoice Cloud does."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.sandbox_process import SandboxProcess

Call = Callable[..., requests.Response]


@pytest.fixture
def call(sandbox: SandboxProcess) -> Call:
    """`call("POST", "/api/v1/…", {…})` as the demo biller."""

    def send(method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        options.setdefault("auth", (sandbox.api_key, ""))
        options.setdefault("timeout", 10)
        return requests.request(method, sandbox.url + path, json=body, **options)  # noqa: S113

    return send


@pytest.fixture
def token(call: Call) -> str:
    """A RemoteAuthenticationToken of Willows Laundry."""
    credentials = {"EmailAddress": "laundry@example.com", "Password": "copper kettle on the porch"}
    answer = call("POST", "/api/v1/remoteauth/RemoteAuthentication", credentials)
    value: str = answer.json()["RemoteAuthenticationToken"]
    return value
