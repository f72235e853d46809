"""Faults that can be switched on for an operation or a page."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse

PageView = Callable[..., HttpResponse]


def page(operation: str) -> Callable[[PageView], PageView]:
    """Decorates a page's view (`cloudssoconnect`, `portal_page`, `hosted_page`)."""

    def decorate(view: PageView) -> PageView:
        @wraps(view)
        def wrapped(request: HttpRequest, **captured: str) -> HttpResponse:
            return view(request, **captured)

        return wrapped

    return decorate
