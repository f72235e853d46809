"""Every request gets a number that also stands in the log, and the biller of its host."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

from icsso.models import Biller
from inhance.logs import request_id

Handler = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = get_random_string(10, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        request.id = number  # type: ignore[attr-defined]
        token = request_id.set(number)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = number
        return response


class BillerMiddleware:
    """`request.biller`: whose portal this host name is, or None (then only staff get in)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = request.get_host().rsplit(":", 1)[0]
        request.biller = Biller.objects.for_host(host)  # type: ignore[attr-defined]
        return self.get_response(request)
