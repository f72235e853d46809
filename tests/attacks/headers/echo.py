"""An application that tells what a server believed of a request."""

import json
from collections.abc import Iterable
from typing import Any

TOLD = ("SCRIPT_NAME", "PATH_INFO", "REMOTE_ADDR", "REMOTE_USER", "wsgi.url_scheme", "HTTP_HOST")


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    said = json.dumps({name: environ.get(name) for name in TOLD}).encode()
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said]


def everything(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """All that it was told, of whatever header."""
    said = json.dumps({k: v for k, v in environ.items() if isinstance(v, str)}).encode()
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said]
