"""Files of the CIS that give an account to another customer: what becomes of the former one's
linked account. `tests.accounts.linked_accounts.test_prove_again` has the member's pages."""

import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.linked_accounts import services as linking
from accounts.models import CustomerChange, LinkedAccount, Member, UtilityAccount
from accounts.signup import services as signups
from cis.models import AccountImport
from icsso.billers.models import Biller
from tests import cast as people
from tests.cast import Cast

CASES = Path(__file__).parents[1] / "cases/accounts"
ANYWAY = "--new-customers-anyway"
HEADER = "account_number,name,address,zip\n"
PRIYA = "10000104,PRIYA RAMAN,77 River Road,62701\n"
Import = Callable[..., str]


@pytest.fixture
def rosa(cast: Cast) -> LinkedAccount:
    """Rosa Delgado's linked account, as it is after a sign-in."""
    account = cast.account("10000104")
    account.customer_guid = uuid4()
    account.save()
    rosa = people.member(cast.biller, "rosa@example.com", "seven herons over the mill", "10000104")
    link = rosa.links.get()
    link.settle(LinkedAccount.State.REGISTERED)
    return link


@pytest.fixture
def bring(tmp_path: Path, biller: Biller) -> Import:
    def run(lines: str, *options: str, header: str = HEADER) -> str:
        file, out = tmp_path / "cis.csv", StringIO()
        file.write_text(header + lines)
        call_command("import_accounts", file, "--biller", biller.slug, *options, stdout=out)
        return out.getvalue()

    return run


def fresh(link: LinkedAccount) -> LinkedAccount:
    return LinkedAccount.objects.select_related("account", "member").get(pk=link.pk)


def is_shown(link: LinkedAccount) -> bool:
    return link.member.links.filter(pk=link.pk).exists()


@pytest.mark.parametrize(
    ("folder", "file"),
    [
        ("account-gets-another-customer", "reassigned.csv"),
        ("tenant-change", "accounts.csv"),
    ],
)
def test_the_cases(cast: Cast, folder: str, file: str) -> None:
    UtilityAccount.objects.create(
        biller=cast.biller, account_number="00120034", name="Carla Ruiz", zip="07030"
    )
    number = {"tenant-change": "00120034"}.get(folder, "10000104")
    former = people.member(cast.biller, "former@example.com", "seven herons over the mill", number)
    out = StringIO()
    call_command("import_accounts", CASES / folder / file, "--biller", cast.biller.slug, stdout=out)
    assert "Linked accounts that have another customer now: 1." in out.getvalue()
    assert not former.links.exists()
    [kept] = former.all_links.awaiting_proof()
    assert kept.held_as == {"tenant-change": "Carla Ruiz"}.get(folder, "Rosa Delgado")


def test_another_customer_ends_what_the_former_one_had(
    rosa: LinkedAccount, bring: Import, cast: Cast
) -> None:
    pending = signups.ask(account=rosa.account, email="r@x.example", password="x", language="en")
    others = list(LinkedAccount.objects.exclude(pk=rosa.pk).order_by("pk").values())
    said = bring(PRIYA)
    assert "Linked accounts that have another customer now: 1." in said
    link = fresh(rosa)
    assert not is_shown(link)
    assert link.needs_proof_since
    assert link.held_as == "Rosa Delgado"
    assert link.account.customer_guid is None
    assert not type(pending).objects.filter(pk=pending.pk).exists()
    [change] = link.account.customer_changes.all()
    assert (change.before, change.after) == ("Rosa Delgado", "PRIYA RAMAN")
    assert list(LinkedAccount.objects.exclude(pk=rosa.pk).order_by("pk").values()) == others
    assert AccountImport.objects.get().asked_again == 1


def test_the_member_is_told_once_without_anything_of_the_new_customer(
    rosa: LinkedAccount, bring: Import
) -> None:
    rosa.member.language = "es"
    rosa.member.save()
    bring(PRIYA)
    bring(PRIYA)
    bring("10000104,OMAR HADDAD,9 Dock Street,62701\n")
    [told] = mail.outbox
    assert told.to == ["rosa@example.com"]
    words = f"{told.subject} {told.body} {told.alternatives[0][0]}"
    assert "0104" in words
    for secret in ("10000104", "PRIYA", "RAMAN", "River Road", "OMAR"):
        assert secret not in words


def test_a_member_with_many_accounts_gets_one_mail(cast: Cast, bring: Import) -> None:
    rows = (f"10000{200 + n},Tenant{n} Walker{n},{n} Maple Court,62701\n" for n in range(1, 41))
    said = bring("".join(rows), ANYWAY)
    assert "have another customer now: 40." in said
    [told] = mail.outbox
    assert told.body.count("10000") == 0
    assert "and 35 more" in told.body
    assert not cast.manager.links.exists()


