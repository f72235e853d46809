"""The warning before recovery codes run out: what happens without one, and where new ones are."""

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models.second_factor import SecondFactor

FEW = 3


def warning(left: int, *, is_staff: bool = False) -> str:
    """Returns an empty string while there are more than a few."""
    if left > FEW:
        return ""
    counted = ngettext(
        "You have %(left)d recovery code left.", "You have %(left)d recovery codes left.", left
    )
    words = counted % {"left": left} if left else _("You have no recovery codes left.")
    return f"{words} {_without_one(is_staff=is_staff)}"


def _without_one(*, is_staff: bool) -> str:
    if is_staff:
        return _("Without one, only a superuser can help you sign in if you lose your phone.")
    return _("Without one, you'll need our help to sign in if you lose your phone.")


def warning_for_staff(factor: SecondFactor | None) -> str:
    return warning(factor.codes_left, is_staff=True) if factor else ""


def warn(request: HttpRequest, factor: SecondFactor, *, is_staff: bool = False) -> None:
    """Of somebody who has just used one, on the next page."""
    words = warning(factor.codes_left, is_staff=is_staff)
    if words:
        page = reverse("admin:second_factor_set_up" if is_staff else "accounts:two_step_codes")
        link = format_html('<a href="{}">{}</a>', page, _("Get new recovery codes"))
        messages.warning(request, format_html("{} {}", words, link))
