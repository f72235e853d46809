"""The search box at the top of every staff page."""

import re

import pytest
from django.test import Client

from accounts.models import Member, Signup, UtilityAccount
from payments.models import Payment
from tests.cast import LAUNDRY_EMAIL, Cast, member, other_biller, staff
from tests.payments.paying import GUID, members, opened, postback_fields, send_postback

pytestmark = pytest.mark.any_database

SEARCH = "/admin/search/"


def page_of(row: object) -> str:
    kind = {Member: "accounts/member", UtilityAccount: "accounts/utilityaccount"}
    return f"/admin/{kind[type(row)]}/{row.pk}/change/"  # type: ignore[attr-defined]


def led_to(client: Client, term: str) -> str:
    answer = client.post(SEARCH, {"term": term})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return str(answer["Location"])


def results(client: Client, term: str) -> str:
    place = led_to(client, term)
    assert place.startswith(f"{SEARCH}?asked="), place
    return re.sub(r"\s+", " ", client.get(place).content.decode())


def paid(cast: Cast) -> Payment:
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    return Payment.objects.get()


@pytest.mark.parametrize(
    "typed", ["10000101", "Acct 1000-0101", "0010000101", " 1000 0101 ", "１００００１０１"]
)
def test_an_account_in_any_spelling(support: Client, cast: Cast, typed: str) -> None:
    assert led_to(support, typed) == page_of(cast.account("10000101"))


def test_the_beginning_of_an_account_number(support: Client, cast: Cast) -> None:
    page = results(support, "100002")
    assert page.count("/admin/accounts/utilityaccount/") >= 10
    assert "There are more matches than shown" in page


@pytest.mark.parametrize("typed", ["willows", "WILLOWS LAUN", "Willows Laundry"])
def test_the_beginning_of_a_name(support: Client, cast: Cast, typed: str) -> None:
    assert led_to(support, typed) == page_of(cast.account("10000101"))


@pytest.mark.parametrize(
    "typed", ["mcdonald", "McDonald", "mcdonald ian", "oak street", "77 OAK", "8888 oak"]
)
def test_any_words_of_a_name_or_address(support: Client, cast: Cast, typed: str) -> None:
    account = cast.account("10000104")
    address = "8888 West 77 Oak Street"
    account.name, account.address = "Ian McDonald", address
    account.save()
    assert led_to(support, typed) == page_of(account)


def test_a_house_number_is_looked_for_beside_account_numbers(support: Client, cast: Cast) -> None:
    account = cast.account("10000104")
    numbers = UtilityAccount.objects.exclude(pk=account.pk).order_by("pk")
    account_2 = numbers[0]
    UtilityAccount.objects.filter(pk=account_2.pk).update(number_key="5550001")
    UtilityAccount.objects.filter(pk=account.pk).update(address="5550 Oak Street")
    page = results(support, "5550")
    assert page_of(account) in page
    assert page_of(account_2) in page


def test_the_beginning_of_an_address_shows_who_linked_it(support: Client, cast: Cast) -> None:
    page = results(support, "1")  # too short for an address
    assert "No matches" in page
    assert "obstacle" not in page  # nothing is wrong
    page = results(support, "Maple")  # by name: ten of forty
    assert page.count("manager@example.com") >= 10
    assert led_to(support, "12 mill") == page_of(cast.account("10000101"))


@pytest.mark.parametrize("typed", [LAUNDRY_EMAIL, " Laundry@Example.com "])
def test_an_email_leads_to_the_customer(support: Client, cast: Cast, typed: str) -> None:
    UtilityAccount.objects.filter(account_number="10000101").update(email=LAUNDRY_EMAIL)
    assert led_to(support, typed) == page_of(cast.laundry)


def test_an_email_that_the_cis_has_for_somebody_else_too(support: Client, cast: Cast) -> None:
    UtilityAccount.objects.filter(account_number="10000102").update(email=LAUNDRY_EMAIL)
    page = results(support, LAUNDRY_EMAIL)
    assert page_of(cast.laundry) in page
    assert page_of(cast.account("10000102")) in page


def test_a_sign_up_that_was_never_finished(support: Client, cast: Cast) -> None:
    signup = Signup.objects.create(biller=cast.biller, email="rosa@example.com")
    assert led_to(support, "rosa@example.com") == f"/admin/accounts/signup/{signup.pk}/change/"


@pytest.mark.parametrize(
    "typed",
    [
        *(GUID, GUID.upper(), "{" + GUID + "}", "INV-1"),
        # As pasted from a page or a PDF.
        *(f"\u200b{GUID}", GUID.replace("-", "\u2011"), "inv-1", "INV\u20131", "\ufeffＩＮＶ-１"),
    ],
)
def test_a_payment(support: Client, cast: Cast, typed: str) -> None:
    payment = paid(cast)
    assert led_to(support, typed) == f"/admin/payments/payment/{payment.pk}/change/"


