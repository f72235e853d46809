"""What every REST operation goes through: call log, faults, Basic authentication, errors."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from sandbox import faults
from sandbox.models import Biller

from . import call_log
from .fields import Fields, Refused

Answer = dict[str, Any]


def operation(name: str, *, method: str = "POST") -> Callable[..., Callable[..., HttpResponse]]:
    """Decorates `operation(call: Incoming, **captured) -> Answer`."""

    def decorate(carry_out: Callable[..., Answer]) -> Callable[..., HttpResponse]:
        @wraps(carry_out)
        def view(request: HttpRequest, **captured: Any) -> HttpResponse:
            call = call_log.begin(request, name)
            fault = faults.take(name, kinds=faults.KINDS)
            response = faults.apply(
                fault, request, lambda: answer(request, carry_out, method, captured)
            )
            call_log.end(call, response, fault)
            return response

        return view

    return decorate


class Incoming:
    """An authenticated call: who makes it and what it brings."""

    def __init__(self, request: HttpRequest, biller: Biller) -> None:
        self.request, self.biller = request, biller

    @property
    def fields(self) -> Fields:
        try:
            return Fields(json.loads(self.request.body))
        except ValueError:
            raise Refused("The request is not valid JSON.") from None


def answer(
    request: HttpRequest, carry_out: Callable[..., Answer], method: str, captured: dict[str, Any]
) -> HttpResponse:
    try:
        if request.method != method:
            raise Refused(f"This operation does not support {request.method}.", status=405)
        incoming = Incoming(request, authenticate(request))
        return JsonResponse(carry_out(incoming, **captured))
    except Refused as refusal:
        code = {"Code": refusal.code} if refusal.code else {}
        body = {**code, "Message": refusal.message}
        response = JsonResponse(body, status=refusal.status)
        if refusal.status == 401 and not refusal.code:
            response["WWW-Authenticate"] = "Basic"
        return response


def authenticate(request: HttpRequest) -> Biller:
    """The API key is the user name and the password is empty; the colon may be missing."""
    credentials = call_log.basic_credentials(request.headers.get("Authorization", ""))
    key, _, password = (credentials or "").partition(":")
    biller = Biller.objects.filter(api_key=key).first() if key and not password else None
    if biller is None:
        raise Refused("Authorization has been denied for this request.", status=401)
    return biller
