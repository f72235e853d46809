"""Work of staff in several steps whose session ends: going live, and imports. What was typed or
chosen comes back on the page where it was; of files, that they have to be chosen again."""

import re
from html import unescape
from io import BytesIO

import pytest
from django.test import Client

from accounts.models import User
from accounts.sessions.life import LAST_SEEN
from cis.models import AccountImport
from icsso.billers.models import Biller
from tests.accounts.sessions.ended import SEAL, time_out, words
from tests.accounts.sessions.test_staff_forms import HERE, sign_in
from tests.cast import Cast, staff

pytestmark = pytest.mark.django_db
IMPORT = "/admin/cis/accountimport/"
LIST = "/admin/payments/reconciliation/add/"
AGAIN = "Choose the file again: files can't be kept."
STRANGE = b"Nr,Kunde,Where\n10000999,Ana Torres,1 Oak Street\n"


@pytest.fixture
def administrator(cast: Cast) -> User:
    return staff("administrator", cast.biller)


@pytest.fixture
def browser(administrator: User) -> Client:
    browser = Client(enforce_csrf_checks=True)
    sign_in(browser, administrator)
    return browser


def hidden(page: str, name: str, after: str = "") -> str:
    found = re.search(
        rf'name="{name}" value="([^"]+)"', page.partition(after)[2] if after else page
    )
    assert found
    return unescape(found[1])


def file(content: bytes = STRANGE, name: str = "accounts.csv") -> BytesIO:
    given = BytesIO(content)
    given.name = name
    return given


def of_step(page: str, step: str) -> dict[str, str]:
    """The hidden fields of a step's form."""
    form = f'going-live/{step}/#problem"'
    return {name: hidden(page, name, form) for name in ("typed_by", "csrfmiddlewaretoken")}


def going_live(cast: Cast) -> str:
    return f"/admin/icsso/biller/{cast.biller.pk}/going-live/"


def test_a_step_of_going_live_comes_back_on_its_page(
    browser: Client, administrator: User, cast: Cast
) -> None:
    page = going_live(cast)
    form = of_step(words(browser, page), "support")
    time_out(browser)
    sent = {**form, "support-support_phone": "(217) 555-0123", "support-support_hours": "8 to 5"}
    assert browser.post(f"{page}support/", sent)["Location"] == f"/admin/login/?next={page}"
    sign_in(browser, administrator)
    shown = words(browser, page)
    assert shown.count(HERE) == 1  # in the step that was sent
    assert shown.index('id="support"') < shown.index(HERE)
    assert 'value="(217) 555-0123"' in shown
    assert 'value="8 to 5"' in shown
    assert not Biller.objects.filter(support_hours="8 to 5").exists()
    assert "8 to 5" not in words(browser, page)


def test_a_step_that_was_refused_comes_back_too(
    browser: Client, administrator: User, cast: Cast
) -> None:
    """Its page has the address of the step, which cannot be opened."""
    page = going_live(cast)
    form = of_step(words(browser, page), "wire")
    profile = '{"operations": ' + "1" * 9000
    refused = browser.post(f"{page}wire/", {**form, "wire-wire_profile": profile})
    assert refused.status_code == 200
    form = of_step(unescape(refused.content.decode()), "wire")
    time_out(browser)
    browser.post(f"{page}wire/", {**form, "wire-wire_profile": profile, "wire-new_api_key": "key"})
    sign_in(browser, administrator)
    shown = words(browser, page)
    assert profile in shown
    assert 'value="key"' not in shown


def test_an_old_token_leads_to_the_page_of_the_step(
    browser: Client, administrator: User, cast: Cast
) -> None:
    page = going_live(cast)
    form = of_step(words(browser, page), "support")
    time_out(browser)
    sign_in(browser, administrator)  # in another tab
    sent = {**form, "support-support_hours": "8 to 5"}
    assert browser.post(f"{page}support/", sent)["Location"] == page
    assert 'value="8 to 5"' in words(browser, page)