def test_a_checkout_by_its_reference(support: Client, cast: Cast) -> None:
    checkout = opened(cast)
    place = f"/admin/payments/checkout/{checkout.pk}/change/"
    reference = checkout.biller_reference
    for typed in (reference.lower(), f"{reference[:5]} {reference[5:]}", f"\u200b{reference}"):
        assert led_to(support, typed) == place


def test_the_guid_of_a_postback_that_became_no_payment(support: Client, cast: Cast) -> None:
    checkout = members(cast)
    send_postback(Client(), checkout, postback_fields(checkout, Approved="False"))
    assert led_to(support, GUID) == f"/admin/payments/checkout/{checkout.pk}/change/"


def test_what_is_typed_is_in_no_address(support: Client, cast: Cast) -> None:
    """Decision 0025: access logs and browsers keep addresses."""
    place = led_to(support, "nobody@example.com")
    assert "nobody" not in place
    other = Client()
    other.force_login(staff("administrator", cast.biller))
    assert "have expired" in other.get(place).content.decode()


def test_where_is_my_payment_is_one_click_away(support: Client, cast: Cast) -> None:
    page = results(support, "nothing like it")
    assert '<input type="hidden" name="term" value="nothing like it">' in page
    assert 'action="/admin/payments/payment/where/"' in page


def test_the_box_is_on_every_page(support: Client, cast: Cast) -> None:
    for address in ("/admin/", "/admin/accounts/member/", page_of(cast.laundry), SEARCH):
        assert 'id="search-box"' in support.get(address).content.decode()
    assert 'id="search-box"' not in Client().get("/admin/login/").content.decode()


def test_finance_finds_accounts_and_payments_but_no_member(client: Client, cast: Cast) -> None:
    client.force_login(staff("finance", cast.biller))
    paid(cast)
    assert "/admin/payments/payment/" in led_to(client, GUID)
    page = results(client, LAUNDRY_EMAIL)
    assert "No matches" in page
    assert "manager@example.com" not in results(client, "Maple")


def test_staff_of_another_biller_find_nothing_of_ours(client: Client, cast: Cast) -> None:
    other = other_biller()
    client.force_login(staff("administrator", other))
    reference = opened(cast, "10000103").biller_reference
    paid(cast)
    for typed in ("10000101", LAUNDRY_EMAIL, "Willows", "12 Mill", GUID, "INV-1", reference):
        assert "No matches" in results(client, typed), typed
    twin = member(other, LAUNDRY_EMAIL, "x")
    assert led_to(client, LAUNDRY_EMAIL) == page_of(twin)


def test_nothing_typed(support: Client) -> None:
    assert "This field is required" in support.post(SEARCH, {"term": " "}).content.decode()
    assert support.get(f"{SEARCH}?asked=nonsense").status_code == 200
    assert "No matches" in results(support, "a'\"<script>%_ \\")


@pytest.mark.parametrize(
    "typed",
    [
        *("(217) 555-0199", "217.555.0199", "+1 217 555 0199", "2175550199", "2 1 7 5550199"),
        *("217-555-0199 x7", "tel:+12175550199", "\u0662\u0661\u0667 555 0199"),
        *("217,555,0199", "217_555_0199"),
    ],
)
@pytest.mark.parametrize(
    "stored",
    [
        *("217-555-0199", "+1 (217) 555 0199", "12175550199"),
        *("217-555-0199 ext. 12", "217.555.0199X7", "(217) 555-0199 #4", "217-555-0199;ext=4"),
    ],
)
def test_a_phone_number_in_any_spelling(
    support: Client, cast: Cast, typed: str, stored: str
) -> None:
    account = cast.account("10000104")
    UtilityAccount.objects.filter(pk=account.pk).update(phone=stored)
    assert led_to(support, typed) == page_of(account)


def test_a_part_of_a_phone_number_is_none(support: Client, cast: Cast) -> None:
    UtilityAccount.objects.filter(account_number="10000104").update(phone="217-555-0199")
    assert "No matches" in results(support, "555-019")
    assert "No matches" in results(support, "555-0199")  # the CIS knows the area code


def test_a_word_in_the_middle_and_short_words_beside_it(support: Client, cast: Cast) -> None:
    account = cast.account("10000104")
    account.name = "Ana de la Cruz-Torres"
    account.save()
    assert led_to(support, "cruz-torres ANA") == page_of(account)
    assert led_to(support, "de la cruz") == page_of(account)
    assert "No matches" in results(support, "la de")  # no word of three letters: no index for it


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("José Núñez", "nunez"),
        ("JOSE NUNEZ", "Núñez, José"),
        ("PATRICK O&#39;BRIEN", "O'Brien"),
        ("JOSÃ‰ NUÃ‘EZ", "Núñez"),
        ("Jose\u0301 Nun\u0303ez", "JOSÉ NÚÑ"),
        ("Łucki, Inge", "ingE lucki"),
        ("PATRICK O'BRIEN", "o’brien"),
    ],
)
def test_a_name_is_found_whatever_its_accents(
    support: Client, cast: Cast, stored: str, typed: str
) -> None:
    account = cast.account("10000104")
    account.name = stored
    account.save(update_fields=["name"])
    assert led_to(support, typed) == page_of(account)
