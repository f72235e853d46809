"""The home page, the biller's colors, and what browsers and robots request."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.fields import password_field
from accounts.linked_accounts.dashboard import dashboard
from accounts.login import stages
from icsso.billers.branding.models import Logo
from icsso.billers.branding.style_sheet import brand_css, brand_version
from inhance.context import signed_in_member

A_YEAR = 365 * 24 * 60 * 60
# For search engines: these pages only, without a query, and nothing below them.
PUBLIC = ("/", "/pay/", "/accounts/login/", "/accounts/register/")
PRIVATE = ("/accounts/", "/admin/", "/api/", "/billing/", "/language/", "/p/", "/P/", "/pay/")


@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """A member's dashboard, or else sign-in and pay as a guest; during a login, its next stage."""
    if signed_in_member(request):
        return dashboard(request)
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


@require_safe
def logo(request: HttpRequest, digest: str) -> HttpResponse:
    """The biller's logo. The URL changes with it, so browsers can cache it."""
    biller = request.biller  # type: ignore[attr-defined]
    found = get_object_or_404(Logo, biller=biller, biller__logo_digest=digest)
    response = HttpResponse(bytes(found.image), content_type="image/png")
    response["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response


def change_password(request: HttpRequest) -> HttpResponse:
    return redirect("accounts:change_password")


def robots(request: HttpRequest) -> HttpResponse:
    allowed = (f"Allow: {path}$" for path in PUBLIC)
    lines = ["User-agent: *", *allowed, *(f"Disallow: {path}" for path in PRIVATE), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("favicon.svg"))


@never_cache
def components(request: HttpRequest) -> HttpResponse:
    """Every component of the portal's style sheets in every state; not in production."""
    return render(request, "components.html", {"form": ComponentsForm(request.POST or None)})


class ComponentsForm(forms.Form):
    name = forms.CharField(help_text="As it is printed on your bill.")
    password = password_field("Password")
    language = forms.ChoiceField(choices=[("en", "English"), ("es", "Español")], required=False)
    paper = forms.BooleanField(label="Send me paper bills, too", required=False)
