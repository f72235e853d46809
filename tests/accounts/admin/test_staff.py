"""Staff of a biller: who makes them and changes them. Nobody gives more than they have."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from backoffice.roles import ROLES
from icsso.billers.models import Biller
from tests.cast import STAFF_PASSWORD, Cast, other_biller, staff

NEW = "seven boats in the harbour"


@pytest.fixture
def administrator(client: Client, cast: Cast) -> Client:
    client.force_login(staff("administrator", cast.biller))
    return client


def make(administrator: Client, **entered: object) -> str:
    person = {"email": "clerk@example.com", "password1": NEW, "password2": NEW}
    answer = administrator.post("/admin/accounts/staffuser/add/", person | entered)
    return answer.content.decode()


def pk_of(role: str) -> int:
    return Group.objects.get(name=role).pk


def test_an_administrator_makes_staff_of_their_own_biller(
    administrator: Client, cast: Cast
) -> None:
    make(administrator, groups=pk_of("support"), billers=cast.biller.pk)
    clerk = User.objects.get(email="clerk@example.com")
    assert clerk.is_staff
    assert not clerk.is_superuser
    assert [group.name for group in clerk.groups.all()] == ["support"]
    assert list(clerk.billers.all()) == [cast.biller]
    assert "clerk@example.com" in administrator.get("/admin/accounts/staffuser/").content.decode()


def test_staff_of_no_biller_or_of_another_are_refused(administrator: Client) -> None:
    assert "This field is required" in make(administrator)
    assert "Select a valid choice" in make(administrator, billers=other_biller().pk)
    assert not User.objects.filter(email="clerk@example.com").exists()


def test_a_role_of_more_than_ones_own_is_not_given(client: Client, cast: Cast) -> None:
    clerk = staff("support", cast.biller)
    clerk.user_permissions.set(
        Permission.objects.filter(codename__in=["add_staffuser", "change_staffuser"])
    )
    client.force_login(clerk)
    page = client.get("/admin/accounts/staffuser/add/").content.decode()
    assert "support" in page
    assert "finance" not in page
    answer = make(client, groups=pk_of("administrator"), billers=cast.biller.pk)
    assert "Select a valid choice" in answer
    assert not User.objects.filter(email="clerk@example.com").exists()


def change(administrator: Client, person: User, **entered: object) -> int:
    known = {"email": person.email, "language": "en", "is_active": "on"}
    address = f"/admin/accounts/staffuser/{person.pk}/change/"
    return administrator.post(address, known | entered).status_code


def test_an_administrator_changes_a_role_and_makes_no_superuser(
    administrator: Client, cast: Cast
) -> None:
    clerk = staff("support", cast.biller)
    powers = {"groups": pk_of("finance"), "billers": cast.biller.pk, "is_superuser": "on"}
    assert change(administrator, clerk, **powers) == 302
    clerk.refresh_from_db()
    assert not clerk.is_superuser
    assert [group.name for group in clerk.groups.all()] == ["finance"]


def test_who_gets_another_address_signs_in_with_it_however_it_was_written(
    administrator: Client, cast: Cast
) -> None:
    clerk = staff("support", cast.biller)
    powers = {"groups": pk_of("support"), "billers": cast.biller.pk}
    assert change(administrator, clerk, email=" New.Clerk@Example.com ", **powers) == 302
    clerk.refresh_from_db()
    assert clerk.email == "new.clerk@example.com"
    entered = {"username": "New.Clerk@Example.com", "password": STAFF_PASSWORD}
    assert Client().post("/admin/login/", entered).status_code == 302


def test_an_address_that_dns_cannot_have_is_refused(administrator: Client, cast: Cast) -> None:
    clerk = staff("support", cast.biller)
    assert change(administrator, clerk, email="clerk@ß❤.example", billers=cast.biller.pk) == 200
    assert User.objects.get(pk=clerk.pk).email == clerk.email


def test_an_address_in_use_is_refused_and_ones_own_is_not(
    administrator: Client, cast: Cast
) -> None:
    clerk, powers = staff("support", cast.biller), {"billers": cast.biller.pk}
    address = f"/admin/accounts/staffuser/{clerk.pk}/change/"
    entered = {"email": "Administrator@springfield-water.example", "language": "en", **powers}
    answer = administrator.post(address, entered)
    assert "A staff user with this email already exists" in answer.content.decode()
    assert change(administrator, clerk, email=clerk.email.upper(), **powers) == 302
    assert User.objects.get(pk=clerk.pk).email == clerk.email


def test_who_works_for_another_biller_too_is_seen_and_not_changed(
    administrator: Client, cast: Cast
) -> None:
    both = staff("support", cast.biller)
    both.billers.add(other_biller())
    page = administrator.get(f"/admin/accounts/staffuser/{both.pk}/change/").content.decode()
    assert "Springfield Water" in page
    assert "Shelbyville Power" not in page
    assert change(administrator, both, email="mine@example.com") == 403
    password = {"password1": NEW, "password2": NEW}
    address = f"/admin/accounts/staffuser/{both.pk}/password/"
    assert administrator.post(address, password).status_code == 403
    assert User.objects.get(pk=both.pk).check_password(STAFF_PASSWORD)


@pytest.mark.parametrize("power", ["is_superuser", "user_permissions", "another role"])
def test_who_can_do_more_is_not_changed(administrator: Client, cast: Cast, power: str) -> None:
    more = staff("support", cast.biller)
    if power == "is_superuser":
        more.is_superuser = True
        more.save()
    elif power == "user_permissions":
        more.user_permissions.add(Permission.objects.get(codename="add_biller"))
    else:
        more.groups.add(Group.objects.create(name="auditors"))
    # A superuser is not even seen: as if there were nobody, which leads to the first page.
    assert change(administrator, more, email="mine@example.com") in {403, 302}
    assert User.objects.get(pk=more.pk).email == "support@springfield-water.example"


def test_support_and_finance_make_nobody(client: Client, cast: Cast) -> None:
    for role in ("support", "finance"):
        client.force_login(staff(role, cast.biller))
        assert client.get("/admin/accounts/staffuser/add/").status_code == 403


def test_every_permission_of_the_table_exists(db: None) -> None:
    for name, role in ROLES.items():
        given = Group.objects.get(name=name).permissions.select_related("content_type")
        assert {f"{one.content_type.app_label}.{one.codename}" for one in given} == role


def test_each_migrate_brings_the_roles_up_to_the_table(db: None) -> None:
    support = Group.objects.get(name="support")
    support.permissions.set(Permission.objects.filter(codename="delete_staffuser"))
    call_command("migrate", verbosity=0)
    assert not support.permissions.filter(codename="delete_staffuser").exists()
    assert support.permissions.count() == len(ROLES["support"])


def test_staff_are_not_saved_without_a_biller_unless_they_are_superusers(
    client: Client, cast: Cast
) -> None:
    client.force_login(User.objects.create_superuser("boss@example.com"))
    assert "Choose at least one biller" in make(client, groups=pk_of("support"))
    assert not User.objects.filter(email="clerk@example.com").exists()
    clerk = staff("support", cast.biller)
    assert change(client, clerk, is_staff="on") == 200
    assert list(clerk.billers.all()) == [cast.biller]
    assert change(client, clerk, is_staff="on", is_superuser="on") == 302
    clerk.refresh_from_db()
    assert clerk.is_superuser
    assert not clerk.billers.exists()


def test_a_filter_does_not_tell_for_whom_else_somebody_works(
    administrator: Client, cast: Cast
) -> None:
    elsewhere = other_biller()
    staff("support", cast.biller).billers.add(elsewhere)
    for lookup in ("billers", "billers__id__exact", "billers__name__startswith"):
        answer = administrator.get("/admin/accounts/staffuser/", {lookup: elsewhere.pk})
        assert answer.status_code == 400, lookup


def test_staff_without_a_biller_see_nobodys_customers(client: Client, cast: Cast) -> None:
    client.force_login(staff("support"))
    assert Biller.objects.exists()
    page = client.get("/admin/accounts/member/").content.decode()
    assert "laundry@example.com" not in page
