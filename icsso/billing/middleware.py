"""Lets the portal's own forms work on pages that send no referrer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class OwnOriginMiddleware:
    """With `Referrer-Policy: no-referrer`, a browser sends `Origin: null` even with our own forms,
    and the CSRF check would refuse them, including signing out. `Sec-Fetch-Site`, which no page can
    set, shows whether the form is ours; the CSRF token is still checked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.META
        if sent.get("HTTP_ORIGIN") == "null" and sent.get("HTTP_SEC_FETCH_SITE") == "same-origin":
            sent["HTTP_ORIGIN"] = f"{request.scheme}://{request.get_host()}"
        return self.get_response(request)
