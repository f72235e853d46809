"""The address of an emailed link, as mail programs, chats, and people hand it on."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, URLPattern, get_resolver, resolve

from icsso.billers.absolute_urls import LANGUAGE

# Of a route, what stands before and behind a secret: `/accounts/finish/<secret>/`.
ROUTE = re.compile(r"(?P<before>[^<]+)/<(?:secret|token)>(?P<behind>[^<]*)")
# The link that turns off reminders is signed: `1-5.` and a signature.
SECRET = re.compile(r"[\w-]+(?:\.[\w-]{43})?", re.ASCII)
WRAPPED = re.compile(r"=?\s+")  # a line that was broken, in quoted-printable too
ASKED = re.compile(rf"\?{LANGUAGE}=([a-z]+)")
OF_INVOICE_CLOUD = "pay/"  # its own addresses: `postbacks.middleware`


class MangledLinkMiddleware:
    """Leads to the page that a link is meant for, whatever surrounds its secret: nobody guesses
    that. Mail programs take the sign behind a link for a part of it, break lines, double slashes,
    and encode the question mark."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meant = _meant(request.path_info) if request.method in {"GET", "HEAD"} else ""
        if not meant:
            return self.get_response(request)
        query = request.META.get("QUERY_STRING", "")
        if asked := ASKED.search(request.path_info):
            query = urlencode({LANGUAGE: asked[1]})
        return redirect(f"{meant}?{query}" if query else meant)


def _meant(path: str) -> str:
    """Returns the address of the page that this link leads to; "" if it is that already, or none of
    these links."""
    pieces = [piece for piece in WRAPPED.sub("", path).split("/") if piece]
    for size in range(2, len(pieces)):
        place = "/".join(pieces[:size]).lower()
        behind = _places().get(place)
        secret = SECRET.match(pieces[size])
        if behind is not None and secret:
            meant = f"/{place}/{secret[0]}{behind}"
            return "" if path == meant or _is_another_page(path) else meant
    return ""


def _is_another_page(path: str) -> bool:
    """Whether there is a page beside the links, such as `/accounts/password-reset/sent/`."""
    try:
        return not {"secret", "token"} & resolve(f"{path.rstrip('/')}/").kwargs.keys()
    except Resolver404:
        return False


@lru_cache(maxsize=1)
def _places() -> dict[str, str]:
    """Returns what stands behind the secret, by what stands before it: of every such route, so that
    a new page needs nothing here."""
    routes = filter(None, map(ROUTE.fullmatch, _routes(get_resolver().url_patterns)))
    links = {route["before"]: route["behind"] for route in routes}
    return {k: v for k, v in links.items() if not k.startswith(OF_INVOICE_CLOUD)}


def _routes(patterns: list[Any], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _routes(pattern.url_patterns, route)
