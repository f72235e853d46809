"""Headers of the pages that show Invoice Cloud: only this biller's hosts are allowed."""

from typing import TypeVar

from django.http import HttpResponse

from icsso.billers.models import Biller

R = TypeVar("R", bound=HttpResponse)


def allow_invoice_cloud(response: R, biller: Biller) -> R:
    """For pages that show Invoice Cloud: its hosts may be framed, receive forms, and open popups.

    The portal itself may be framed too: Invoice Cloud's pages return to it in the frame.
    """
    hosts = ["'self'", *biller.origins]
    response._csp_replace = {  # type: ignore[attr-defined]
        "frame-src": hosts,
        "form-action": hosts,
    }
    # Invoice Cloud may know which portal frames it (a form without an origin looks forged), but
    # not which page: a receipt's address is a secret.
    response["Referrer-Policy"] = "strict-origin"
    # With plain same-origin, window.open in the frame would return null: wallets and bank sign-ins
    # would lose the window they opened.
    response["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    return response


def frame_permissions(biller: Biller) -> str:
    """Returns the frame's `allow` attribute: wallets such as Apple Pay, and copying a reference.

    It names the origins. Without them, the permission would apply to the origin of `src`, which a
    billing page does not have and from which a payment page may redirect.
    """
    hosts = " ".join(biller.origins)
    return f"payment {hosts}; clipboard-write {hosts}"
