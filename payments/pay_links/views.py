"""The target of pay links: the guest's form, for any code, because nothing is looked up."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from icsso.billers.absolute_urls import LANGUAGE

LINK = "link"  # the parameter of `/pay/`


@never_cache
@require_safe
def pay_link(request: HttpRequest, code: str) -> HttpResponse:
    """Redirects to the form, with the language of the email."""
    asked = request.GET.get(LANGUAGE, "")[:10]
    query = {LINK: code.rstrip("/")} | ({LANGUAGE: asked} if asked else {})
    return redirect(f"{reverse('payments:guest')}?{urlencode(query)}")
