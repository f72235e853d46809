"""What all REST operations share: call log, faults, rate limits, authentication, and rendering."""

import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from sandbox import faults
from sandbox.models import Biller, Call
from sandbox.variants.wire import Wire

from . import call_log
from .answers import failure_response, success_response
from .authentication import authenticate
from .fields import ApiError, Fields
from .requests import check_values, read_values

Payload = dict[str, Any]
Function = Callable[..., Payload]
FUNCTIONS: dict[str, Function] = {}


class ApiCall:
    """An authenticated call: the biller that makes it, and its fields by the contract's names."""

    def __init__(self, request: HttpRequest, biller: Biller, wire: Wire, name: str) -> None:
        self.request, self.biller, self.wire = request, biller, wire
        self._name = name

    @property
    def fields(self) -> Fields:
        operation = self.wire.operations[self._name]
        values = read_values(self.request, operation)
        if self.wire.rules.request_validation:
            check_values(values)
        fields = Fields(values)
        for field, refused in operation.refuses.items():
            fields.refuse(field, refused)
        return fields


def operation(name: str) -> Callable[[Function], Function]:
    """Registers `function(call: ApiCall, **captured) -> Payload` under the name that the call log,
    the faults, and the variants use. The payload has the contract's names and values that are not
    yet written as JSON: UUID, Decimal, and date."""

    def register(function: Function) -> Function:
        FUNCTIONS[name] = function
        return function

    return register


def answer(request: HttpRequest, name: str, wire: Wire, captured: dict[str, str]) -> HttpResponse:
    call = call_log.record_request(request, name, wire.operations[name])
    fault = faults.take(name, kinds=faults.KINDS)
    response = faults.apply(fault, request, lambda: respond(request, name, wire, captured))
    call_log.record_response(call, response, fault)
    return response


def respond(request: HttpRequest, name: str, wire: Wire, captured: dict[str, str]) -> HttpResponse:
    if too_many_calls(name, wire):
        return JsonResponse(
            {"Message": "API calls quota exceeded."}, status=429, headers={"Retry-After": "1"}
        )
    try:
        if request.method != wire.operations[name].method:
            return method_refused(request, wire.operations[name].method)
        biller = authenticate(request.headers.get("Authorization", ""))
        call = ApiCall(request, biller, wire, name)
        return success_response(name, FUNCTIONS[name](call, **captured), wire)
    except ApiError as error:
        return failure_response(name, error, wire)


def method_refused(request: HttpRequest, method: str) -> HttpResponse:
    words = f"The requested resource does not support http method '{request.method}'."
    return JsonResponse({"Message": words}, status=405, headers={"Allow": method})


def too_many_calls(name: str, wire: Wire) -> bool:
    """Says whether this call, which is already logged, exceeds the limit of its operation."""
    limit = wire.rules.calls_per_second.get(name)
    if limit is None:
        return False
    return Call.objects.filter(operation=name, started__gt=time.time() - 1).count() > limit
