"""The reference by which a customer, the utility, and Invoice Cloud name the same checkout."""

from django.utils.crypto import get_random_string

# No letters that look like digits: customers read references aloud over the phone.
LEGIBLE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def new_biller_reference() -> str:
    """Returns a new reference for a checkout, shown at Invoice Cloud and on the receipt."""
    return get_random_string(10, LEGIBLE)
