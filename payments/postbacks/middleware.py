"""Repairs the address of a postback that the caller has changed."""

import re
from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

ADDRESS = re.compile(
    r"/+pay/+postback[\s/]+(?P<token>[\w-]+).*", re.ASCII | re.IGNORECASE | re.DOTALL
)
# What begins the fields within a path, and what may stand before the first of them.
START = re.compile(r"^/+;|&|%3F|%26", re.IGNORECASE)
NOISE = re.compile(r"^([?&;/]|%(3F|26|3B|20))+", re.IGNORECASE)


class PostbackAddressMiddleware:
    """Passes a call on to the address it is meant for, whatever surrounds the token, and at any
    host name: nobody can guess the token. Payment services drop the last slash or add one, double
    slashes, add blanks or the name of a page, and put their fields behind an `&` without a question
    mark, or behind a second one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if written := ADDRESS.fullmatch(request.path_info):
            _use_known_host(request)
            request.META["QUERY_STRING"] = _fields(request, written["token"])
            request.path_info = request.path = f"/pay/postback/{written['token']}/"
        return self.get_response(request)


def _use_known_host(request: HttpRequest) -> None:
    """The token tells the checkout and its biller. A payment that was begun at a host name that was
    given up since, or that a proxy replaced, is paid all the same.

    With SECURE_SSL_REDIRECT, a call by plain HTTP is led to the known host by HTTPS."""
    try:
        request.get_host()
    except DisallowedHost:
        names = (host.lstrip(".") for host in settings.ALLOWED_HOSTS if "*" not in host)
        request.META["HTTP_HOST"] = next(names, "localhost")
        request.is_at_foreign_host = True  # type: ignore[attr-defined]


def _fields(request: HttpRequest, token: str) -> str:
    """Returns the fields of an address as they were sent, those within the path first: once it is
    decoded, `%26` in a value cannot be told from what is between two fields."""
    sent = str(request.META.get("RAW_URI") or request.META.get("REQUEST_URI") or "")
    if token not in sent:
        query = request.META.get("QUERY_STRING", "")
        sent = f"{quote(request.path_info, safe='/&;=+')}?{query}"
    rest, _, query = sent.partition(token)[2].partition("?")
    places = (NOISE.sub("", place) for place in (*START.split(rest, maxsplit=1)[1:], query))
    return "&".join(filter(None, places))
