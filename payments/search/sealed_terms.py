"""What staff search for is personal data: the URL of the results contains it encrypted."""

from django.core import signing

from accounts.models import StaffUser
from backoffice.staff_pages import StaffRequest
from icsso.billers.encryption import Unreadable, decrypt, encrypt

LIFE = 60 * 60  # seconds for which the URL of the results works
SALT = "payments.search"


def sealed(term: str, request: StaffRequest[StaffUser]) -> str:
    return encrypt(signing.dumps([request.staff.pk, term], salt=SALT))


def opened(text: str, request: StaffRequest[StaffUser]) -> str:
    """Returns the search term for an hour, to the staff user who entered it; otherwise empty."""
    try:
        asker, term = signing.loads(decrypt(text), salt=SALT, max_age=LIFE)
    except (Unreadable, signing.BadSignature):
        return ""
    return str(term) if asker == request.staff.pk else ""
