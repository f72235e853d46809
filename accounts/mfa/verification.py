"""Whether a session has passed two-step verification: django-otp stores the device in it."""

from django.conf import settings
from django.http import HttpRequest
from django_otp import login

from accounts.models.second_factor import SecondFactor

# In the session: the identity provider required more than a password.
BY_PROVIDER = "second_factor_by_provider"


def has_passed(request: HttpRequest) -> bool:
    """Returns whether a staff user with the right password may enter: a second factor, if set up,
    has to be used, and if it is required but not set up, they have to set it up first."""
    user = request.user
    if BY_PROVIDER in getattr(request, "session", ()):
        return True
    if user.is_verified():  # type: ignore[union-attr]  # django-otp's middleware adds it
        return True
    return not (settings.STAFF_SECOND_FACTOR or hasattr(user, "second_factor"))


def mark_verified(request: HttpRequest, factor: SecondFactor) -> None:
    """Marks the current user's session as verified. It gets a new key, as at a sign-in."""
    login(request, factor)
    request.session.cycle_key()
