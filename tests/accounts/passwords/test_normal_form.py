"""One password is one text, whichever keyboard it is typed on."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from unicodedata import category, is_normalized, normalize

import pytest
from django import forms
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

import accounts
import backoffice
import cis
import icsso
import inhance
import payments
from accounts.fields import password_field
from accounts.models import Member, StaffUser, User
from accounts.signup import existing_login
from icsso.billers.fields import PasswordField
from icsso.billers.management.commands import probe_invoice_cloud
from icsso.billers.models import Biller
from icsso.billers.onboarding.probe_views import ProbeForm
from icsso.billing.session import State, load
from icsso.client.parsing import normal_password
from icsso.client.probe.walk import Arguments
from tests import cast as people
from tests.accounts.one_time_links import link_in
from tests.accounts.signup.bringing import EMAIL, START, bring, brought, has_login
from tests.accounts.there import There
from tests.cast import Cast, staff

NFC = normalize("NFC", "Crème brûlée für Zoë")
NFD = normalize("NFD", NFC)
NO_BREAK = NFD.replace(" ", "\N{NO-BREAK SPACE}")  # Option and the space bar, on a Mac
FORMS = [NFC, NFD, NO_BREAK, NFC.replace(" ", "\N{IDEOGRAPHIC SPACE}")]
# Keys, not passwords: Invoice Cloud gives them out, and nobody types them on a keyboard.
KEYS = {"new_api_key", "new_web_service_key", "new_secret"}


@given(st.text())
@example("\u2000\u0301")
def test_the_normal_form_is_final_and_the_same_for_every_way_to_write_a_letter(typed: str) -> None:
    normal = normal_password(typed)
    assert normal_password(normal) == normal
    assert is_normalized("NFC", normal)
    assert {normal_password(normalize(form, typed)) for form in ("NFC", "NFD")} == {normal}
    assert not [sign for sign in normal if category(sign) == "Zs" and sign != " "]


@pytest.mark.parametrize(
    "typed", ["ＣＡＰＳ ＬＯＣＫ", "  two spaces  ", "ﬁne ½ Ⅳ", "ß and SS", "\t"]
)
def test_what_only_looks_alike_stays_different(typed: str) -> None:
    """No case, width, or compatibility mapping, and no trimming."""
    assert normal_password(typed) == typed


@pytest.mark.parametrize("typed", FORMS)
def test_every_form_is_hashed_and_checked_alike(typed: str) -> None:
    for stored in (make_password(NFC), make_password(typed)):
        assert check_password(NFC, stored)
        assert check_password(typed, stored)


@pytest.mark.parametrize("hasher", ["argon2", "pbkdf2_sha256"])
def test_by_each_of_our_hashers(argon2: None, hasher: str) -> None:
    assert check_password(NFC, make_password(NFD, hasher=hasher))
    assert check_password(NO_BREAK, make_password(NFC, hasher=hasher))


def test_letters_are_counted_and_not_what_a_keyboard_makes_of_them() -> None:
    eleven, twelve = "é" * 3 + "kettles ", "é" * 3 + "kettles x"
    validate_password(normalize("NFD", twelve))
    with pytest.raises(ValidationError, match="at least 12"):
        validate_password(normalize("NFD", eleven))
    longest = "äö kettle ü, " * 9 + "ä porches éé"[: 128 - 117]
    validate_password(normalize("NFD", longest))
    with pytest.raises(ValidationError):
        validate_password(normalize("NFD", longest + "éé"))


PACKAGES = (accounts, backoffice, cis, icsso, inhance, payments)


def modules() -> Iterator[str]:
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name and module.name != "inhance.wsgi":
                yield module.name


def own_forms(form: type = forms.BaseForm) -> Iterator[type[forms.Form]]:
    for child in form.__subclasses__():
        if child.__module__.split(".")[0] in {package.__name__ for package in PACKAGES}:
            yield child
        yield from own_forms(child)


def test_no_form_of_ours_takes_a_password_by_another_field() -> None:
    for name in modules():
        importlib.import_module(name)
    found = {
        (form.__name__, name): field
        for form in own_forms()
        for name, field in form.base_fields.items()
        if isinstance(field.widget, forms.PasswordInput) or "password" in name
    }
    others = {place for place, field in found.items() if not isinstance(field, PasswordField)}
    assert [place for place in others if place[1] not in KEYS] == []
    assert {"SignInForm", "PasswordForm", "SignupForm", "NewPasswordForm", "ProbeForm"} <= {
        form for form, _ in found
    }
    assert isinstance(password_field("Password"), PasswordField)


def sign_in(typed: str, email: str = people.LAUNDRY_EMAIL) -> Client:
    browser = Client()
    browser.post("/accounts/login/", {"username": email, "password": typed})
    return browser


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def test_sign_up_on_one_keyboard_and_in_on_another(there: There, cast: Cast) -> None:
    browser = Client()
    given = {"account_number": "10000102", "name": "Ana Torres", "email": "ana@example.com"}
    browser.post("/accounts/register/", {**given, "password": NFD})
    browser.post(link_in(mail.outbox.pop()), {"password": NO_BREAK})
    assert is_signed_in(browser)
    assert there.has_password("ana@example.com", NFC)
    for typed in FORMS:
        browser = sign_in(typed, "ana@example.com")
        billing = load(browser.session)
        assert billing
        assert billing.state == State.CONNECTED


def test_a_new_password_and_what_asks_for_it(there: There, cast: Cast) -> None:
    there.register(people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD, "10000101")
    browser = sign_in(people.LAUNDRY_PASSWORD)
    given = {"current": people.LAUNDRY_PASSWORD, "password": NFD}
    assert browser.post("/accounts/sign-in/password/", given).status_code == 302
    assert there.has_password(people.LAUNDRY_EMAIL, NFC)
    same = browser.post("/accounts/sign-in/password/", {"current": NFC, "password": NO_BREAK})
    assert "already your password" in same.content.decode()
    assert browser.post("/accounts/confirm/", {"password": NO_BREAK}).status_code == 302


def test_a_reset_and_an_approval(there: There, cast: Cast) -> None:
    browser = Client()
    browser.post("/accounts/password-reset/", {"email": people.LAUNDRY_EMAIL})
    browser.post(link_in(mail.outbox.pop()), {"password": NFD})
    assert there.has_password(people.LAUNDRY_EMAIL, NFC)
    there.forget(people.LAUNDRY_EMAIL)
    there.register(people.LAUNDRY_EMAIL, "something else altogether", "10000101")
    sign_in(NFC)
    answer = Client().post(link_in(mail.outbox.pop()), {"password": NO_BREAK})
    assert answer.status_code == 302
    assert there.has_password(people.LAUNDRY_EMAIL, NFC)


def test_staff_by_command_and_by_link(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", NFD)
    call_command("createsuperuser", interactive=False, email="boss@example.com")
    for typed in FORMS:
        browser = Client()
        given = {"username": "boss@example.com", "password": typed}
        assert browser.post("/admin/login/", given).status_code == 302
    clerk, administrator = staff("support", cast.biller), Client()
    administrator.force_login(staff("administrator", cast.biller))
    administrator.post(f"/admin/accounts/staffuser/{clerk.pk}/send-password-link/")
    found = re.search(r"https?://[^/\s]+(/admin/password/\S+)", str(mail.outbox[-1].body))
    assert found
    assert Client().post(found[1], {"password": NFD}).status_code == 302
    assert StaffUser.objects.get(pk=clerk.pk).check_password(NFC)
    for typed in FORMS:
        given = {"username": clerk.email, "password": typed}
        assert Client().post("/admin/login/", given).status_code == 302


def test_what_the_probe_signs_in_with(biller: Biller, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"account_number": "10000101", "email": "ana@example.com", "password": NFD}
    form = ProbeForm(given)
    assert form.is_valid()
    assert form.arguments().password == NFC
    asked = []

    def probe_of(_biller: Biller, arguments: Arguments) -> None:
        asked.append(arguments.password)
        raise CommandError

    monkeypatch.setattr(probe_invoice_cloud, "getpass", lambda _prompt: NO_BREAK)
    monkeypatch.setattr(probe_invoice_cloud, "probe_of", probe_of)
    words = ["springfield-water", "--account=10000101", "--email=ana@example.com"]
    with pytest.raises(CommandError):
        call_command("probe_invoice_cloud", *words, "--ask-password")
    assert asked == [NFC]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(existing_login, "PACE", 0.01)


@pytest.mark.usefixtures("quick")
def test_a_login_that_invoice_cloud_has_as_it_was_typed(there: There, cast: Cast) -> None:
    """It is asked for the normal form first, and gets it in the end."""
    has_login(there, password=NFD)
    browser = Client()
    link = brought(browser, password=NFD)
    tries = ["remote_authentication"] * 2
    assert [name for name in there.operations() if name == tries[0]] == tries
    browser.post(link, {"password": NFD})
    assert is_signed_in(browser)
    billing = load(browser.session)
    assert billing
    assert billing.state == State.CONNECTED
    assert there.has_password(EMAIL, NFC)
    assert Member.objects.get(email=EMAIL).check_password(NO_BREAK)
    assert is_signed_in(sign_in(NFC, EMAIL))


@pytest.mark.usefixtures("quick")
def test_a_second_form_is_a_second_attempt(there: There, cast: Cast) -> None:
    has_login(there)
    for wrong in (NFC, NFD):
        bring(Client(), password=wrong)
    assert there.operations().count("remote_authentication") == 3
    for _ in range(2):  # of five
        assert bring(Client(), password=NFC).status_code == 200
    assert bring(Client(), password=NFC).status_code == 429
    assert Client().get(START).status_code == 200
    assert not User.objects.filter(email=EMAIL).exists()
