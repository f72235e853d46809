"""Accounts of a helper come and go: all of it is told to both, and is in the audit log."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.linked_accounts import services as linking
from accounts.models import Helper, LinkedAccount, Member
from tests.accounts.helpers.helping import client_of, helped, in_days, row
from tests.cast import Cast, staff

INVITE = "/accounts/helpers/invite/"
OnCommit = Callable[..., Any]


def link(owner: Member, number: str) -> LinkedAccount:
    return owner.links.get(account__account_number=number)


def entries(helper: Helper) -> list[dict[str, Any]]:
    found = LogEntry.objects.get_for_object(helper).order_by("pk")
    return [entry.additional_data or {} for entry in found]


def told() -> list[str]:
    return sorted(one.to[0] for one in mail.outbox)


def shared(helper: Helper) -> list[str]:
    return sorted(each.link.account.account_number for each in helper.accounts.all())


def add(cast: Cast, *numbers: str, **changes: Any) -> Any:
    keys = [str(cast.account(number).pk) for number in numbers]
    fields = row(cast, email=cast.neighbour.email, account=keys, **changes)
    return client_of(cast.manager).post(INVITE, fields)


def test_an_account_that_is_not_offered_can_be_chosen(cast: Cast) -> None:
    assert add(cast, "10000239", "10000240").status_code == 302
    assert shared(Helper.objects.get()) == ["10000239", "10000240"]


def test_several_are_chosen_by_the_address(cast: Cast) -> None:
    keys = [cast.account(number).pk for number in ("10000239", "10000240")]
    query = "&".join(f"account={key}" for key in keys)
    page = client_of(cast.manager).get(f"{INVITE}?{query}").content.decode()
    assert {int(key) for key in re.findall(r'value="(\d+)"[^>]* checked', page)} == set(keys)


def test_all_of_forty_can_be_shown(cast: Cast) -> None:
    manager = client_of(cast.manager)
    assert 'name="find" value="more"' in manager.get(INVITE).content.decode()
    page = manager.post(INVITE, {"find": "more"}).content.decode()
    assert len(re.findall(r'name="account" value="\d+"', page)) == 40
    assert 'value="more"' not in page


def test_an_account_of_somebody_else_is_refused(cast: Cast) -> None:
    answer = add(cast, "10000201", "10000101")
    assert "One of these accounts is no longer linked to you" in answer.content.decode()
    for nonsense in ("x", "9" * 30, "-1", "²"):
        fields = row(cast, account=[nonsense])
        assert client_of(cast.manager).post(INVITE, fields).status_code == 200
    assert not Helper.objects.exists()


def test_more_accounts_are_shared_with_whoever_helps_already(cast: Cast) -> None:
    helper = helped(cast, "10000201", owner=cast.manager)
    began = helper.accepted_at
    page = client_of(cast.manager).get(f"{INVITE}?helper={helper.pk}").content.decode()
    assert cast.neighbour.email in page
    assert add(cast, "10000201", "10000202").status_code == 302
    helper.refresh_from_db()
    assert shared(helper) == ["10000201", "10000202"]
    assert helper.accepted_at == began
    assert told() == [cast.manager.email, cast.neighbour.email]
    assert "shares more accounts with you" in "".join(str(one.body) for one in mail.outbox)
    [entry] = entries(helper)
    keys = [cast.account(number).pk for number in ("10000201", "10000202")]
    assert entry["event"] == "helper-changed"
    assert (entry["before"]["accounts"], entry["details"]["accounts"]) == (keys[:1], keys)


def test_not_on_other_terms_and_not_twice(cast: Cast) -> None:
    helper = helped(cast, "10000201", owner=cast.manager)
    words = "change their access or last day"
    assert words in add(cast, "10000202", right="view").content.decode()
    assert words in add(cast, "10000202", ends_on=in_days(cast, 91)).content.decode()
    page = add(cast, "10000201", right="view").content.decode()
    assert "already on your list of helpers" in page
    assert shared(helper) == ["10000201"]
    assert told() == []


def test_an_invitation_gets_more_accounts_without_another_email(cast: Cast) -> None:
    add(cast, "10000201")
    link = Helper.objects.get().link_digest
    mail.outbox.clear()
    fields = row(cast, email=cast.neighbour.email, account=[cast.account("10000202").pk])
    page = client_of(cast.manager).post(INVITE, fields, follow=True).content.decode()
    assert f"You now share 1 more account with {cast.neighbour.email}." in page
    assert Helper.objects.get().link_digest == link
    assert told() == [cast.manager.email]


def test_an_unlinked_account_is_told_to_both(
    cast: Cast, django_capture_on_commit_callbacks: OnCommit
) -> None:
    helper = helped(cast, "10000201", "10000202", owner=cast.manager)
    gone = cast.account("10000201").pk
    with django_capture_on_commit_callbacks(execute=True):
        client_of(cast.manager).post(f"/accounts/{gone}/unlink/", {"confirm": "yes"})
    assert told() == [cast.manager.email, cast.neighbour.email]
    assert all("ending in 0201" in str(one.body) for one in mail.outbox)
    [entry] = entries(helper)
    assert entry["details"]["accounts"] == [cast.account("10000202").pk]


def test_with_the_last_account_the_access_ends(
    cast: Cast, django_capture_on_commit_callbacks: OnCommit
) -> None:
    helper = helped(cast)
    with django_capture_on_commit_callbacks(execute=True):
        linking.unlink(cast.laundry.links.get())
    helper.refresh_from_db()
    assert helper.ended_by == "accounts"
    assert told() == [cast.laundry.email, cast.neighbour.email]


def test_nobody_is_told_when_the_record_itself_goes(
    cast: Cast, django_capture_on_commit_callbacks: OnCommit
) -> None:
    helper = helped(cast)
    with django_capture_on_commit_callbacks(execute=True):
        helper.delete()
    assert told() == []


def test_a_proof_that_stands_again_is_told_to_both(
    cast: Cast, django_capture_on_commit_callbacks: OnCommit
) -> None:
    helper, account = helped(cast), cast.account("10000101")
    cast.laundry.all_links.update(needs_proof_since=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        linking.prove_again(cast.laundry.all_links.get(), account)
    assert told() == [cast.laundry.email, cast.neighbour.email]
    assert "again" in str(mail.outbox[0].body)
    assert [entry["event"] for entry in entries(helper)] == ["helper-changed"]


def test_the_audit_log_says_who_could_do_what_until_when(cast: Cast) -> None:
    helper, account = helped(cast), cast.account("10000101").pk
    was, day = helper.ends_on.isoformat(), in_days(cast, 9).isoformat()
    terms = {"right": "view", "ends_on": day}
    client_of(cast.laundry).post(f"/accounts/helpers/{helper.pk}/", terms)
    [entry] = entries(helper)
    assert entry["before"] == {"access": "pay", "until": was}
    assert entry["details"] == {
        "owner": cast.laundry.pk,
        "helper": cast.neighbour.pk,
        "access": "view",
        "until": day,
        "accounts": [account],
    }
    key = LogEntry.objects.get_for_object(helper).get().pk
    helper.delete()
    auditor = Client()
    auditor.force_login(staff("administrator", cast.biller))
    page = auditor.get(f"/admin/auditlog/logentry/{key}/change/").content.decode()
    assert f"until {day}" in page
    assert f"before: until {was}" in page


def test_all_that_a_search_finds_are_shared_at_once(cast: Cast) -> None:
    manager = client_of(cast.manager)
    address = f"{INVITE}?q=1000020"
    page = manager.get(address).content.decode()
    [choice] = re.findall(r'value="(found-\d+)"', page)
    assert choice == "found-9"  # 10000201 to 10000209
    assert len(re.findall(r'name="account" value="\d+"', page)) == 9
    assert "All 9 that match “1000020”" in page
    fields = row(cast, email=cast.neighbour.email, account=[choice])
    assert manager.post(address, fields).status_code == 302
    assert shared(Helper.objects.get()) == [f"1000020{digit}" for digit in range(1, 10)]


def test_what_was_chosen_before_a_search_is_shared_beside_what_it_finds(cast: Cast) -> None:
    before = cast.account("10000239")
    address = f"{INVITE}?q=1000020&account={before.pk}"
    fields = row(cast, email=cast.neighbour.email, account=["found-9", before.pk])
    page = client_of(cast.manager).post(address, fields, follow=True).content.decode()
    assert "It shares 10 accounts." in page
    assert len(shared(Helper.objects.get())) == 10
    assert "10000239" in shared(Helper.objects.get())


def test_more_than_one_person_can_help_with_are_refused_unshared(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.helpers.forms.MOST_ACCOUNTS", 9)
    fields = row(cast, account=["found-9", cast.account("10000239").pk])
    page = client_of(cast.manager).post(f"{INVITE}?q=1000020", fields).content.decode()
    assert "One person can help with at most 9 accounts." in page
    assert not Helper.objects.exists()


def test_what_a_search_finds_since_is_not_shared_unseen(cast: Cast) -> None:
    manager, address = client_of(cast.manager), f"{INVITE}?q=1000020"
    link(cast.manager, "10000209").delete()
    fields = row(cast, email=cast.neighbour.email, account=["found-9"])
    assert manager.post(address, fields).status_code == 200
    assert not Helper.objects.exists()


@pytest.mark.parametrize(
    ("pressed", "offered"),
    [
        ({"find": "", "q": "1000022"}, 11),  # and what was checked before
        ({"next": "", "q": "1000022", "searched": ""}, 11),  # words not searched for yet
        ({"q": "1000022", "searched": "1000022"}, 11),  # Enter in the field
        ({"find": "more", "q": ""}, 40),
        ({"find": "all", "q": "Nowhere", "searched": "Nowhere"}, 21),
    ],
)
def test_a_search_sends_nothing_and_keeps_what_was_typed(
    cast: Cast, pressed: dict[str, str], offered: int
) -> None:
    key = str(cast.account("10000239").pk)
    fields = row(cast, email="bookkeeper@example.com", account=[key, "all"], right="pay", **pressed)
    page = client_of(cast.manager).post(INVITE, fields).content.decode()
    assert not Helper.objects.exists()
    assert 'value="bookkeeper@example.com"' in page
    assert re.findall(r'value="(\w+)"[^>]* checked', page) == [key]
    assert '<input type="hidden" name="right" value="pay"' in page
    assert "“All” is no longer checked" in page
    assert len(re.findall(r'name="account" value="\d+"', page)) == offered
    assert "aria-invalid" not in page


def test_many_accounts_are_chosen_first_and_then_the_rest(cast: Cast) -> None:
    manager, key = client_of(cast.manager), str(cast.account("10000239").pk)
    choosing = manager.get(INVITE).content.decode()
    assert 'type="email"' not in choosing
    assert 'name="next"' in choosing
    without = manager.post(INVITE, {"next": "", "q": "", "searched": ""}).content.decode()
    assert "Choose at least one account." in without
    assert "Enter your helper" not in without

    chosen = {"next": "", "q": "1000020", "searched": "1000020", "account": ["found-9", key]}
    page = manager.post(INVITE, chosen).content.decode()
    assert "<li>All 9 that match “1000020”</li>" in page
    assert "39 Maple Court" in page
    assert 'name="searched"' not in page  # Enter sends
    assert "aria-invalid" not in page
    hidden = re.findall(r'type="hidden" name="(account|q)" value="([^"]+)"', page)
    assert hidden == [("account", "found-9"), ("account", key), ("q", "1000020")]

    rest = row(cast, email="", account=["found-9", key], q="1000020")
    refused = manager.post(INVITE, rest).content.decode()
    assert "Enter your helper" in refused
    assert "<li>All 9 that match" in refused
    back = manager.post(INVITE, rest | {"find": "back", "email": "x@example.com"}).content.decode()
    assert set(re.findall(r'value="([\w-]+)"[^>]* checked', back)) == {"found-9", key}
    assert 'type="hidden" name="email" value="x@example.com"' in back
    assert not Helper.objects.exists()


def test_single_accounts_stay_checked_without_a_word(cast: Cast) -> None:
    fields = row(cast, account=[cast.account("10000239").pk], find="", q="1000022")
    page = client_of(cast.manager).post(INVITE, fields).content.decode()
    assert "no longer checked" not in page


def test_all_that_a_search_finds_are_sent_from_the_next_page(cast: Cast) -> None:
    fields = row(cast, account=["found-9"], q="1000020")
    assert client_of(cast.manager).post(INVITE, fields).status_code == 302
    assert len(shared(Helper.objects.get())) == 9


def test_a_search_that_finds_nothing_says_so_and_leads_back(cast: Cast) -> None:
    page = client_of(cast.manager).get(f"{INVITE}?q=Nowhere").content.decode()
    assert "No account matches." in page
    assert "found-" not in page


def test_a_search_of_the_list_leads_to_sharing(cast: Cast) -> None:
    manager = client_of(cast.manager)
    page = manager.get("/?q=1000020").content.decode()
    assert 'href="/accounts/helpers/invite/?q=1000020"' in page
    assert "Share these with a helper" in page
    assert "Share these with a helper" not in manager.get("/").content.decode()
