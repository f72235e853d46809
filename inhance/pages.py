"""The home page, the biller's colors, and what browsers and robots request."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.cache import never_cache

from accounts.linked_accounts.views import dashboard
from accounts.login import stages
from icsso.billers.branding.style_sheet import brand_css, brand_version
from inhance.context import signed_in_member
from payments.checkout.recent import received_today

A_YEAR = 365 * 24 * 60 * 60
PRIVATE = ("/accounts/", "/admin/", "/billing/", "/brand.css", "/language/", "/pay/")


@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """A member's dashboard, or else sign-in and pay as a guest; during a login, its next stage."""
    if member := signed_in_member(request):
        return dashboard(request, received_today(member))
    if page := stages.waiting_page(request, next_page="home"):
        return redirect(page)
    return render(request, "home.html")


def brand(request: HttpRequest) -> HttpResponse:
    """The biller's colors. The URL changes with them, so browsers can cache it."""
    biller = request.biller  # type: ignore[attr-defined]
    response = HttpResponse(brand_css(biller.accent), content_type="text/css; charset=utf-8")
    known = request.GET.get("v") == brand_version(biller.accent)
    response["Cache-Control"] = f"public, max-age={A_YEAR}, immutable" if known else "no-cache"
    return response


def change_password(request: HttpRequest) -> HttpResponse:
    return redirect("accounts:change_password")


def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("favicon.svg"))
