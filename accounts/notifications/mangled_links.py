"""Repairs addresses of emailed links that mail programs, chats, or people have changed."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, URLPattern, get_resolver, resolve

from icsso.billers.absolute_urls import LANGUAGE

# The parts of a route before and after its secret: `/accounts/finish/<secret>/`. A staff user's
# link names the person before the secret: `/admin/password/<key>/<token>/`.
ROUTE = re.compile(r"(?P<before>[^<]+)/(?P<key><key>/)?<(?:secret|token)>(?P<behind>[^<]*)")
KEY = r"[\w-]+/"
# The link that turns off reminders is signed: `1-5.` and a signature.
SIGNED = r"[\w-]+(?:\.[\w-]{43})?"
WRAPPED = re.compile(r"=?\s+")  # a line break, also as quoted-printable writes one
ASKED = re.compile(rf"\?{LANGUAGE}=([a-z][a-z0-9-]*)")
OF_INVOICE_CLOUD = "pay/"  # handled in `postbacks.middleware`


class Link(NamedTuple):
    """secret: the pattern it matches. behind: the rest of the route."""

    secret: re.Pattern[str]
    behind: str


class MangledLinkMiddleware:
    """Redirects to the page that a link is meant for, whatever surrounds its secret, which nobody
    can guess. Mail programs take a punctuation mark after a link as part of it, break lines, double
    slashes, and encode the question mark."""

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
    """Returns the address of the page that this path is meant for; "" if it is right already, or if
    it is not an emailed link."""
    pieces = [piece for piece in WRAPPED.sub("", path).split("/") if piece]
    for size in range(2, min(len(pieces), _deepest() + 1)):
        place = "/".join(pieces[:size]).lower()
        link = _places().get(place)
        secret = link and link.secret.match("/".join(pieces[size : size + 2]))
        if link and secret:
            meant = f"/{place}/{secret[0]}{link.behind}"
            return "" if path == meant or _is_another_page(path) else meant
    return ""


def _is_another_page(path: str) -> bool:
    """Returns whether the path is a page without a secret: `/accounts/password-reset/sent/`."""
    try:
        # For a link, kwargs holds the secret; for an unknown page of the admin, the address.
        return not resolve(f"{path.rstrip('/')}/").kwargs
    except Resolver404:
        return False


@lru_cache(maxsize=1)
def _places() -> dict[str, Link]:
    """Returns every route with a secret, by its part before the secret. They come from the URL
    configuration, so a new page needs no entry here."""
    links: dict[str, Link] = {}
    for route in filter(None, map(ROUTE.fullmatch, _routes(get_resolver().url_patterns))):
        if (before := route["before"]).startswith(OF_INVOICE_CLOUD):
            continue
        if before in links:
            raise ImproperlyConfigured(f"two kinds of link begin with {before}")
        secret = re.compile(KEY + SIGNED if route["key"] else SIGNED, re.ASCII)
        links[before] = Link(secret, route["behind"])
    return links


@lru_cache(maxsize=1)
def _deepest() -> int:
    """Returns the largest number of pieces before a secret. A path that is sent may have
    thousands."""
    return max(place.count("/") + 1 for place in _places())


def _routes(patterns: list[Any], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _routes(pattern.url_patterns, route)
