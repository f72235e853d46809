"""My accounts: /accounts/, and what can be done with one of them."""

import re

import pytest
from django.test import Client

from accounts.models import LinkedAccount, User
from tests.cast import Cast

State = LinkedAccount.State


def test_lists_the_accounts_with_what_can_be_done(laundry: Client, cast: Cast) -> None:
    page = laundry.get("/accounts/")
    assert page.status_code == 200
    assert "12 Mill Street" in page.content.decode()
    assert f'href="/accounts/{cast.account("10000101").pk}/"' in page.content.decode()
    assert 'href="/accounts/link/"' in page.content.decode()
    assert "10000102" not in page.content.decode()
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize(
    ("state", "note", "words"),
    [
        (State.PENDING, "", "see this account's bills yet"),
        (State.ELSEWHERE, "j…@e….com", "already online with the email j…@e….com"),
        (State.ELSEWHERE, "", "This account is already online with a different email"),
        (State.REFUSED, "The account is closed.", "The account is closed."),
    ],
)
def test_says_in_plain_words_what_invoice_cloud_answered(
    laundry: Client, cast: Cast, state: LinkedAccount.State, note: str, words: str
) -> None:
    cast.laundry.links.get().settle(state, note)
    assert words in laundry.get("/accounts/").content.decode()


def test_says_nothing_of_an_account_that_is_as_it_should_be(laundry: Client, cast: Cast) -> None:
    link = cast.laundry.links.get()
    for state, has_line in ((State.PENDING, True), (State.REGISTERED, False)):
        link.settle(state, "")
        for address in ("/accounts/", f"/accounts/{link.account_id}/"):
            page = laundry.get(address).content.decode()
            assert "Account number 10000101" in page
            assert ("see this account's bills yet" in page) == has_line
            assert ('class="icon"' in page.partition("<h1>")[2].partition("<footer")[0]) == has_line


def test_invoice_clouds_words_are_marked_as_english(laundry: Client, cast: Cast) -> None:
    cast.laundry.language = "es"
    cast.laundry.save()
    cast.laundry.links.get().settle(State.REFUSED, "Customer is inactive at this time")
    page = laundry.get("/accounts/").content.decode()
    assert '<span lang="en">Customer is inactive at this time.</span> ' in page


def test_many_accounts_have_pages_and_a_search(manager: Client) -> None:
    page = manager.get("/accounts/").content.decode()
    assert "Page 1 of 2" in page
    found = manager.get("/accounts/?q=10000240").content.decode()
    assert "10000240" in found
    assert "10000201" not in found


def test_a_nickname_is_shown_everywhere(laundry: Client, cast: Cast) -> None:
    address = f"/accounts/{cast.account('10000101').pk}/"
    assert "Nickname for this account" in laundry.get(address).content.decode()
    page = laundry.post(address, {"nickname": "  The <b>shop</b> "}, follow=True)
    assert page.redirect_chain == [("/accounts/", 302)]
    assert cast.laundry.links.get().nickname == "The <b>shop</b>"
    assert "The &lt;b&gt;shop&lt;/b&gt;" in laundry.get("/").content.decode()
    laundry.post(address, {"nickname": ""})
    assert "12 Mill Street" in laundry.get("/").content.decode()


def test_a_nickname_that_is_too_long_is_refused_beside_its_field(
    laundry: Client, cast: Cast
) -> None:
    page = laundry.post(f"/accounts/{cast.account('10000101').pk}/", {"nickname": "x" * 41})
    assert page.status_code == 200
    assert "at most 40 characters" in page.content.decode()
    assert cast.laundry.links.get().nickname == ""


def test_one_account_and_no_other_is_shown_first(manager: Client, cast: Cast) -> None:
    wanted = cast.account("10000233")
    assert manager.post(f"/accounts/{wanted.pk}/first/").headers["Location"] == "/accounts/"
    assert cast.manager.links.get(is_first=True).account == wanted
    page = manager.get("/").content.decode()
    assert page.index("10000233") < page.index("10000201")
    assert cast.laundry.links.get().is_first  # nobody else's order has changed


def test_the_main_account_is_the_one_that_pay_a_bill_selects(manager: Client, cast: Cast) -> None:
    """On lists, a bill that is due earlier stands before it: nothing says that it doesn't."""
    wanted = cast.account("10000233")
    manager.post(f"/accounts/{wanted.pk}/first/")
    cast.manager.links.filter(account__account_number="10000202").update(due_on="2026-01-05")
    listed = manager.get("/accounts/").content.decode()
    assert listed.index("10000202") < listed.index("10000233")
    assert re.findall(r"(\d{8})\D*?\(main account\)", listed) == ["10000233"]
    options = re.findall(r'<option value="(\d+)"', manager.get("/pay/quick/").content.decode())
    assert options[0] == str(wanted.pk)
    assert "Make main account" not in manager.get(f"/accounts/{wanted.pk}/").content.decode()


def test_showing_first_is_never_done_by_a_link(manager: Client, cast: Cast) -> None:
    assert manager.get(f"/accounts/{cast.account('10000233').pk}/first/").status_code == 405


@pytest.mark.parametrize("page", ["", "first/", "unlink/", "balance/"])
def test_the_neighbours_account_does_not_exist(laundry: Client, cast: Cast, page: str) -> None:
    address = f"/accounts/{cast.account('10000102').pk}/{page}"
    assert laundry.post(address, {"nickname": "Mine"}).status_code in {404, 405}
    assert laundry.get(address).status_code in {404, 405}
    assert cast.neighbour.links.get().nickname == ""


def test_the_posts_of_another_site_are_refused(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.laundry)
    pk = cast.account("10000101").pk
    for address in ("/accounts/link/", f"/accounts/{pk}/", f"/accounts/{pk}/unlink/"):
        assert strict.post(address).status_code == 403
    assert cast.laundry.links.count() == 1


@pytest.mark.parametrize("address", ["/accounts/", "/accounts/1/", "/accounts/1/unlink/"])
def test_strangers_are_sent_to_sign_in(client: Client, cast: Cast, address: str) -> None:
    assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"


def test_staff_have_no_accounts_here(client: Client, cast: Cast) -> None:
    clerk = User.objects.create_user("clerk@example.com", is_staff=True)
    client.force_login(clerk)
    assert client.get("/accounts/").status_code == 302


def test_a_number_too_large_for_the_database_is_not_found(laundry: Client) -> None:
    assert laundry.get("/accounts/9223372036854775808/").status_code == 404
    assert laundry.post("/accounts/99999999999999999999999/first/").status_code == 404
