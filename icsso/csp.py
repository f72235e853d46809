"""Opens the Content-Security-Policy for this biller's Invoice Cloud hosts, and no others."""

from typing import TypeVar

from django.http import HttpResponse

from icsso.models import Biller

R = TypeVar("R", bound=HttpResponse)


def allow_invoice_cloud(response: R, biller: Biller) -> R:
    """For pages that show Invoice Cloud: its hosts may be framed, and forms may go there."""
    response._csp_replace = {  # type: ignore[attr-defined]
        "frame-src": biller.origins,
        "form-action": ["'self'", *biller.origins],
    }
    return response
