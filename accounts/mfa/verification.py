"""Whether a session has given its code: django-otp keeps in it by which device."""

from django.conf import settings
from django.http import HttpRequest
from django_otp import login

from accounts.models.second_factor import SecondFactor


def has_passed(request: HttpRequest) -> bool:
    """Returns whether a staff user who knows the password is let in: who has a second factor has
    used it; who has none is asked to set one up, where that is demanded."""
    user = request.user
    if user.is_verified():  # type: ignore[union-attr]  # django-otp's middleware adds it
        return True
    return not (settings.STAFF_SECOND_FACTOR or hasattr(user, "second_factor"))


def mark_verified(request: HttpRequest, factor: SecondFactor) -> None:
    """For this session of whoever is signed in. It gets a new key, as at a sign-in."""
    login(request, factor)
    request.session.cycle_key()
