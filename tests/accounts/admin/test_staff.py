"""Staff of a biller: who changes them, and that they always work for one. How they are added:
`tests.accounts.staff`."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import StaffUser, User
from accounts.models.user import NoBiller
from backoffice.roles import ROLES
from icsso.billers.models import Biller
from tests.cast import STAFF_PASSWORD, Cast, other_biller, staff

NEW = "seven boats in the harbour"


def pk_of(role: str) -> int:
    return Group.objects.get(name=role).pk


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
    address = f"/admin/accounts/staffuser/{both.pk}/send-password-link/"
    assert administrator.post(address).status_code == 403
    assert not mail.outbox


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
    clerk = staff("support", cast.biller)
    assert change(client, clerk, is_staff="on") == 200
    assert list(clerk.billers.all()) == [cast.biller]
    assert change(client, clerk, is_staff="on", is_superuser="on") == 302
    clerk.refresh_from_db()
    assert clerk.is_superuser
    assert not clerk.billers.exists()


def test_a_superuser_who_is_none_anymore_needs_a_biller(client: Client, cast: Cast) -> None:
    client.force_login(User.objects.create_superuser("boss@example.com"))
    former = User.objects.create_superuser("former@example.com")
    assert change(client, former, is_staff="on") == 200
    assert User.objects.get(pk=former.pk).is_superuser
    assert change(client, former, is_staff="on", billers=cast.biller.pk) == 302


def test_code_cannot_save_staff_without_a_biller_either(cast: Cast) -> None:
    with pytest.raises(NoBiller):
        StaffUser.objects.create(email="clerk@example.com", is_staff=True)
    with pytest.raises(NoBiller):
        StaffUser.objects.create_staff("clerk@example.com", NEW, billers=[])
    StaffUser.objects.create_staff("clerk@example.com", NEW, billers=[cast.biller])
    StaffUser.objects.create_superuser("boss@example.com", NEW)
    boss = StaffUser.objects.get(email="boss@example.com")
    boss.is_superuser = False
    with pytest.raises(NoBiller):
        boss.save()


@pytest.mark.parametrize("way", ["removed", "cleared", "from the biller", "biller deleted"])
def test_who_loses_the_last_biller_is_deactivated(
    cast: Cast, way: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    biller = other_biller()
    clerk = staff("support", biller)
    with django_capture_on_commit_callbacks(execute=True):
        if way == "removed":
            clerk.billers.remove(biller)
        elif way == "cleared":
            clerk.billers.clear()
        elif way == "from the biller":
            biller.staff.remove(clerk)
        else:
            biller.delete()
    clerk.refresh_from_db()
    assert not clerk.is_active
    assert clerk.signed_out_at


def test_who_gets_another_biller_instead_stays_active(
    cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    clerk = staff("support", cast.biller)
    with django_capture_on_commit_callbacks(execute=True):
        clerk.billers.set([other_biller()])
    clerk.refresh_from_db()
    assert clerk.is_active


def test_without_a_biller_no_password_lets_in(client: Client, cast: Cast) -> None:
    clerk = staff("support")
    entered = {"username": clerk.email, "password": STAFF_PASSWORD}
    assert client.post("/admin/login/", entered).status_code == 200


def test_roles_are_called_roles(administrator: Client, cast: Cast) -> None:
    clerk = staff("support", cast.biller)
    page = administrator.get(f"/admin/accounts/staffuser/{clerk.pk}/change/").content.decode()
    assert "Roles" in page
    assert "Groups" not in page


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
    page = client.get("/admin/accounts/member/").content.decode().replace("<wbr>", "")
    assert "laundry@example.com" not in page
