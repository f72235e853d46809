"""Opens the Content-Security-Policy for this biller's Invoice Cloud hosts, and no others."""

from typing import TypeVar

from django.http import HttpResponse

from icsso.billers.models import Biller

R = TypeVar("R", bound=HttpResponse)


def allow_invoice_cloud(response: R, biller: Biller) -> R:
    """For pages that show Invoice Cloud: its hosts may be framed and receive forms.

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
    return response