def test_the_same_customer_written_differently_changes_nothing(
    rosa: LinkedAccount, bring: Import
) -> None:
    guid = fresh(rosa).account.customer_guid
    pending = signups.ask(account=rosa.account, email="r@x.example", password="x", language="en")
    for name in ("ROSA DELGADO", "ROSA M DELGADO", "ROSA DELGAOD", "DELGADO ROSA & JUAN"):
        assert "another customer" not in bring(f"10000104,{name},77 River Road,60601\n")
    link = fresh(rosa)
    assert is_shown(link)
    assert link.account.customer_guid == guid
    assert type(pending).objects.filter(pk=pending.pk).exists()
    assert mail.outbox == []


@pytest.mark.parametrize("proof", Biller.Proof)
def test_under_every_proof_a_name_decides_and_a_zip_code_does_not(
    rosa: LinkedAccount, bring: Import, biller: Biller, proof: Biller.Proof
) -> None:
    biller.signup_proof = proof
    biller.save()
    bring("10000104,Rosa Delgado,18 Mill Street,94105\n")
    assert is_shown(rosa)
    bring("10000104,Priya Raman,18 Mill Street,94105\n")
    assert not is_shown(rosa)


def test_blanks_around_the_number_count_for_nothing(rosa: LinkedAccount, bring: Import) -> None:
    bring(PRIYA.replace("10000104", "10000104 "))
    assert not is_shown(rosa)


@pytest.mark.parametrize("number", ["1000-0104", "010000104"])
def test_a_row_with_another_spelling_of_the_number_is_refused_and_nothing_of_it_shown(
    rosa: LinkedAccount, bring: Import, number: str
) -> None:
    """It may be another account."""
    before = rosa.account.name, rosa.account.address
    bring(PRIYA.replace("10000104", number))
    account = fresh(rosa).account
    assert (account.name, account.address) == before
    assert not account.biller.accounts.filter(account_number=number).exists()


def test_a_closed_account_that_opens_for_the_next_tenant(
    rosa: LinkedAccount, bring: Import, cast: Cast
) -> None:
    rest = "".join(
        f"{number},{name},{address},62701\n"
        for number, name, address in people.CIS
        if number != "10000104"
    )
    bring(rest, "--full")
    assert fresh(rosa).account.closed_at
    assert is_shown(rosa)  # it may still owe something
    bring(PRIYA)
    assert not fresh(rosa).account.closed_at
    assert not is_shown(rosa)


def test_what_the_cis_takes_back_is_shown_again_and_not_to_the_one_between(
    rosa: LinkedAccount, bring: Import, cast: Cast
) -> None:
    bring(PRIYA)
    priya = people.member(cast.biller, "priya@example.com", "x", "10000104")
    mail.outbox.clear()
    bring("10000104,ROSA DELGADO,18 Mill Street,62701\n")
    link = fresh(rosa)
    assert is_shown(link)
    assert link.held_as == ""
    assert not priya.links.exists()
    assert [each.to for each in mail.outbox] == [["priya@example.com"]]


def test_an_account_of_nobody_is_given_back_to_nobody(
    rosa: LinkedAccount, bring: Import, cast: Cast
) -> None:
    bring("10000104,OCCUPANT,18 Mill Street,62701\n")
    link = LinkedAccount.objects.get(pk=rosa.pk)
    linking.prove_again(link, cast.account("10000104"))  # by its ZIP code
    bring(PRIYA)
    bring("10000104,OCCUPANT,18 Mill Street,62701\n")
    assert not is_shown(rosa)


def test_a_proof_of_the_name_before_comes_too_late(rosa: LinkedAccount, bring: Import) -> None:
    """The account was read, and its proof checked, while the import was saving the new name."""
    proved = rosa.account
    ana = Member.objects.get(email="neighbour@example.com")
    bring(PRIYA)
    with pytest.raises(linking.NoLongerProved):
        linking.link(member=ana, account=proved)
    with pytest.raises(linking.NoLongerProved):
        linking.prove_again(fresh(rosa), proved)
    with pytest.raises(linking.NoLongerProved):
        signups.ask(account=proved, email="r@x.example", password="x", language="en")
    assert not ana.links.filter(account=proved).exists()
    assert not is_shown(rosa)


def test_a_batch_of_changes_takes_no_query_per_row(cast: Cast, bring: Import) -> None:
    rows = [f"10000{200 + n},Tenant{n} Walker{n},{n} Maple Court,62701\n" for n in range(1, 41)]
    with CaptureQueriesContext(connection) as few:
        bring("".join(rows[:2]), ANYWAY)
    with CaptureQueriesContext(connection) as many:
        bring("".join(rows), ANYWAY)
    assert len(many) <= len(few) + 2  # SQLite takes 999 values a statement


