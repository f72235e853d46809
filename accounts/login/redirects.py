"""Where to go after signing in."""

from typing import ParamSpec, TypeVar

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

P = ParamSpec("P")


R = TypeVar("R", bound=HttpRequest)


def next_page(request: HttpRequest, *, otherwise: str = "home") -> str:
    """Returns the requested page if it is one of ours, else the dashboard."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # Without a slash it would be taken for a URL name.
    return wanted if is_ours and "/" in wanted else resolve_url(otherwise)
