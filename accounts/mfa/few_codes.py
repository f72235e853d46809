"""The warning before recovery codes run out: what happens without one, and where new ones are."""

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models.second_factor import SecondFactor

FEW = 3


def warning(left: int) -> str:
    """Returns an empty string while there are more than a few."""
    if left > FEW:
        return ""
    if not left:
        return _(
            "You have no recovery codes left. If you lose your phone, you'll need our help to "
            "sign in."
        )
    words = ngettext(
        "You have %(left)d recovery code left. Without one, you'll need our help to sign in if "
        "you lose your phone.",
        "You have %(left)d recovery codes left. Without one, you'll need our help to sign in if "
        "you lose your phone.",
        left,
    )
    return words % {"left": left}


def warn(request: HttpRequest, factor: SecondFactor) -> None:
    """Warns a member who has just used a recovery code, on the next page, if only a few are
    left."""
    words = warning(factor.codes_left)
    if words:
        link = format_html(
            '<a href="{}">{}</a>', reverse("accounts:two_step_codes"), _("Get new recovery codes")
        )
        messages.warning(request, format_html("{} {}", words, link))
