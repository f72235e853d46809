"""Support's way to let somebody in again who has used up their tries."""

from accounts.models import User
from accounts.ratelimit import STAFF, forget


def unlock(user: User) -> None:
    """Starts the counts of passwords and codes again, from every network."""
    place = user.biller.slug if user.biller else STAFF
    forget("sign_in", key=user.email, place=place)
    for what in ("second_factor", "second_factor_daily"):
        forget(what, key=str(user.pk), place=place)
