"""Cloud SSO Connect: the six sections and the form the browser posts into the frame (contract)."""

from typing import NamedTuple

from icsso.client.contract import VIEW_MODE_IFRAME

SSO_PATH = "/cloudssoconnect"
FIELDS = (
    "RemoteAuthenticationToken",
    "ViewMode",
    "RedirectID",
    "CSSUrl",
    "ReturnUrl",
    "CustomReturnSiteName",
)


class Section(NamedTuple):
    """One of Invoice Cloud's pages: its slug in our addresses, and its RedirectID."""

    slug: str
    redirect_id: int


BILLS = Section("bills", 1)
PAPERLESS = Section("paperless", 2)
AUTOPAY = Section("autopay", 3)
PAYMENT_METHODS = Section("payment-methods", 5)
SCHEDULED_PAYMENTS = Section("scheduled-payments", 9)
PAY_BY_TEXT = Section("pay-by-text", 11)
SECTIONS = (BILLS, PAPERLESS, AUTOPAY, PAYMENT_METHODS, SCHEDULED_PAYMENTS, PAY_BY_TEXT)


def form_fields(
    *,
    section: Section,
    token: str,
    css_url: str = "",
    return_url: str = "",
    return_site_name: str = "",
) -> dict[str, str]:
    """Returns the form's fields in the contract's order; optional ones only if set."""
    fields = {
        "RemoteAuthenticationToken": token,
        "ViewMode": str(VIEW_MODE_IFRAME),
        "RedirectID": str(section.redirect_id),
    }
    if css_url:
        fields["CSSUrl"] = css_url
    if return_url:
        fields["ReturnUrl"] = return_url
        if return_site_name:
            fields["CustomReturnSiteName"] = return_site_name
    return fields
