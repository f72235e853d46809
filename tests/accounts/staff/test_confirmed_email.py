"""Which address a provider confirms: Entra and Google have their own ways, and traps."""

from typing import Any

import pytest

from accounts.staff.sign_on import SignOnFailed, confirmed_email, has_second_factor
from icsso.billers.identity_provider.models import GOOGLE, IdentityProvider

TENANT = "0f4ff1ce-0000-4000-8000-000000000000"
ENTRA = f"https://login.microsoftonline.com/{TENANT}/v2.0"
CLERK = "clerk@springfield-water.example"


def confirmed(issuer: str, **claims: Any) -> str:
    provider = IdentityProvider(issuer=issuer, allowed_domains="springfield-water.example")
    return confirmed_email(provider, claims)


def test_entra_confirms_the_name_to_sign_in_with() -> None:
    assert confirmed(ENTRA, preferred_username=CLERK.upper(), tid=TENANT) == CLERK
    assert confirmed(ENTRA, email=CLERK, email_verified=True) == CLERK


@pytest.mark.parametrize(
    "claims",
    [
        {"email": CLERK},  # what somebody typed
        {"email": CLERK, "preferred_username": "stranger@elsewhere.example"},
        {"preferred_username": CLERK, "tid": "another"},
        {"preferred_username": "clerk"},
        {"preferred_username": 7},
        {},
    ],
)
def test_of_entra_nothing_else_counts(claims: dict[str, Any]) -> None:
    with pytest.raises(SignOnFailed):
        confirmed(ENTRA, **claims)


def test_the_name_counts_of_no_other_provider() -> None:
    for issuer in ("https://id.example", "https://login.microsoftonline.com/common/v2.0"):
        with pytest.raises(SignOnFailed):
            confirmed(issuer, preferred_username=CLERK)


def test_google_says_that_the_domain_manages_the_account() -> None:
    claims = {"email": CLERK, "email_verified": True}
    assert confirmed(GOOGLE, **claims, hd="springfield-water.example") == CLERK
    for others in ({}, {"hd": "elsewhere.example"}, {"hd": ["springfield-water.example"]}):
        with pytest.raises(SignOnFailed):
            confirmed(GOOGLE, **claims, **others)


@pytest.mark.parametrize(
    ("claims", "has_one"),
    [
        ({"amr": ["pwd", "mfa"]}, True),
        ({"amr": ["mfa"]}, True),
        ({"amr": ["pwd", "otp"]}, True),
        ({"amr": ["pwd", "hwk"]}, True),
        ({"amr": ["swk"]}, False),  # one key, without a password
        ({"amr": ["otp"]}, False),  # one code, maybe by email
        ({"amr": ["pop", "hwk"]}, False),
        ({"acr": "phr"}, False),
        ({"amr": "mfa"}, False),
        ({"amr": ["pwd", 7, None]}, False),
        ({"acr": "1"}, False),
        ({"acr": ["phr"]}, False),
        ({}, False),
    ],
)
def test_what_counts_as_a_second_factor(claims: dict[str, Any], has_one: bool) -> None:
    assert has_second_factor(claims) is has_one
