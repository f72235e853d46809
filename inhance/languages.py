"""The language switch, and the language of pages that an emailed link leads to."""

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from icsso.billers.absolute_urls import LANGUAGE
from inhance.context import signed_in_member


# Exempt, so that pages without any other form (return pages and error pages) set no cookie for
# it. A post from another site arrives without the session cookie (SameSite=Lax), so it can't
# change a member's language.
@csrf_exempt
def switch(request: HttpRequest) -> HttpResponseBase:
    response = set_language(request)
    chosen = response.cookies.get(settings.LANGUAGE_COOKIE_NAME)
    member = signed_in_member(request) if chosen else None
    if chosen and member:
        member.language = chosen.value
        member.save(update_fields=["language"])
    return response


def language_of_link(request: HttpRequest) -> str:
    """Returns the language that the address asks for (`absolute_urls.in_language`), or "".

    Not if someone has chosen a language in this browser: otherwise, the switch would do nothing.
    """
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES or request.path_info.startswith("/admin/"):
        return ""
    try:
        asked = request.GET.get(LANGUAGE, "")
    except TooManyFieldsSent:  # refused in a moment, with a page that has a language too
        return ""
    return asked if asked in dict(settings.LANGUAGES) else ""
