"""Cloud SSO Connect: the form, field by field."""

import pytest

from icsso.client import sso
from icsso.client.wire.profile import WireProfile

SECTIONS = [
    ("bills", 1),
    ("paperless", 2),
    ("autopay", 3),
    ("payment-methods", 5),
    ("scheduled-payments", 9),
    ("pay-by-text", 11),
]


def test_the_six_sections_and_their_numbers() -> None:
    assert [(section.slug, section.redirect_id) for section in sso.SECTIONS] == SECTIONS


@pytest.mark.parametrize("section", sso.SECTIONS)
def test_only_what_is_needed_is_sent(section: sso.Section) -> None:
    assert sso.form_fields(section=section, token="t") == {
        "RemoteAuthenticationToken": "t",
        "ViewMode": "1",
        "RedirectID": str(section.redirect_id),
    }


def test_what_the_biller_has_is_sent_as_well() -> None:
    fields = sso.form_fields(
        section=sso.BILLS,
        token="t",
        css_url="https://www.invoicecloud.com/ssotest/sso-gmp.css",
        return_url="https://water.example/",
        return_site_name="Springfield Water",
    )
    assert list(fields.items())[3:] == [
        ("CSSUrl", "https://www.invoicecloud.com/ssotest/sso-gmp.css"),
        ("ReturnUrl", "https://water.example/"),
        ("CustomReturnSiteName", "Springfield Water"),
    ]


def test_the_name_of_a_site_is_not_sent_without_its_address() -> None:
    fields = sso.form_fields(section=sso.BILLS, token="t", return_site_name="Springfield Water")
    assert "CustomReturnSiteName" not in fields


def test_the_address_never_holds_the_token() -> None:
    assert WireProfile().sso.form_action("https://www.invoicecloud.com/") == (
        "https://www.invoicecloud.com/cloudssoconnect"
    )
