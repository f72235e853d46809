"""What the sign-in page says to somebody whose session has ended."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.sessions.life import reason_of_end
from accounts.sessions.typed import had_files, is_kept


def why_again(request: HttpRequest, *, for_staff: bool = False) -> str:
    """Returns why someone who was led here has to sign in again, and what became of their form."""
    wanted = request.GET.get("next", "")
    reason = reason_of_end(request, for_staff=for_staff) if wanted else ""
    if not reason:
        return ""
    # In calls of their own: the catalogues are collected from no f-string.
    if is_kept(request, wanted):
        after = _("After you sign in, what you typed will still be there.")
        if had_files(request):
            after += " " + _("Files can't be kept: choose them again.")
    elif "lost" in request.GET:
        after = _("After you sign in, please fill in the form again.")
    else:
        after = _("Nothing was lost.")
    return f"{reason} {after}"
