"""The log of REST calls. What is secret is masked before it is written."""

import base64
import binascii
import json
import time
from typing import Any

from django.http import HttpRequest, HttpResponse

from sandbox.faults import Dropped
from sandbox.models import Call, Fault

KEPT = 10_000
SECRET = {"password", "newpassword", "remoteauthenticationtoken"}


def begin(request: HttpRequest, operation: str) -> Call:
    call = Call.objects.create(
        operation=operation,
        method=request.method,
        path=request.get_full_path()[:500],
        authorization=authorization_form(request.headers.get("Authorization", "")),
        body=masked(read_json(request.body)),
        started=time.time(),
    )
    if call.pk % 1000 == 0:
        Call.objects.filter(pk__lte=call.pk - KEPT).delete()
    return call


def end(call: Call, response: HttpResponse, fault: Fault | None) -> None:
    status = None if isinstance(response, Dropped) else response.status_code
    Call.objects.filter(pk=call.pk).update(
        status=status, fault=fault.kind if fault else "", ended=time.time()
    )


def read_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def masked(value: Any) -> Any:
    """An empty secret stays visible as empty."""
    if isinstance(value, dict):
        return {
            name: "***" if name.lower() in SECRET and item else masked(item)
            for name, item in value.items()
        }
    return [masked(item) for item in value] if isinstance(value, list) else value


def authorization_form(header: str) -> str:
    """`basic` (key and colon), `key_only` (as two public clients send it), `other` or `none`."""
    if not header:
        return "none"
    credentials = basic_credentials(header)
    if credentials is None:
        return "other"
    return "basic" if ":" in credentials else "key_only"


def basic_credentials(header: str) -> str | None:
    # A long value may come folded over several lines: Perl's base64 breaks them at 76 characters.
    scheme, *encoded = header.split() or [""]
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode("".join(encoded), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
