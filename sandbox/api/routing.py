"""Finds the operation of a request. Addresses are not fixed: the wire can have others."""

import re
from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from sandbox.variants.wire import Wire

from . import cloud_payments, customers, remote_authentication  # noqa: F401 - they register
from .operation import FUNCTIONS, answer

MAIN_HOST = "127.0.0.1"
API = re.compile(r"/(?:api|cloudpaymentsapi)/")


def call(request: HttpRequest, wire: Wire) -> HttpResponse:
    """Answers a REST call. Raises Http404 for an address that is not one of the API's."""
    found = operations_at(request, wire)
    if not found:
        if API.match(request.path):
            return not_found(request)
        raise Http404
    matching = [name for name in found if wire.operations[name].method == request.method]
    name = [*matching, *found][0]
    return answer(request, name, wire, found[name])


def operations_at(request: HttpRequest, wire: Wire) -> dict[str, dict[str, str]]:
    """Returns the operations with this path, and what stands in its variable parts."""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    found = {}
    for name in FUNCTIONS:
        operation = wire.operations[name]
        match = path_pattern(operation.path).fullmatch(request.path)
        if match and not (operation.other_host and host == MAIN_HOST):
            found[name] = match.groupdict()
    return found


@lru_cache
def path_pattern(path: str) -> "re.Pattern[str]":
    pattern = re.escape(path).replace(r"\{CustomerGuid\}", "(?P<customer_guid>[^/]+)")
    return re.compile(pattern)


def not_found(request: HttpRequest) -> JsonResponse:
    message = f"No HTTP resource was found that matches the request URI '{request.path}'."
    return JsonResponse({"Message": message}, status=404)
