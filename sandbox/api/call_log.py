"""The log of REST calls. Secrets are masked before a call is stored."""

import json
import time
from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, HttpResponse

from sandbox.faults import DroppedConnection
from sandbox.models import Call, Fault
from sandbox.variants.wire import OperationWire

from .authentication import header_form

CALLS_KEPT = 10_000
SECRETS = ("Password", "NewPassword", "RemoteAuthenticationToken")


def record_request(request: HttpRequest, operation: str, wire: OperationWire | None = None) -> Call:
    sent = wire.sent if wire else {}
    secrets = {name.lower() for name in [*SECRETS, *(sent.get(name, name) for name in SECRETS)]}
    call = Call.objects.create(
        operation=operation,
        method=request.method,
        path=request.get_full_path()[:500],
        authorization=header_form(request.headers.get("Authorization", "")),
        body=mask_secrets(parse_json(request.body), secrets),
        started=time.time(),
    )
    if call.pk % 1000 == 0:
        Call.objects.filter(pk__lte=call.pk - CALLS_KEPT).delete()
    return call


def record_response(call: Call, response: HttpResponse, fault: Fault | None) -> None:
    status = None if isinstance(response, DroppedConnection) else response.status_code
    Call.objects.filter(pk=call.pk).update(
        status=status, fault=fault.kind if fault else "", ended=time.time()
    )


def parse_json(body: bytes) -> Any:
    """Returns None for a body that is not JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def mask_secrets(value: Any, secrets: Collection[str]) -> Any:
    """Returns the value with every secret replaced by `***`. An empty secret stays empty."""
    if isinstance(value, dict):
        return {
            name: "***" if name.lower() in secrets and item else mask_secrets(item, secrets)
            for name, item in value.items()
        }
    return [mask_secrets(item, secrets) for item in value] if isinstance(value, list) else value
