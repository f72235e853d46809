"""Staff see who helps whom, on the pages of both members and of the account, and can end the
access."""

import json

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Helper
from backoffice.audit.events import Event, note
from tests.accounts.helpers.helping import helped
from tests.cast import Cast, other_biller, staff

pytestmark = pytest.mark.any_database


def page(client: Client, name: str, pk: int) -> str:
    answer = client.get(reverse(f"admin:accounts_{name}", args=[pk]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_is_on_the_pages_of_both_and_of_the_account(support: Client, cast: Cast) -> None:
    helper = helped(cast)
    address = reverse("admin:accounts_helper_change", args=[helper.pk])
    owners = page(support, "member_change", cast.laundry.pk)
    theirs = page(support, "member_change", cast.neighbour.pk)
    accounts = page(support, "utilityaccount_change", cast.account("10000101").pk)
    assert "Who helps this member" in owners
    assert "Whom this member helps" in theirs
    for shown in (owners, theirs, accounts):
        assert address in shown
        assert reverse("admin:accounts_helper_end", args=[helper.pk]) in shown


def test_staff_end_it_with_a_reason_and_both_are_told(support: Client, cast: Cast) -> None:
    helper = helped(cast)
    address = reverse("admin:accounts_helper_end", args=[helper.pk])
    shown = support.get(address).content.decode()
    assert "We email both people about it" in shown
    assert cast.neighbour.email in shown
    seen = json.dumps([cast.laundry.email, cast.neighbour.email])
    support.post(address, {"reason": "", "seen": seen})
    assert Helper.objects.get().ended_at is None
    support.post(address, {"reason": "The owner called.", "seen": seen})
    helper.refresh_from_db()
    assert helper.ended_by == "staff"
    assert {one.to[0] for one in mail.outbox} == {cast.laundry.email, cast.neighbour.email}
    [entry] = LogEntry.objects.get_for_object(helper)
    data = entry.additional_data or {}
    assert (data["event"], data["reason"]) == ("helper-ended", "The owner called.")
    assert support.get(address).status_code == 403  # it is over


def test_a_reason_is_not_noted_as_the_end_of_what_had_ended(
    support: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = helped(cast)
    monkeypatch.setattr("accounts.helpers.services.end", lambda *_args, **_facts: False)
    address = reverse("admin:accounts_helper_end", args=[helper.pk])
    support.post(address, {"reason": "The owner called."})
    assert not LogEntry.objects.get_for_object(helper).exists()


def test_what_helpers_did_is_on_the_pages_of_both(client: Client, cast: Cast) -> None:
    helper = helped(cast)
    client.force_login(staff("administrator", cast.biller))
    note(helper, Event.HELPER_SEEN, request=None)
    for member in (cast.laundry, cast.neighbour):
        shown = page(client, "member_change", member.pk)
        assert "Viewed accounts as a helper" in shown
    assert "Viewed accounts as a helper" not in page(client, "member_change", cast.manager.pk)


def test_support_sees_which_accounts_a_member_helps_with(support: Client, cast: Cast) -> None:
    helper = helped(cast)
    shown = support.get(f"/admin/accounts/member/{cast.neighbour.pk}/as-member/").content.decode()
    assert "Accounts they help with" in shown
    assert "ending in 0101" in shown
    helper.refresh_from_db()
    assert helper.used_at is None  # only the member's own looks count


def test_more_numbers_than_are_shown_are_counted(
    support: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.admin.helpers.MOST_NAMED", 1)
    helper = helped(cast, "10000201", "10000202", "10000203", owner=cast.manager)
    assert "and 2 more" in page(support, "helper_change", helper.pk)


def test_staff_of_another_biller_see_nothing(client: Client, cast: Cast) -> None:
    helper = helped(cast)
    client.force_login(staff("support", other_biller()))
    for name in ("helper_change", "helper_end"):
        answer = client.get(reverse(f"admin:accounts_{name}", args=[helper.pk]))
        assert answer.status_code in {302, 404}
    listed = client.get(reverse("admin:accounts_helper_changelist")).content.decode()
    assert cast.neighbour.email not in listed.replace("<wbr>", "")


def test_finance_may_not_see_or_end_it(client: Client, cast: Cast) -> None:
    helper = helped(cast)
    client.force_login(staff("finance", cast.biller))
    shown = page(client, "utilityaccount_change", cast.account("10000101").pk)
    assert cast.neighbour.email not in shown
    address = reverse("admin:accounts_helper_end", args=[helper.pk])
    assert client.post(address, {"reason": "x"}).status_code == 403
