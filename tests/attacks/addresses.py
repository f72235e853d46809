"""Every address there is, read from the URLconf: a new page is attacked from its first day."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import URLPattern, get_resolver

# What stands in an address where the URLconf captures something.
IN_THE_PLACE_OF = {
    "<int:pk>": "1",
    "<int:payment>": "1",
    "<int:year>": "2026",
    "<slug:address>": "not-an-address",
    "<slug:digest>": "not-a-logo",
    "<token>": "not-a-token",
    "<secret>": "not-a-link",
}


class Place(NamedTuple):
    """route: as the URLconf has it. view: what answers there."""

    route: str
    view: Any

    @property
    def address(self) -> str:
        filled = self.route
        for captured, value in IN_THE_PLACE_OF.items():
            filled = filled.replace(captured, value)
        return filled

    @property
    def is_exempt_from_csrf(self) -> bool:
        return getattr(self.view, "csrf_exempt", False)


def places() -> list[Place]:
    """All but the admin's."""
    return [place for place in _below(get_resolver().url_patterns, "/") if _is_public(place)]


def _is_public(place: Place) -> bool:
    return not place.route.startswith("/admin")


def _below(patterns: list[Any], prefix: str) -> Iterator[Place]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Place(route, pattern.callback)
        elif not route.startswith("/admin"):
            yield from _below(pattern.url_patterns, route)
