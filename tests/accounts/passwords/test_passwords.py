"""What a password must not be, with the reason."""

import re
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import DateField
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.passwords.hashers import OwaspArgon2PasswordHasher
from accounts.passwords.validators import Owner
from icsso.billers.models import Biller
from tests.cast import member

OWNER = Owner("ana.torres@example.com", "Torres", "Springfield Water")


def faults(password: str) -> set[str]:
    try:
        validate_password(password, OWNER)  # type: ignore[arg-type]
    except ValidationError as error:
        return {str(fault.code) for fault in error.error_list}
    return set()


@pytest.mark.parametrize(
    "password",
    [
        "copper kettle on the porch",
        "the water in my garden is cold",  # a word of the utility's among many of one's own
        "torres del paine in november",
        "ångström über 東京 🚰 ok",
        "x7#kQ!m2Pz$w",
        "x" * 30 + "y" * 40 + "z" * 58,
    ],
)
def test_good_ones(password: str) -> None:
    assert faults(password) == set()


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short one", "password_too_short"),
        ("a b" * 50, "password_too_long"),
        ("administrator", "password_too_common"),
        ("passwordpassword", "password_too_common"),
        ("dragon dragon dragon", "password_too_common"),
        ("aaaaaaaaaaaa", "password_pattern"),
        ("123123123123", "password_pattern"),
        ("012345678901", "password_pattern"),
        ("ponmlkjihgfedcba", "password_pattern"),
        ("qwertyuiopas", "password_pattern"),
        ("Springfield Water", "password_of_own_words"),
        ("springfieldwater1", "password_of_own_words"),
        ("ana.torres@example.com", "password_of_own_words"),
        ("Torres-Torres-2026", "password_of_own_words"),
    ],
)
def test_bad_ones(password: str, fault: str) -> None:
    assert fault in faults(password)


def test_hashes_have_the_parameters_owasp_names() -> None:
    hasher = OwaspArgon2PasswordHasher()
    encoded = hasher.encode("copper kettle on the porch", hasher.salt())
    assert encoded.startswith("argon2$argon2id$v=19$m=47104,t=1,p=1$")


@pytest.mark.parametrize(
    ("typed", "is_right"),
    [
        ("  Ångström  🚰 By Night ", True),
        ("Ångström  🚰 By Night", False),
        ("  Ångström 🚰 By Night ", False),
        ("  ångström  🚰 by night ", False),
        ("  Ångström  🚰 By Night", False),
        ("  Ångström  🚰 By Nigh", False),
    ],
)
def test_checked_as_typed(biller: Biller, client: Client, typed: str, is_right: bool) -> None:
    member(biller, "ana@example.com", "  Ångström  🚰 By Night ")
    client.post("/accounts/login/", {"username": "ana@example.com", "password": typed})
    assert ("_auth_user_id" in client.session) is is_right


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/register/", "/admin/login/"])
def test_no_page_shows_what_is_typed(biller: Biller, client: Client, address: str) -> None:
    page = client.get(address).content.decode()
    fields = re.findall(r'<input[^>]*name="password"[^>]*>', page)
    assert len(fields) == 1
    assert 'type="password"' in fields[0]
    again = client.post(address, {"username": "a", "password": "seven herons"}).content.decode()
    assert "seven herons" not in again


def test_a_password_does_not_grow_old(biller: Biller, client: Client) -> None:
    old = member(biller, "ana@example.com", "seven herons over the mill")
    dates = [field.name for field in User._meta.fields if isinstance(field, DateField)]
    User.objects.filter(pk=old.pk).update(**dict.fromkeys(dates, datetime(2010, 1, 1, tzinfo=UTC)))
    entered = {"username": "ana@example.com", "password": "seven herons over the mill"}
    assert client.post("/accounts/login/", entered)["Location"] == "/"


def in_a_list(*passwords: str, ending: str = ":3\n") -> bytes:
    """As the lists are that go round: SHA-1, in order, with how often each was seen."""
    digests = sorted(sha1(each.encode()).hexdigest().upper() for each in passwords)  # noqa: S324
    return "".join(digest + ending for digest in digests).encode()


@pytest.mark.parametrize("ending", [":3\n", ":10434004\r\n", "\n"])
@pytest.mark.parametrize("others", [0, 1, 2, 3, 1000])
def test_stolen_ones_are_refused(
    settings: Settings, tmp_path: Path, others: int, ending: str
) -> None:
    stolen = ["copper kettle on the porch", *(f"another one, number {n}" for n in range(others))]
    settings.BREACHED_PASSWORDS = str(tmp_path / "stolen.txt")
    Path(settings.BREACHED_PASSWORDS).write_bytes(in_a_list(*stolen, ending=ending))
    assert all("password_breached" in faults(password) for password in stolen)
    assert "password_breached" not in faults("x7#kQ!m2Pz$w and more")
    assert "password_breached" not in faults("the water in my garden is cold")


def test_a_list_without_an_end_of_line_is_read_to_its_end(
    settings: Settings, tmp_path: Path
) -> None:
    settings.BREACHED_PASSWORDS = str(tmp_path / "stolen.txt")
    listed = in_a_list("copper kettle on the porch", "torres del paine in november")
    Path(settings.BREACHED_PASSWORDS).write_bytes(listed.lower().rstrip(b"\n"))
    for password in ("copper kettle on the porch", "torres del paine in november"):
        assert faults(password) == {"password_breached"}


def test_who_registers_reads_that_it_was_stolen(
    settings: Settings, tmp_path: Path, biller: Biller, client: Client
) -> None:
    settings.BREACHED_PASSWORDS = str(tmp_path / "stolen.txt")
    Path(settings.BREACHED_PASSWORDS).write_bytes(in_a_list("copper kettle on the porch"))
    page = client.post("/accounts/register/", {"password": "copper kettle on the porch"})
    assert "stolen from another website" in page.content.decode()


def test_the_browser_is_told_where_passwords_are_changed(biller: Biller, client: Client) -> None:
    page = client.get("/.well-known/change-password")
    assert page["Location"] == "/accounts/sign-in/password/"
