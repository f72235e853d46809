"""What the owner reads when an access ends or has already ended, how long invitations last, and
limits."""

from datetime import timedelta
from html import unescape

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts import ratelimit
from accounts.models import Helper
from accounts.ratelimit import Limit
from tests.accounts.helpers.helping import client_of, helped, in_days, invited, row
from tests.cast import Cast

LIST = "/accounts/helpers/"


def acted(client: Client, address: str) -> str:
    return str(client.post(address, follow=True).content.decode())


def test_an_invitation_ends_in_words_of_its_own(cast: Cast) -> None:
    invited(cast)
    mail.outbox.clear()
    page = acted(client_of(cast.laundry), f"{LIST}{Helper.objects.get().pk}/end/")
    assert "The invitation has ended." in page
    assert "We told both" not in page
    [message] = mail.outbox
    assert message.to == [cast.laundry.email]
    assert message.subject == "Your invitation to a helper at Springfield Water has ended"
    assert "They hadn't accepted it." in str(message.body)


def test_nobody_is_said_to_be_told_of_what_had_ended(cast: Cast) -> None:
    helper = helped(cast)
    owner, person = client_of(cast.laundry), client_of(cast.neighbour)
    assert "We told both of you" in acted(owner, f"{LIST}{helper.pk}/end/")
    mail.outbox.clear()
    for client, address in ((owner, "end"), (person, "stop")):
        page = acted(client, f"{LIST}{helper.pk}/{address}/")
        assert "This access had already ended." in page
        assert "We told both" not in page
    assert not mail.outbox


def test_access_that_is_over_is_not_revived(cast: Cast) -> None:
    helper = helped(cast, days=-1)
    terms = {"right": "pay", "ends_on": in_days(cast, 30).isoformat()}
    assert client_of(cast.laundry).get(f"{LIST}{helper.pk}/").status_code == 404
    assert client_of(cast.laundry).post(f"{LIST}{helper.pk}/", terms).status_code == 404
    helper.refresh_from_db()
    assert helper.ends_on == in_days(cast, -1)


def test_an_invitation_that_nobody_accepts_ends_after_30_days(cast: Cast) -> None:
    invited(cast)
    helped(cast)
    since = timezone.now() - timedelta(days=29)
    Helper.objects.update(link_sent_at=since)
    call_command("end_helpers")
    assert Helper.objects.open().count() == 2
    mail.outbox.clear()
    Helper.objects.update(link_sent_at=since - timedelta(days=2))
    call_command("end_helpers")
    call_command("end_helpers")
    [left] = Helper.objects.open()
    assert left.person == cast.neighbour
    assert Helper.objects.get(person=None).ended_by == "unused"
    assert [one.to for one in mail.outbox] == [[cast.laundry.email]]


def test_one_member_cannot_keep_another_from_inviting(cast: Cast) -> None:
    helper = Helper.objects.get(pk=_invited_by_laundry(cast))
    laundry = client_of(cast.laundry)
    for _ in range(4):
        page = acted(laundry, f"{LIST}{helper.pk}/again/")
    assert "Wait a few minutes" in page
    keys = [cast.account("10000201").pk]
    answer = client_of(cast.manager).post(f"{LIST}invite/", row(cast, account=keys))
    assert answer.status_code == 302


def _invited_by_laundry(cast: Cast) -> int:
    invited(cast)
    return Helper.objects.get().pk


def test_all_members_together_cannot_flood_an_address(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {**ratelimit.LIMITS, "helper_address": Limit("60/hour", "1/hour", "1/day", "")}
    monkeypatch.setattr(ratelimit, "LIMITS", limits)
    invited(cast)
    keys = [cast.account("10000201").pk]
    answer = client_of(cast.manager).post(f"{LIST}invite/", row(cast, account=keys))
    assert answer.status_code == 429


def test_the_lists_of_a_quick_payment_are_a_look(cast: Cast) -> None:
    helper = helped(cast)
    keys = [cast.account(number).pk for number in ("10000101", "10000102")]
    client_of(cast.neighbour).get(f"/pay/quick/?account={keys[0]}&account={keys[1]}")
    helper.refresh_from_db()
    assert helper.used_at
    [entry] = LogEntry.objects.get_for_object(helper)
    assert (entry.additional_data or {})["event"] == "helper-seen"


def test_whoever_helps_many_sees_all_of_them(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.helpers.views.MOST_SHOWN", 1)
    helped(cast, "10000201", owner=cast.manager)
    helped(cast)
    neighbour = client_of(cast.neighbour)
    pages = [neighbour.get(f"{LIST}?page={page}").content.decode() for page in (1, 2)]
    assert [page.count("Stop helping") for page in pages] == [1, 1]
    assert pages[0] != pages[1]
    assert "page=2" in pages[0]


def test_a_closed_list_begins_with_what_tells_accounts_apart(cast: Cast) -> None:
    """On a phone, a list that is closed shows about thirty characters of an option."""
    helped(cast)
    page = client_of(cast.neighbour).get("/pay/quick/").content.decode()
    options = unescape(page.replace("\N{NO-BREAK SPACE}", " "))
    assert ">10000102 · 14 Mill Street</option>" in options
    assert ">Account ending in 0101 · 12 Mill Street · you help l…@e….com</option>" in options


def test_quick_pay_says_that_there_are_more(cast: Cast) -> None:
    numbers = cast.manager.links.values_list("account__account_number", flat=True)
    helped(cast, *numbers, owner=cast.manager)
    page = client_of(cast.neighbour).get("/pay/quick/").content.decode()
    assert "Your other accounts are on the home page." in page
