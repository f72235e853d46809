"""A member hears that recovery codes run out before they do, and where to get new ones."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.mfa.few_codes import FEW
from accounts.models.second_factor import Passkey, RecoveryCode, SecondFactor
from tests.accounts.codes import (
    CODE,
    HERE,
    NEW_CODES,
    PASSWORD,
    codes_on,
    is_signed_in,
    right_code,
    sign_in,
)
from tests.cast import Cast

PROFILE = "/accounts/sign-in/"
LINK = f'href="{NEW_CODES}"'
HELP = "need our help to sign in"


def leave(number: int) -> None:
    kept = RecoveryCode.objects.values_list("pk", flat=True)[:number]
    RecoveryCode.objects.exclude(pk__in=list(kept)).delete()


def with_the_app(cast: Cast) -> Client:
    client = sign_in()
    client.post(CODE, {"code": right_code(cast.laundry)})
    assert is_signed_in(client)
    return client


def test_with_enough_codes_nothing_warns(codes: list[str], cast: Cast) -> None:
    client = with_the_app(cast)
    leave(FEW + 1)
    page = client.get(HERE).content.decode()
    assert f"{FEW + 1} of your recovery codes are left." in page
    assert HELP not in page
    assert LINK not in client.get(PROFILE).content.decode()


@pytest.mark.parametrize(
    ("left", "warning", "short"),
    [
        (3, "You have 3 recovery codes left. If you lose your phone", "3 recovery codes left"),
        (1, "You have 1 recovery code left. If you lose your phone", "1 recovery code left"),
        (0, "You have no recovery codes left. If you lose your phone", "0 recovery codes left"),
    ],
)
def test_few_codes_warn_and_lead_to_new_ones(
    codes: list[str], cast: Cast, left: int, warning: str, short: str
) -> None:
    client = with_the_app(cast)
    leave(left)
    page = client.get(HERE).content.decode()
    assert warning in page
    assert HELP in page
    assert LINK in page
    assert "of your recovery codes" not in page  # told once
    profile = client.get(PROFILE).content.decode()
    assert short in profile
    assert LINK in profile


def test_new_codes_end_the_warning(codes: list[str], cast: Cast) -> None:
    client = with_the_app(cast)
    leave(0)
    form = {"current": PASSWORD, "code": right_code(cast.laundry)}
    assert codes_on(client.post(NEW_CODES, form).content.decode())
    assert HELP not in client.get(HERE).content.decode()
    assert LINK not in client.get(PROFILE).content.decode()


def test_who_signs_in_with_one_of_the_last_codes_is_told_at_once(codes: list[str]) -> None:
    for code in codes[: -FEW - 1]:
        client = sign_in()
        assert HELP not in client.post(CODE, {"code": code}, follow=True).content.decode()
    client = sign_in()
    page = client.post(CODE, {"code": codes[-1]}, follow=True).content.decode()
    assert f"You have {FEW} recovery codes left." in page
    assert LINK in page
    assert HELP not in client.get("/").content.decode()  # on one page only


def test_the_app_says_nothing_of_codes_at_sign_in(codes: list[str], cast: Cast) -> None:
    leave(1)
    client = sign_in()
    form = {"code": right_code(cast.laundry)}
    assert HELP not in client.post(CODE, form, follow=True).content.decode()


def test_in_spanish(codes: list[str], cast: Cast) -> None:
    client = with_the_app(cast)
    leave(1)
    client.cookies["django_language"] = "es"
    assert "Le queda 1 código de recuperación." in client.get(HERE).content.decode()
    assert "Queda 1 código de recuperación" in client.get(PROFILE).content.decode()


@pytest.mark.parametrize(
    ("language", "passkey", "count"),
    [
        ("en", "If you lose your passkey", "You have 1 recovery code left."),
        ("es", "Si pierde la llave de acceso", "Le queda 1 código de recuperación."),
    ],
)
def test_the_warning_fits_the_other_ways_to_sign_in(
    codes: list[str], cast: Cast, language: str, passkey: str, count: str
) -> None:
    client = with_the_app(cast)
    client.cookies["django_language"] = language
    leave(1)
    Passkey.objects.create(member=cast.laundry, name="My phone", credential_id="AAAA")
    page = client.get(HERE).content.decode()
    assert count in page
    assert LINK in page
    assert {"en": HELP, "es": "nuestra ayuda"}[language] not in page  # the other one still works
    SecondFactor.objects.update(key="")
    page = client.get(HERE).content.decode()
    assert f"{count} {passkey}" in page


def test_the_codes_are_counted_once(codes: list[str], cast: Cast) -> None:
    client = with_the_app(cast)
    leave(1)
    for address in (HERE, PROFILE):
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts = [
            one["sql"]
            for one in queries
            if "COUNT(" in one["sql"] and RecoveryCode._meta.db_table in one["sql"]
        ]
        assert len(counts) == 1, address
