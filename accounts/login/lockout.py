"""Lets support unlock sign-in for users who have used up their attempts."""

from accounts.models import User
from accounts.ratelimit import STAFF, forget


def unlock(user: User) -> None:
    """Resets the counts of password and code attempts from every network."""
    place = user.biller.slug if user.biller else STAFF
    forget("sign_in", key=user.email, place=place)
    for what in ("second_factor", "second_factor_daily"):
        forget(what, key=str(user.pk), place=place)
