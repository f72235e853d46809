"""The page at ReturnURL: shown in the frame, it sends the browser to the receipt."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from payments.checkout.services import record_return
from payments.models import Checkout


class CookielessResponse(HttpResponse):
    """Sends no cookie, whatever a middleware sets.

    The browser sends none when Invoice Cloud returns it to the frame, so a cookie set there would
    replace the customer's own and sign them out.
    """

    def set_cookie(self, *args: Any, **kwargs: Any) -> None:
        pass


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def return_page(request: HttpRequest, token: str) -> HttpResponse:
    """Sends the top window to the receipt. It uses no session and proves no payment."""
    try:
        checkout = record_return(token)
    except Checkout.DoesNotExist:
        return _in_frame("payments/return_unknown.html", {"home": reverse("home")}, status=404)
    receipt = reverse("payments:receipt", args=[checkout.address])
    return _in_frame("payments/return.html", {"receipt": receipt})


def _in_frame(template: str, context: dict[str, str], *, status: int = 200) -> HttpResponse:
    # Rendered without the request, so that neither session nor user can be read.
    response = CookielessResponse(render_to_string(template, context), status=status)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    response.xframe_options_exempt = True
    response._csp_replace = {"frame-ancestors": ["'self'"]}  # type: ignore[attr-defined]
    return response