def swapped(first: int, last: int, name: str = "{n} Maple Court") -> str:
    rows = (f"10000{200 + n},{name.format(n=n)},Somewhere,62701\n" for n in range(first, last + 1))
    return "".join(rows)


def test_names_in_the_wrong_column_are_not_imported_without_another_look(
    cast: Cast, bring: Import
) -> None:
    before = list(UtilityAccount.objects.values_list("pk", "name"))
    with pytest.raises(
        CommandError, match=r"12 of the first 12 known accounts.*--new-customers-anyway"
    ):
        bring(swapped(1, 12))
    said = bring(swapped(1, 12), "--preview")
    assert "12 of the first 12 known accounts" in said
    assert "Nothing was imported." in said
    assert "10000201: " in said
    assert "asked for proof again: 1." in said
    assert list(UtilityAccount.objects.values_list("pk", "name")) == before
    assert not CustomerChange.objects.exists()
    assert not LinkedAccount.objects.awaiting_proof().exists()
    assert not AccountImport.objects.exists()
    assert mail.outbox == []
    bring(swapped(1, 12), ANYWAY)
    assert len(cast.manager.all_links.awaiting_proof()) == 12


def test_a_few_new_tenants_are_nothing_unusual(cast: Cast, bring: Import) -> None:
    assert "have another customer now: 9." in bring(swapped(1, 9))
    same = "".join(
        f"{account.account_number},{account.name},,62701\n"
        for account in cast.biller.accounts.order_by("pk")[:90]
    )
    known = set(re.findall(r"^\d+", same, re.MULTILINE))
    moving = [line for line in swapped(10, 20).splitlines() if line[:8] not in known]
    assert len(known) > 5 * len(moving)
    bring(same + "\n".join(moving))


def test_the_admin_asks_to_confirm_such_a_file(finance: Client, cast: Cast) -> None:
    file = SimpleUploadedFile("cis.csv", (HEADER + swapped(1, 12)).encode())
    upload = {"biller": cast.biller.pk, "file": file}
    page = finance.post("/admin/cis/accountimport/add/", upload)
    assert "12 of the first 12 known accounts" in page.content.decode()
    waiting = {"upload": page.context["form"]["upload"].value()}
    refused = finance.post("/admin/cis/accountimport/confirm/", waiting, follow=True)
    assert "Nothing was imported." in refused.content.decode()
    assert not LinkedAccount.objects.awaiting_proof().exists()
    finance.post("/admin/cis/accountimport/confirm/", waiting | {"customers_anyway": "on"})
    assert LinkedAccount.objects.awaiting_proof().count() == 12


def test_the_preview_says_how_many_members_are_affected_and_changes_nothing(
    rosa: LinkedAccount, finance: Client, cast: Cast
) -> None:
    people.member(cast.biller, "juan@example.com", "x", "10000104", "10000103")
    content = HEADER + PRIYA + "10000106,Tim Baker,22 Mill Street,62701\n"
    content += "10000103,GEORGE LINDQVIST,16 Mill Street,62701\n"
    file = SimpleUploadedFile("cis.csv", content.encode())
    upload = {"biller": cast.biller.pk, "file": file}
    page = finance.post("/admin/cis/accountimport/add/", upload)
    shown = " ".join(page.content.decode().split())
    assert "Accounts that get another customer</h2>" not in shown
    assert "Accounts that get another customer (1)" in shown  # nobody is a member with 10000106
    assert "<strong>2</strong> members will no longer see an account" in shown
    row = "<td>Rosa Delgado</td><td>PRIYA RAMAN</td><td>2</td>"
    assert f'<th scope="row">10000104</th>{row}' in shown
    assert is_shown(rosa)
    waiting = {"upload": page.context["form"]["upload"].value()}
    finance.post("/admin/cis/accountimport/confirm/", waiting)
    assert not is_shown(rosa)
    assert AccountImport.objects.get().asked_again == 2
    assert {each.to[0] for each in mail.outbox} == {"rosa@example.com", "juan@example.com"}


def test_a_member_who_was_not_told_because_an_import_broke_off_is_told_by_the_next(
    rosa: LinkedAccount, bring: Import
) -> None:
    LinkedAccount.objects.filter(pk=rosa.pk).update(
        needs_proof_since=timezone.now(), held_as="Rosa Delgado"
    )
    bring("10000106,Mei Chen,22 Mill Street,62701\n")
    assert [each.to for each in mail.outbox] == [["rosa@example.com"]]
    assert fresh(rosa).told_at