def test_a_logo_has_to_be_chosen_again(browser: Client, administrator: User, cast: Cast) -> None:
    page = going_live(cast)
    form = of_step(words(browser, page), "look")
    seen = browser.cookies[LAST_SEEN].value
    time_out(browser)
    logo = file(b"\x89PNG", "logo.png")
    sent = {**form, "look-accent": "#123456", "look-new_logo": logo}
    answer = browser.post(f"{page}look/", sent)
    browser.cookies[LAST_SEEN] = seen
    said = words(browser, answer["Location"])
    assert "what you typed will still be there. Files can't be kept: choose them again." in said
    sign_in(browser, administrator)
    shown = words(browser, page)
    assert AGAIN in shown
    assert 'value="#123456"' in shown


def chosen_file(browser: Client, cast: Cast) -> str:
    """Returns the page that asks for the columns."""
    page = words(browser, f"{IMPORT}add/")
    form = {name: hidden(page, name) for name in ("typed_by", "csrfmiddlewaretoken")}
    sent = {**form, "biller": cast.biller.pk, "file": file()}
    return unescape(browser.post(f"{IMPORT}add/", sent).content.decode())


def test_columns_of_an_import_come_back_with_the_file_and_are_not_taken(
    browser: Client, administrator: User, cast: Cast
) -> None:
    page = chosen_file(browser, cast)
    names = ("typed_by", "csrfmiddlewaretoken", "upload")
    form = {name: hidden(page, name, f'action="{IMPORT}columns/"') for name in names}
    time_out(browser)
    sent = {**form, "chosen": "on", "account_number": "Nr", "name": "Kunde", "address": "Where"}
    answer = browser.post(f"{IMPORT}columns/", sent)
    assert answer["Location"].startswith(f"/admin/login/?next={IMPORT}columns/%3Fupload%3D")
    sign_in(browser, administrator)
    back = f"{IMPORT}columns/?upload={form['upload']}"
    shown = words(browser, back)
    assert HERE in shown
    for name, column in (("account_number", "Nr"), ("name", "Kunde"), ("address", "Where")):
        select = shown.split(f'<select name="{name}"')[1].split("</select>")[0]
        assert f'<option value="{column}" selected>' in select
    assert "1 Oak Street" in shown  # the file is still there
    assert not AccountImport.objects.exists()


def test_the_address_of_an_upload_opens_nothing_for_anybody_else(
    browser: Client, cast: Cast
) -> None:
    token = hidden(chosen_file(browser, cast), "upload")
    other = Client(enforce_csrf_checks=True)
    User.objects.filter(email__startswith="administrator").update(email="first@example.com")
    sign_in(other, staff("administrator", cast.biller))
    assert other.get(f"{IMPORT}columns/?upload={token}").status_code == 403
    assert browser.get(f"{IMPORT}columns/?upload={token}").status_code == 200


@pytest.mark.parametrize("address", [f"{IMPORT}add/", LIST])
def test_an_upload_says_that_its_file_has_to_be_chosen_again(
    browser: Client, administrator: User, cast: Cast, address: str
) -> None:
    page = words(browser, address)
    form = {name: hidden(page, name) for name in ("typed_by", "csrfmiddlewaretoken")}
    assert SEAL.search(page)
    time_out(browser)
    sent = {**form, "biller": cast.biller.pk, "sheet": "Accounts 2026", "file": file()}
    browser.post(address, sent)
    sign_in(browser, administrator)
    shown = words(browser, address)
    assert AGAIN in shown
    assert 'value="Accounts 2026"' in shown


def test_without_a_file_it_says_nothing_of_files(
    browser: Client, administrator: User, cast: Cast
) -> None:
    form = of_step(words(browser, going_live(cast)), "support")
    time_out(browser)
    browser.post(f"{going_live(cast)}support/", {**form, "support-support_hours": "8 to 5"})
    sign_in(browser, administrator)
    assert AGAIN not in words(browser, going_live(cast))
