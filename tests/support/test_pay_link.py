"""Staff email a customer the pay link of an account."""

import re

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.test import Client

from tests.cast import Cast, staff

pytestmark = pytest.mark.any_database


def act_on(cast: Cast, number: str) -> str:
    return f"/admin/accounts/utilityaccount/{cast.account(number).pk}/send-pay-link/"


def send(client: Client, address: str) -> str:
    seen = re.search(r'name="seen" value="([^"]*)"', client.get(address).content.decode())
    assert seen
    facts = seen[1].replace("&quot;", '"')
    return client.post(address, {"seen": facts}, follow=True).content.decode()


def test_the_member_gets_it_in_their_language_and_it_works(support: Client, cast: Cast) -> None:
    cast.laundry.language = "es"
    cast.laundry.save()
    account = cast.account("10000101")
    page = support.get(f"/admin/accounts/utilityaccount/{account.pk}/change/").content.decode()
    assert act_on(cast, "10000101") in page
    assert cast.laundry.email in support.get(act_on(cast, "10000101")).content.decode()
    assert "Done: Email a pay link" in send(support, act_on(cast, "10000101"))
    [email] = mail.outbox
    assert email.to == [cast.laundry.email]
    [link] = re.findall(r"https?://[^/]+(/P/\w{21}\?language=es)", str(email.body))
    assert "10000101" not in str(email.message())
    landed = Client().get(link, follow=True).content.decode()
    assert 'lang="es"' in landed
    assert "0101" in landed
    entry = LogEntry.objects.get_for_object(account).first()
    assert entry
    assert (entry.additional_data or {})["event"] == "mail-sent"


def test_without_a_member_the_address_in_the_cis_gets_it(support: Client, cast: Cast) -> None:
    account = cast.account("10000106")
    assert support.get(act_on(cast, "10000106")).status_code == 403  # nobody to send it to
    account.email = "mei@example.com"
    account.save()
    send(support, act_on(cast, "10000106"))
    assert [email.to for email in mail.outbox] == [["mei@example.com"]]


def test_it_goes_to_no_one_who_has_to_prove_the_account_again(support: Client, cast: Cast) -> None:
    cast.laundry.all_links.update(needs_proof_since="2026-01-01T00:00Z")
    assert support.get(act_on(cast, "10000101")).status_code == 403


def test_it_is_limited(support: Client, cast: Cast) -> None:
    said = [send(support, act_on(cast, "10000101")) for _ in range(4)]
    assert ["This was just done" in each for each in said] == [False, False, False, True]
    assert len(mail.outbox) == 3


def test_an_address_that_has_changed_meanwhile_is_asked_about_again(
    support: Client, cast: Cast
) -> None:
    support.post(act_on(cast, "10000101"), {"seen": '["old@example.com"]'})
    assert mail.outbox == []


def test_others_may_not(cast: Cast) -> None:
    client = Client()
    client.force_login(staff("finance", cast.biller))
    assert client.get(act_on(cast, "10000101")).status_code == 403
