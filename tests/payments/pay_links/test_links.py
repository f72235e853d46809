"""Pay links: what opens the form of an account, and what opens nothing."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import ratelimit
from accounts.sessions.typed import SEAL
from icsso.billers.pay_links.codes import ALPHABET, opened, sealed
from icsso.billers.pay_links.services import code_of, end_all, key_of, made_at
from payments.models import Checkout
from payments.pay_links.addresses import address_of, in_capitals
from tests.cast import Cast, other_biller
from tests.sandbox_process import SandboxProcess

KEY = bytes(range(32))
DEAD = "This pay link doesn"
FIELD = 'name="account_number"'


def link_of(cast: Cast, number: str = "10000101") -> str:
    code = code_of(cast.account(number).pk, key=key_of(cast.biller))
    return address_of(code, site="")


def text(client: Client, address: str) -> str:
    answer = client.get(address, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("number", [1, 5_000_000, 2**40 - 1])
def test_a_code_is_short_and_says_nothing(number: int) -> None:
    code = sealed(number, key=KEY)
    assert re.fullmatch(f"[{ALPHABET}]{{21}}", code)
    assert opened(code, key=KEY) == number
    assert opened(code, key=KEY[::-1]) == 0


def test_it_can_be_typed_from_paper() -> None:
    code = next(c for n in range(1, 99) if {"0", "1"} <= set(c := sealed(n, key=KEY)))
    typed = code.lower().replace("0", "o").replace("1", "l")
    grouped = " ".join(typed[start : start + 5] for start in range(0, 21, 5))
    assert opened(grouped, key=KEY) == opened(code, key=KEY) > 0


@pytest.mark.parametrize(
    "sign",
    [
        *(".", ",", ")", ">", "%3E", "&gt;", "%22", "'", "=", "%3D", "%20", "/", "/.", "%C2%A0"),
        *("%E2%80%8B", "&utm_source=x", "%3Flanguage%3Des", "?utm_source=x", "?language=en."),
    ],
)
def test_a_sign_behind_the_link_is_no_part_of_it(client: Client, cast: Cast, sign: str) -> None:
    page = text(client, f"{link_of(cast)}{sign}")
    assert "0101" in page
    assert FIELD not in page


@pytest.mark.parametrize("sign", ["=\n", "\r\n", " ", "-", "="])
def test_a_code_in_two_lines_is_one(sign: str) -> None:
    code = sealed(7, key=KEY)
    assert opened(f"{code[:9]}{sign}{code[9:]}{sign}", key=KEY) == 7


@pytest.mark.parametrize("place", range(21))
def test_one_wrong_letter_is_enough(place: int) -> None:
    code = sealed(7, key=KEY)
    wrong = ALPHABET[(ALPHABET.index(code[place]) + 1) % 32]
    assert opened(code[:place] + wrong + code[place + 1 :], key=KEY) == 0


@pytest.mark.parametrize("code", ["", "A", "0" * 21, "Z" * 21, "é" * 21, "A" * 5000, "ſ" * 21])
def test_what_is_none_is_no_accounts(code: str) -> None:
    assert opened(code, key=KEY) == 0


def test_two_taps_lead_to_the_payment_page(
    client: Client, cast: Cast, sandbox: SandboxProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    landed = client.get(in_capitals(link_of(cast)), follow=True)
    (address, status), *more = landed.redirect_chain
    assert (status, more) == (302, [])
    page = landed.content.decode()
    assert "ending in 0101" in page
    assert FIELD not in page
    assert "10000101" not in page  # nor is it told to whoever holds the link
    assert "10000101" not in address
    assert f'action="{address}"' in page
    opened_page = client.post(address, {"go": "on"})
    checkout = Checkout.objects.get()
    assert opened_page["Location"] == f"/pay/{checkout.address}/"
    assert checkout.ordered_accounts == [cast.account("10000101")]
    told = "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "10000101" not in told


def test_in_small_letters_with_a_slash_and_in_spanish(client: Client, cast: Cast) -> None:
    page = text(client, f"{link_of(cast).lower()}/?language=es")
    assert 'lang="es"' in page
    assert "0101" in page
    assert FIELD not in page


def test_a_link_is_no_proof(client: Client, cast: Cast) -> None:
    cast.biller.guests_prove, cast.biller.signup_proof = True, "both"
    cast.biller.save()
    address = client.get(link_of(cast))["Location"]
    page = text(client, address)
    assert 'name="zip"' in page
    assert "Willows" not in page
    for proof in (
        {},
        {"name": "Ana Torres", "zip": "62701", "right": "yes"},
        {"zip": "62701", "right": "yes"},
    ):
        assert client.post(address, proof).status_code == 200
    assert not Checkout.objects.exists()
    right = {"name": "Willows Laundry", "zip": "62701"}
    assert "Is this the right bill?" in client.post(address, right).content.decode()
    assert not Checkout.objects.exists()
    assert client.post(address, {**right, "right": "yes"}).status_code == 302


def test_where_only_the_zip_code_is_asked_a_former_customer_needs_the_name(
    client: Client, cast: Cast
) -> None:
    cast.biller.guests_prove, cast.biller.signup_proof = True, "zip"
    cast.biller.save()
    cast.account("10000101").customer_changes.create(before="A", after="B")
    address = client.get(link_of(cast))["Location"]
    page = client.post(address, {"zip": "62701", "right": "yes"}).content.decode()
    assert 'name="name"' in page
    assert not Checkout.objects.exists()


def test_links_that_open_nothing_all_look_the_same(client: Client, cast: Cast) -> None:
    other = other_biller()
    foreign = other.accounts.create(account_number="10000101", name="A")
    gone = cast.biller.accounts.create(account_number="1", name="A")
    links = {
        "other biller": f"/P/{code_of(foreign.pk, key=key_of(other))}",
        "other biller's account": f"/P/{code_of(foreign.pk, key=key_of(cast.biller))}",
        "damaged": link_of(cast)[:-1],
        "guessed": "/P/" + "A" * 21,
        "deleted": f"/P/{code_of(gone.pk, key=key_of(cast.biller))}",
        "odd": "/P/%00%C3%A9",
        "with slashes": "/P//a/../b",
        "revoked": link_of(cast),
    }
    gone.delete()
    working, queries, pages = text(client, link_of(cast)), {}, {}
    for name in (*links, "working"):
        if name == "revoked":
            assert end_all(cast.biller, made_at=made_at(cast.biller))
        address = links.get(name) or link_of(cast)
        with CaptureQueriesContext(connection) as captured:
            page = text(client, address)
        queries[name] = len(captured)
        # Without the address of the page, which the language switch names, too.
        pages[name] = re.sub(r'value="[^"]*"|next=[^"]*', "", page)
    assert DEAD not in working
    assert DEAD not in pages.pop("working")
    assert len(set(pages.values())) == 1
    assert DEAD in pages["guessed"]
    assert FIELD in pages["guessed"]
    assert len(set(queries.values())) == 1


def test_a_biller_without_any_link_answers_as_the_others(client: Client, cast: Cast) -> None:
    assert DEAD in text(client, "/P/" + "A" * 21)


def test_a_second_click_ends_no_new_links(cast: Cast) -> None:
    since = made_at(cast.biller)
    assert end_all(cast.biller, made_at=since)
    link = link_of(cast)
    assert not end_all(cast.biller, made_at=since)
    assert link_of(cast) == link


def test_opening_links_is_limited(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ratelimit.LIMITS, "pay_link", ratelimit.Limit("3/hour", "3/hour"))
    address = client.get(link_of(cast))["Location"]
    assert [client.get(address).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert client.get("/pay/").status_code == 200


def test_the_form_of_a_link_with_an_old_token_is_limited_too(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page that such a form leads to is not built by the view that Django calls."""
    monkeypatch.setitem(ratelimit.LIMITS, "pay_link", ratelimit.Limit("1/hour", "1/hour"))
    browser = Client(enforce_csrf_checks=True)
    address = browser.get(link_of(cast))["Location"]
    [seal] = re.findall(rf'name="{SEAL}" value="([^"]+)"', browser.get(address).content.decode())
    old = {SEAL: seal, "csrfmiddlewaretoken": "a" * 64}
    assert browser.post(address, old).status_code == 429
