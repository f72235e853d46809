"""HTTP Basic authentication with a biller's API key."""

import base64
import binascii

from sandbox.models import Biller

from .fields import ApiError


def authenticate(header: str) -> Biller:
    """Returns the biller of an Authorization header: the API key is the user name, the password is
    empty, and the colon may be missing. Raises ApiError (401)."""
    key, _, password = (decode_basic(header) or "").partition(":")
    biller = Biller.objects.filter(api_key=key).first() if key and not password else None
    if biller is None:
        raise ApiError("Authorization has been denied for this request.", status=401)
    return biller


def header_form(header: str) -> str:
    """Returns `basic` (key and colon), `key_only` (as two public clients send it), `other`, or
    `none`."""
    if not header:
        return "none"
    credentials = decode_basic(header)
    if credentials is None:
        return "other"
    return "basic" if ":" in credentials else "key_only"


def decode_basic(header: str) -> str | None:
    """Returns the decoded credentials, or None if the header is not valid Basic authentication."""
    # A long value may be folded over several lines: Perl's base64 breaks lines at 76 characters.
    scheme, *encoded = header.split() or [""]
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode("".join(encoded), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
