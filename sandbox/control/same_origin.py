"""Protection of the control pages and the control API. They have no password, so requests that a
browser sends for a page of another site are refused."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST


def is_cross_site(request: HttpRequest) -> bool:
    return request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}


def same_origin_post(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lets a view be used only by POST and only from the sandbox's own pages."""

    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest, **captured: Any) -> HttpResponse:
        if is_cross_site(request):
            return HttpResponse("Requests from other sites are refused.", status=403)
        return view(request, **captured)

    return guarded
