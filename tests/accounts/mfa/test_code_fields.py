"""Fields for codes on a phone, and recovery codes as people read and type them."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models.second_factor import ALPHABET, RecoveryCode, SecondFactor
from accounts.tokens import digest
from tests.accounts.codes import CODE, HERE, is_signed_in, key_on, sign_in
from tests.cast import Cast


def code_field(page: str) -> str:
    return re.findall(r'<input[^>]*name="code"[^>]*>', page)[0]


def factor_with(member: int, code: str) -> SecondFactor:
    factor = SecondFactor.objects.get(user=member)
    RecoveryCode.objects.create(factor=factor, digest=digest(code))
    return factor


def test_a_code_has_the_keyboard_for_numbers_and_a_recovery_code_has_letters(
    codes: list[str],
) -> None:
    client = sign_in()
    of_app = code_field(client.get(CODE).content.decode())
    for attribute in ('inputmode="numeric"', 'autocomplete="one-time-code"'):
        assert attribute in of_app
    assert "pattern" not in of_app  # the browser would refuse a recovery code
    page = client.get(f"{CODE}?recovery=1&next=/accounts/").content.decode()
    assert "numeric" not in code_field(page)
    assert "pattern" not in code_field(page)
    assert f'href="{CODE}?next=/accounts/"' in page


def test_either_kind_is_accepted_in_either_field(codes: list[str], cast: Cast) -> None:
    for number, address in enumerate((CODE, f"{CODE}?recovery=1")):
        client = sign_in()
        client.post(address, {"code": codes[number]})
        assert is_signed_in(client)


def test_new_codes_have_no_letters_that_look_like_others(codes: list[str]) -> None:
    assert {*"".join(codes)} <= {*ALPHABET, "-"}
    assert {*"ilou"}.isdisjoint(ALPHABET)


@pytest.mark.parametrize(
    ("given_out", "typed"),
    [
        ("ab0cde1fghjk2345", "ABOC DEIF-GHJK 2345"),
        ("ab0cde1fghjk2345", "aboc–delf–ghjk–2345"),
        ("ab0cde1fghjk2345", "  ab0cde1fghjk2345 "),
        ("ab0cde1fghjk2345", "ａｂ０ｃｄｅ１ｆｇｈｊｋ２３４５"),
        # of an earlier release, with letters in them
        ("oiloabcdefgh2345", "oilo-abcd-efgh-2345"),
        ("oiloabcdefgh2345", "0110-ABCD-EFGH-2345"),
        ("oiloabcdefgh2345", "OLIO abcd efgh 2345"),
        ("iiiiiiiilllooo77", "iiiiiiiilllooo77"),  # too many readings: as it stands
    ],
)
def test_what_looks_alike_counts_alike_once(
    codes: list[str], cast: Cast, given_out: str, typed: str
) -> None:
    factor = factor_with(cast.laundry.pk, given_out)
    assert factor.take(typed) == "recovered"
    assert factor.take(typed) is None


@pytest.mark.parametrize("typed", ["1" * 16, "0" * 40, "l" * 4000, "", "-", "ab2cde1fghjk2345"])
def test_nothing_else_does(codes: list[str], cast: Cast, typed: str) -> None:
    assert factor_with(cast.laundry.pk, "ab0cde1fghjk2345").take(typed) is None


def test_the_key_opens_the_app_on_the_phone_itself(there: object, cast: Cast) -> None:
    client: Client = sign_in()
    key = key_on(client)
    page = unescape(client.get(HERE).content.decode())
    link = re.findall(r'href="(otpauth://[^"]+)"', page)[0]
    assert parse_qs(urlsplit(link).query) == {"secret": [key], "issuer": ["Springfield Water"]}
