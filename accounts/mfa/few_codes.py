"""The warning before recovery codes run out: what happens without one, and where new ones are."""

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models.second_factor import Passkey, SecondFactor

FEW = 3


def are_few(left: int) -> bool:
    return left <= FEW


def warning(factor: SecondFactor, left: int) -> str:
    """Returns an empty string while there are more than a few."""
    if not are_few(left):
        return ""
    words = ngettext(
        "You have %(left)d recovery code left.", "You have %(left)d recovery codes left.", left
    )
    words = words % {"left": left} if left else _("You have no recovery codes left.")
    return " ".join(filter(None, [words, _consequence(factor)]))


def _consequence(factor: SecondFactor) -> str:
    """Returns what happens without a code; nothing if there is another way to sign in."""
    if not factor.has_app:
        return _(
            "If you lose your passkey and have no recovery code, you'll need our help to sign in."
        )
    if Passkey.objects.filter(member=factor.user_id).exists():
        return ""
    return _("If you lose your phone and have no recovery code, you'll need our help to sign in.")


def warn(request: HttpRequest, factor: SecondFactor) -> None:
    """Of a member who has just used one, on the next page."""
    words = warning(factor, factor.codes_left)
    if words:
        link = format_html(
            '<a href="{}">{}</a>', reverse("accounts:two_step_codes"), _("Get new recovery codes")
        )
        messages.warning(request, format_html("{} {}", words, link))
