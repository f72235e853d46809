"""What a client says in headers gets through none of the samples of `deploy/proxies`.

The server behind them believes everything that it is told, so that the proxy alone keeps it away.
"""

import json
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from tests.attacks.headers import proxies
from tests.attacks.headers.proxies import Place
from tests.portal_process import PortalProcess

pytestmark = [pytest.mark.production, pytest.mark.cache]
HOST, PATH = "pay.example.com", "/admin/accounts/login/"
# From one connection to the next, or about the connection alone.
CHANGES = {"REMOTE_PORT", "HTTP_CONNECTION"}
CLAIMS = [
    "SCRIPT_NAME: /admin",
    "Script_Name: /admin",
    "Script-Name: /admin",
    "PATH_INFO: /accounts/login/",
    "REMOTE_ADDR: 203.0.113.5",
    "X-Forwarded-For: 203.0.113.5",
    "X-Forwarded-For: 203.0.113.5\r\nX-Forwarded-For: 203.0.113.6",
    "X_Forwarded_For: 203.0.113.5",
    "X-Forwarded-Proto: http",
    "X_Forwarded_Proto: http",
    "X-Forwarded-Proto: http\r\nX-Forwarded-Proto: http",
    "Connection: close, X-Forwarded-For, X-Forwarded-Proto",
]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalProcess]:
    started = PortalProcess(
        tmp_path_factory.mktemp("gunicorn"),
        application="tests.attacks.headers.echo:everything",
        environment={"DATABASE_URL": "sqlite://"},
        options=("--header-map", "dangerous"),
    )
    with started as process:
        yield process


@pytest.fixture(scope="module", params=list(proxies.ALL))
def place(
    request: pytest.FixtureRequest, portal: PortalProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder, port = tmp_path_factory.mktemp(request.param), int(portal.url.rsplit(":", 1)[1])
    with proxies.running(request.param, folder, port) as place:
        yield place


def test_only_the_last_hop_and_https_and_the_host_get_through(place: Place) -> None:
    told = heard(place)
    assert told["HTTP_HOST"] == HOST
    assert told["HTTP_X_FORWARDED_PROTO"] == "https"
    assert told["PATH_INFO"] == PATH
    assert told["SCRIPT_NAME"] == ""


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_a_client_claims_changes_nothing(place: Place, claim: str) -> None:
    assert heard(place, claim) == heard(place)


@pytest.mark.parametrize("host", [f"{HOST}:31337", f"{HOST}:443"])
def test_no_port_of_a_client_gets_through(place: Place, host: str) -> None:
    assert heard(place, host=host)["HTTP_HOST"] == HOST


def test_http_is_redirected(place: Place) -> None:
    with socket.create_connection(("127.0.0.1", place.plain)) as connection:
        said = exchange(connection, [f"Host: {HOST}"])
    assert b" 301 " in said.splitlines()[0] or b" 308 " in said.splitlines()[0]
    assert f"https://{HOST}{PATH}".lower().encode() in said.lower()


def test_figures_are_refused(place: Place) -> None:
    assert b" 404 " in asked(place, [f"Host: {HOST}"], path="/metrics").splitlines()[0]


def heard(place: Place, *claims: str, host: str = HOST) -> dict[str, Any]:
    """What the server was told, with the last hop alone, which is all that the portal reads."""
    said = asked(place, [f"Host: {host}", *claims])
    told: dict[str, Any] = json.loads(said.partition(b"\r\n\r\n")[2])
    hops = told["HTTP_X_FORWARDED_FOR"].split(",")
    assert hops[-1].strip() == "127.0.0.1"
    told["HTTP_X_FORWARDED_FOR"] = hops[-1].strip()
    return {name: value for name, value in told.items() if name not in CHANGES}


def asked(place: Place, headers: list[str], path: str = PATH) -> bytes:
    """The answer through TLS."""
    trusting = ssl.create_default_context(cafile=place.folder / "fullchain.pem")
    with (
        socket.create_connection(("127.0.0.1", place.tls)) as plain,
        trusting.wrap_socket(plain, server_hostname=HOST) as connection,
    ):
        return exchange(connection, headers, path)


def exchange(connection: socket.socket, headers: list[str], path: str = PATH) -> bytes:
    closes = [] if any("Connection:" in header for header in headers) else ["Connection: close"]
    lines = [f"GET {path} HTTP/1.1", *headers, *closes, "", ""]
    connection.sendall("\r\n".join(lines).encode())
    with connection.makefile("rb") as said:
        return said.read()
