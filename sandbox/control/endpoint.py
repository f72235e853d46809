"""Builds the views of the control API: one function per HTTP method, JSON in and out."""

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse

from sandbox.payments.services import AlreadyPaid
from sandbox.records import InvalidRow
from sandbox.responses import other_origin

from .same_origin import is_cross_site

Row = dict[str, Any]
Handler = Callable[..., Any]


def endpoint(**handlers: Handler) -> Callable[..., HttpResponse]:
    """Returns a view like `endpoint(GET=show, POST=change)`. A handler takes the body (for GET: the
    query) as a dict, and the captured parts of the URL as keyword arguments."""

    def view(request: HttpRequest, **captured: Any) -> HttpResponse:
        handler = handlers.get(request.method or "")
        if handler is None:
            return JsonResponse({"error": "method not allowed"}, status=405)
        if is_cross_site(request):
            return JsonResponse({"error": "requests from other sites are refused"}, status=403)
        try:
            result = handler(read_row(request), **captured)
        except ObjectDoesNotExist as missing:
            return JsonResponse({"error": str(missing)}, status=404)
        except AlreadyPaid:
            return JsonResponse({"error": "already paid"}, status=409)
        except (InvalidRow, ValidationError, ValueError) as problem:
            return JsonResponse({"error": str(problem)}, status=400)
        return JsonResponse({} if result is None else result, safe=False)

    return view


def with_other_origin(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Passes the sandbox's other origin on, as if it were part of the URL."""

    def wrapped(request: HttpRequest, **captured: Any) -> HttpResponse:
        return view(request, other_origin=other_origin(request), **captured)

    return wrapped


def read_row(request: HttpRequest) -> Row:
    if request.method == "GET" or not request.body:
        return request.GET.dict()
    body = json.loads(request.body)
    if not isinstance(body, dict):
        raise InvalidRow("The body must be a JSON object.")
    return body
