"""What all REST operations share: call log, faults, authentication, and error responses."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from sandbox import faults
from sandbox.models import Biller

from . import call_log
from .authentication import authenticate
from .fields import ApiError, Fields

Payload = dict[str, Any]
Operation = Callable[..., Payload]


class ApiCall:
    """An authenticated call: the biller that makes it and the fields of its body."""

    def __init__(self, request: HttpRequest, biller: Biller) -> None:
        self.request, self.biller = request, biller

    @property
    def fields(self) -> Fields:
        try:
            return Fields(json.loads(self.request.body))
        except ValueError:
            raise ApiError("The request is not valid JSON.") from None


def operation(
    name: str, *, method: str = "POST"
) -> Callable[[Operation], Callable[..., HttpResponse]]:
    """Turns `function(call: ApiCall, **captured) -> Payload` into a view. `name` is the name that
    the call log and the faults use."""

    def decorate(function: Operation) -> Callable[..., HttpResponse]:
        @wraps(function)
        def view(request: HttpRequest, **captured: Any) -> HttpResponse:
            call = call_log.record_request(request, name)
            fault = faults.take(name, kinds=faults.KINDS)
            response = faults.apply(
                fault, request, lambda: respond(request, function, method, captured)
            )
            call_log.record_response(call, response, fault)
            return response

        return view

    return decorate


def respond(
    request: HttpRequest, function: Operation, method: str, captured: dict[str, Any]
) -> HttpResponse:
    try:
        if request.method != method:
            raise ApiError(f"This operation does not support {request.method}.", status=405)
        biller = authenticate(request.headers.get("Authorization", ""))
        return JsonResponse(function(ApiCall(request, biller), **captured))
    except ApiError as error:
        return error_response(error)


def error_response(error: ApiError) -> HttpResponse:
    code = {"Code": error.code} if error.code else {}
    response = JsonResponse({**code, "Message": error.message}, status=error.status)
    if error.status == 401 and not error.code:
        response["WWW-Authenticate"] = "Basic"
    return response
