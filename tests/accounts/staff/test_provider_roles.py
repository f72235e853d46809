"""Roles that the identity provider gives and takes, and whom it means across registrations."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.models import SecondFactor, StaffIdentity, StaffInvitation, StaffUser, User
from accounts.staff import invitations
from accounts.staff.sign_on import identity
from icsso.billers.identity_provider.models import IdentityProvider
from tests.accounts.staff.providers import LyingProvider
from tests.accounts.staff.test_confirmed_email import ENTRA, TENANT
from tests.cast import Cast, other_biller, staff

MEMBERS = "/admin/accounts/member/"
NEW = "new@springfield-water.example"


@pytest.fixture
def clerk(cast: Cast, liar: LyingProvider) -> StaffUser:
    IdentityProvider.objects.update(role_claim="roles")
    return StaffUser.objects.get(pk=staff("support", cast.biller).pk)


def roles_of(person: User) -> list[str]:
    return sorted(person.groups.values_list("name", flat=True))


def signed_on(liar: LyingProvider, roles: list[str]) -> tuple[Client, int]:
    client = Client()
    liar.forged["roles"] = roles
    return client, liar.sign_on(client).status_code


def test_they_are_set_at_each_sign_in(liar: LyingProvider, clerk: StaffUser) -> None:
    assert signed_on(liar, ["finance", "everything"])[1] == 302
    assert roles_of(clerk) == ["finance"]
    assert signed_on(liar, ["administrator", "support"])[1] == 302
    assert roles_of(clerk) == ["administrator", "support"]


def test_who_has_lost_them_there_has_lost_them_here(liar: LyingProvider, clerk: StaffUser) -> None:
    before, _status = signed_on(liar, ["support"])
    assert before.get(MEMBERS).status_code == 200
    assert signed_on(liar, ["everything"])[1] == 403
    assert roles_of(clerk) == []
    assert before.get(MEMBERS).status_code == 302  # signed out


def test_roles_lost_there_are_lost_here_at_the_first_sign_in(
    liar: LyingProvider, clerk: StaffUser
) -> None:
    assert signed_on(liar, [])[1] == 403
    assert roles_of(clerk) == []


def test_those_of_people_who_work_for_others_too_stay(
    liar: LyingProvider, clerk: StaffUser
) -> None:
    clerk.billers.add(other_biller())
    assert signed_on(liar, ["administrator"])[1] == 302
    assert signed_on(liar, [])[1] == 302
    assert roles_of(clerk) == ["support"]


@pytest.fixture
def invitation(cast: Cast, clerk: StaffUser) -> StaffInvitation:
    boss = staff("administrator", cast.biller)
    invitation = StaffInvitation.objects.create(email=NEW, invited_by_id=boss.pk)
    invitation.billers.add(cast.biller)
    invitation.roles.add(Group.objects.get(name="finance"))
    invitation.new_link()
    return invitation


def test_a_refused_sign_in_uses_up_no_invitation(
    liar: LyingProvider, invitation: StaffInvitation
) -> None:
    liar.forged["email"] = NEW
    assert signed_on(liar, [])[1] == 403
    assert not StaffUser.objects.filter(email=NEW).exists()
    assert StaffInvitation.objects.open().exists()
    assert signed_on(liar, ["support"])[1] == 302
    assert roles_of(StaffUser.objects.get(email=NEW)) == ["support"]


def test_an_identity_of_another_person_uses_up_no_invitation(
    liar: LyingProvider, invitation: StaffInvitation, clerk: StaffUser
) -> None:
    signed_on(liar, ["support"])
    StaffUser.objects.filter(pk=clerk.pk).update(is_active=False)
    liar.forged["email"] = NEW
    assert signed_on(liar, ["support"])[1] == 403
    assert not StaffUser.objects.filter(email=NEW).exists()
    assert StaffInvitation.objects.open().exists()


def test_who_is_taken_back_starts_anew(
    cast: Cast, liar: LyingProvider, invitation: StaffInvitation
) -> None:
    former = StaffUser.objects.create_staff(NEW, billers=[cast.biller])
    former.user_permissions.add(Permission.objects.get(codename="add_biller"))
    SecondFactor.objects.create(user=former, key="of an earlier phone")
    StaffIdentity.objects.create(user=former, issuer=liar.issuer, subject="former")
    former.billers.clear()
    StaffUser.objects.filter(pk=former.pk).update(is_active=False)
    person = invitations.accept_as_new(invitation, "a-new-password-1")
    assert person == former
    assert not person.has_perm("icsso.add_biller")
    assert not StaffIdentity.objects.filter(user=former).exists()
    assert not SecondFactor.objects.exists()


def test_by_the_same_identity_as_well(
    cast: Cast, liar: LyingProvider, invitation: StaffInvitation
) -> None:
    liar.forged["email"] = NEW
    signed_on(liar, ["support"])
    person = StaffUser.objects.get(email=NEW)
    person.billers.clear()
    StaffUser.objects.filter(pk=person.pk).update(is_active=False)
    assert signed_on(liar, ["support"])[1] == 403
    StaffInvitation.objects.update(accepted_at=None, confirmed_at=None, person=None)
    assert signed_on(liar, ["support"])[1] == 302


def test_another_client_id_may_have_another_subject(liar: LyingProvider, clerk: StaffUser) -> None:
    """As with providers whose subjects are pairwise: a new registration locks nobody out."""
    signed_on(liar, ["support"])
    IdentityProvider.objects.update(client_id="portal-2")
    liar.forged.update(sub="clerk-1-of-the-new-one", aud="portal-2")
    assert signed_on(liar, ["support"])[1] == 302
    assert StaffIdentity.objects.filter(user=clerk).count() == 2


def test_entras_object_id_is_the_same_for_every_client_id() -> None:
    first = IdentityProvider(issuer=ENTRA, client_id="one")
    second = IdentityProvider(issuer=ENTRA, client_id="two")
    claims = {"sub": "pairwise", "oid": "the-same", "tid": TENANT}
    assert identity(first, claims) == identity(second, {**claims, "sub": "another"})
    assert identity(first, {"sub": "pairwise"})["client_id"] == "one"
