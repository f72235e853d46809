"""What all views of a hosted payment page share: the guards, rendering, and redirects."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from sandbox import faults
from sandbox.models import HostedPayment, Payment
from sandbox.responses import no_store, see_other

LIFETIME = timedelta(minutes=60)
View = Callable[..., HttpResponse]


def hosted_page(view: View) -> View:
    """Passes the HostedPayment of the URL to the view, or responds that the page is unknown."""

    @faults.page("hosted_page")
    @wraps(view)
    def guarded(request: HttpRequest, key: str, **captured: Any) -> HttpResponse:
        hosted = HostedPayment.objects.select_related("biller", "user").filter(key=key).first()
        if hosted is None:
            return unavailable(request, None)
        return no_store(view(request, hosted, **captured))

    return guarded


def unpaid(view: View) -> View:
    """Once paid, the page only shows its result; after an hour without payment it has expired."""

    @wraps(view)
    def guarded(request: HttpRequest, hosted: HostedPayment, **captured: Any) -> HttpResponse:
        if hosted.finished_at:
            return redirect_to(hosted, "/result")
        if hosted.created_at < timezone.now() - LIFETIME:
            return unavailable(request, hosted)
        return view(request, hosted, **captured)

    return guarded


def unavailable(request: HttpRequest, hosted: HostedPayment | None) -> HttpResponse:
    """Responds that the page has expired (410) or, without a HostedPayment, is unknown (404)."""
    template, context = "sandbox/payment_pages/unavailable.html", {"hosted": hosted}
    return no_store(render(request, template, context, status=410 if hosted else 404))


def redirect_to(hosted: HostedPayment, path: str = "") -> HttpResponse:
    return see_other(f"/cloudpayments/{hosted.key}{path}")


def render_page(
    request: HttpRequest, hosted: HostedPayment, template: str, context: dict[str, Any]
) -> HttpResponse:
    shared = {
        "hosted": hosted,
        "biller": hosted.biller,
        "request_fields": hosted.request,
        "options": hosted.request["PageResultOptions"],
        "css_url": hosted.request["CSSUrl"],
    }
    return render(request, f"sandbox/payment_pages/{template}.html", {**shared, **context})


def last_payment(hosted: HostedPayment) -> Payment | None:
    """Returns the approved payment if there is one, else the latest attempt."""
    return hosted.payments.order_by("-approved", "-pk").first()
