"""The language switch."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

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
