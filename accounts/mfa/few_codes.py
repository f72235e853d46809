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


def warning(factor: SecondFactor, left: int, *, is_staff: bool = False) -> str:
    """Returns an empty string while there are more than a few."""
    if not are_few(left):
        return ""
    counted = ngettext(
        "You have %(left)d recovery code left.", "You have %(left)d recovery codes left.", left
    )
    words = counted % {"left": left} if left else _("You have no recovery codes left.")
    return " ".join(filter(None, [words, _consequence(factor, is_staff=is_staff)]))


def _consequence(factor: SecondFactor, *, is_staff: bool) -> str:
    """Returns what happens without a code; nothing if there is another way to sign in."""
    if is_staff:
        return _(
            "If you lose your phone and have no recovery code, only a superuser can help you sign "
            "in."
        )
    if not factor.has_app:
        return _(
            "If you lose your passkey and have no recovery code, you'll need our help to sign in."
        )
    if Passkey.objects.filter(member=factor.user_id).exists():
        return ""
    return _("If you lose your phone and have no recovery code, you'll need our help to sign in.")


def warning_for_staff(factor: SecondFactor | None) -> str:
    return warning(factor, factor.codes_left, is_staff=True) if factor else ""


def warn(request: HttpRequest, factor: SecondFactor, *, is_staff: bool = False) -> None:
    """Warns somebody who has just used a recovery code, on the next page, if only a few are
    left."""
    words = warning(factor, factor.codes_left, is_staff=is_staff)
    if words:
        page = reverse("admin:second_factor_set_up" if is_staff else "accounts:two_step_codes")
        link = format_html('<a href="{}">{}</a>', page, _("Get new recovery codes"))
        messages.warning(request, format_html("{} {}", words, link))
