"""The language switch, and the language of pages that an emailed link leads to."""

import re

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.i18n import set_language

from accounts.sessions import typed
from icsso.billers.absolute_urls import LANGUAGE
from inhance.context import signed_in_member

# Without the signs that mail programs take for a part of the link: `<…/?language=es>.`
CODE = re.compile(r"\W*([a-z]+(?:-[a-z0-9]+)*)(?![-_]?[^\W_])")


# Exempt, so that pages without any other form (return pages and error pages) set no cookie for
# it. A post from another site arrives without the session cookie (SameSite=Lax), so it can't
# change a member's language.
@csrf_exempt
def switch(request: HttpRequest) -> HttpResponseBase:
    _keep_typed(request)
    response = set_language(request)
    chosen = response.cookies.get(settings.LANGUAGE_COOKIE_NAME)
    member = signed_in_member(request) if chosen else None
    if chosen and member:
        member.language = chosen.value
        member.save(update_fields=["language"])
    return response


def _keep_typed(request: HttpRequest) -> None:
    """Keeps what was typed in the page's form, which portal.js sends along. Only for one of our
    forms, which has a token, and only for the person it belongs to."""
    seal = typed.seal_of(request) if typed.SEAL in request.POST else None
    member = signed_in_member(request) if seal else None
    if seal and seal.member == (member.pk if member else 0):
        _keep(request, seal)


@csrf_protect
def _keep(request: HttpRequest, seal: typed.Seal) -> HttpResponse:
    typed.keep(request, seal, was_sent=False)
    return HttpResponse()


def language_of_link(request: HttpRequest) -> str:
    """Returns the language that the address asks for (`absolute_urls.in_language`), or "".

    Not if someone has chosen a language in this browser: otherwise, the switch would do nothing.
    """
    path = request.path_info
    is_of_staff = path.startswith("/admin/") and not path.startswith("/admin/invitation/")
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES or is_of_staff:
        return ""
    try:
        asked = CODE.match(request.GET.get(LANGUAGE, ""))
    except TooManyFieldsSent:  # about to be refused, with a page that has a language too
        return ""
    return asked[1] if asked and asked[1] in dict(settings.LANGUAGES) else ""
