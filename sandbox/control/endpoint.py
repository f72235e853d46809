"""One address of the control API: a function for each method, JSON in and out."""

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse

from sandbox.payments.services import AlreadyPaid
from sandbox.records import BadRow

Row = dict[str, Any]
Handler = Callable[..., Any]


def endpoint(**handlers: Handler) -> Callable[..., HttpResponse]:
    """`endpoint(GET=show, POST=change)`; a handler takes the body (or the query of a GET) as a
    dict, and what the address captures."""

    def view(request: HttpRequest, **captured: Any) -> HttpResponse:
        handler = handlers.get(request.method or "")
        if handler is None:
            return JsonResponse({"error": "method not allowed"}, status=405)
        if comes_from_another_site(request):
            return JsonResponse({"error": "another site's page may not do this"}, status=403)
        try:
            result = handler(read(request), **captured)
        except ObjectDoesNotExist as missing:
            return JsonResponse({"error": str(missing)}, status=404)
        except AlreadyPaid:
            return JsonResponse({"error": "paid already"}, status=409)
        except (BadRow, ValidationError, ValueError) as problem:
            return JsonResponse({"error": str(problem)}, status=400)
        return JsonResponse({} if result is None else result, safe=False)

    return view


def comes_from_another_site(request: HttpRequest) -> bool:
    """The control API has no password, so a browser's word keeps other sites' pages out."""
    return request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}


def read(request: HttpRequest) -> Row:
    if request.method == "GET" or not request.body:
        return request.GET.dict()
    body = json.loads(request.body)
    if not isinstance(body, dict):
        raise BadRow("The body must be a JSON object.")
    return body
