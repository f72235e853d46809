"""Members and staff users share a table, and nobody is both."""

import pytest
from django.db import IntegrityError

from accounts.models import Member, StaffUser, User
from icsso.billers.models import Biller

EMAIL = "both@example.com"


def test_a_member_belongs_to_a_biller(db: None) -> None:
    with pytest.raises(TypeError, match="biller"):
        Member.objects.create_user(EMAIL)


def test_no_member_becomes_a_superuser(biller: Biller) -> None:
    with pytest.raises(TypeError, match="StaffUser"):
        Member.objects.create_superuser(EMAIL, biller=biller)


@pytest.mark.parametrize("power", ["is_staff", "is_superuser"])
def test_the_database_refuses_staff_with_a_biller(biller: Biller, power: str) -> None:
    with pytest.raises(IntegrityError, match="staff_belong_to_no_biller"):
        User.objects.create(email=EMAIL, biller=biller, **{power: True})


def test_each_manager_finds_its_own_kind_only(biller: Biller) -> None:
    member = Member.objects.create_user(EMAIL, biller=biller)
    staff = StaffUser.objects.create_superuser(EMAIL)
    assert list(Member.objects.all()) == [member]
    assert list(StaffUser.objects.all()) == [staff]
    assert {type(user.as_proxy()) for user in User.objects.all()} == {Member, StaffUser}
