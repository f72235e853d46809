"""The address of an emailed link, as mail programs, chats, and people hand it on."""

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

# Of a route, what stands before and behind a secret: `/accounts/finish/<secret>/`. In front of that
# of a staff user stands whom it is for: `/admin/password/<key>/<token>/`.
ROUTE = re.compile(r"(?P<before>[^<]+)/(?P<key><key>/)?<(?:secret|token)>(?P<behind>[^<]*)")
KEY = r"[\w-]+/"
# The link that turns off reminders is signed: `1-5.` and a signature.
SIGNED = r"[\w-]+(?:\.[\w-]{43})?"
WRAPPED = re.compile(r"=?\s+")  # a line that was broken, in quoted-printable too
ASKED = re.compile(rf"\?{LANGUAGE}=([a-z][a-z0-9-]*)")
OF_INVOICE_CLOUD = "pay/"  # its own addresses: `postbacks.middleware`


class Link(NamedTuple):
    """secret: what it looks like. behind: what stands behind it."""

    secret: re.Pattern[str]
    behind: str


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
    for size in range(2, min(len(pieces), _deepest() + 1)):
        place = "/".join(pieces[:size]).lower()
        link = _places().get(place)
        secret = link and link.secret.match("/".join(pieces[size : size + 2]))
        if link and secret:
            meant = f"/{place}/{secret[0]}{link.behind}"
            return "" if path == meant or _is_another_page(path) else meant
    return ""


def _is_another_page(path: str) -> bool:
    """Whether there is a page beside the links, such as `/accounts/password-reset/sent/`."""
    try:
        # Of a link, it has the secret; of what is no page in the admin, the address.
        return not resolve(f"{path.rstrip('/')}/").kwargs
    except Resolver404:
        return False


@lru_cache(maxsize=1)
def _places() -> dict[str, Link]:
    """Returns the links by what stands before their secret: of every such route, so that a new page
    needs nothing here."""
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
    """Returns the most pieces before a secret: a path may have thousands."""
    return max(place.count("/") + 1 for place in _places())


def _routes(patterns: list[Any], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _routes(pattern.url_patterns, route)
