"""Inviting staff: by an email with a link, that the invited person alone can use, and once."""

import re
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from accounts.models import StaffInvitation, StaffUser, User
from accounts.staff import invitations
from icsso.billers.models import Biller
from tests.cast import STAFF_PASSWORD, Cast, other_biller, staff

LIST = "/admin/accounts/staffinvitation/"
CLERK = "clerk@springfield-water.example"
NEW = "seven boats in the harbour"
Capture = DjangoCaptureOnCommitCallbacks


def pk_of(role: str) -> int:
    return Group.objects.get(name=role).pk


def invite(client: Client, capture: Capture, *billers: Biller, role: str = "support") -> str:
    entered = {"email": CLERK, "roles": pk_of(role), "billers": [one.pk for one in billers]}
    with capture(execute=True):
        answer = client.post(f"{LIST}add/", {**entered, "language": "en"}, follow=True)
    return answer.content.decode()


def link() -> str:
    """The path that the last email leads to."""
    found = re.search(r"https?://[^/]+(/admin/invitation/[\w-]+/)", str(mail.outbox[-1].body))
    assert found
    return found[1]


@pytest.fixture
def invited(administrator: Client, cast: Cast, django_capture_on_commit_callbacks: Capture) -> str:
    invite(administrator, django_capture_on_commit_callbacks, cast.biller)
    return link()


def accept(path: str, password: str = NEW, client: Client | None = None) -> Client:
    client = client or Client()
    client.post(path, {"password": password})
    return client


def test_an_invited_person_chooses_a_password_and_is_signed_in(invited: str, cast: Cast) -> None:
    assert mail.outbox[-1].to == [CLERK]
    assert not StaffUser.objects.filter(email=CLERK).exists()
    page = Client().get(invited).content.decode()
    assert "Springfield Water" in page
    assert CLERK in page
    clerk = accept(invited)
    person = StaffUser.objects.get(email=CLERK)
    assert [group.name for group in person.groups.all()] == ["support"]
    assert list(person.billers.all()) == [cast.biller]
    assert clerk.get("/admin/").status_code == 200
    entered = {"username": CLERK, "password": NEW}
    assert Client().post("/admin/login/", entered).status_code == 302


def test_an_invited_person_sets_up_two_step_verification(invited: str, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    answer = Client().post(invited, {"password": NEW}, follow=True)
    assert answer.request["PATH_INFO"] == "/admin/second-factor/set-up/"


def test_the_list_says_who_is_invited(administrator: Client, invited: str) -> None:
    page = administrator.get("/admin/accounts/staffuser/").content.decode()
    assert CLERK in page
    assert "invited" in administrator.get(LIST).content.decode()
    accept(invited)
    assert "accepted" in administrator.get(LIST).content.decode()


def test_a_link_works_once(invited: str) -> None:
    accept(invited)
    answer = Client().post(invited, {"password": "another fine password"})
    assert answer.status_code == 410
    assert StaffUser.objects.get(email=CLERK).check_password(NEW)


def test_a_link_works_for_72_hours(invited: str) -> None:
    StaffInvitation.objects.update(link_sent_at=timezone.now() - timedelta(hours=73))
    assert Client().get(invited).status_code == 410
    accept(invited)
    assert not StaffUser.objects.filter(email=CLERK).exists()


def test_a_weak_password_is_refused(invited: str) -> None:
    page = Client().post(invited, {"password": "springfield"}).content.decode()
    assert "Error" in page
    assert not StaffUser.objects.filter(email=CLERK).exists()


def test_it_is_in_the_audit_log(invited: str) -> None:
    accept(invited)
    about = LogEntry.objects.filter(object_repr=CLERK)
    assert about.filter(actor__email="administrator@springfield-water.example").exists()
    assert not [entry for entry in about if "link_digest" in str(entry.changes)]


def test_a_new_link_goes_to_the_invited_address_alone(invited: str) -> None:
    StaffInvitation.objects.update(link_sent_at=timezone.now() - timedelta(hours=73))
    answers = []
    for email in ("nobody@example.com", CLERK.upper()):
        answer = Client().post("/admin/invitation/new-link/", {"email": email}, follow=True)
        answers.append(re.sub(r'value="[^"]*"', "", answer.content.decode()))
    assert answers[0] == answers[1]
    assert [sent.to for sent in mail.outbox] == [[CLERK], [CLERK]]
    accept(link())
    assert StaffUser.objects.filter(email=CLERK).exists()
    assert Client().get(invited).status_code == 410


def test_a_new_link_leads_to_the_utility_that_invited_wherever_it_was_asked_for(
    invited: str,
) -> None:
    other_biller()
    stranger = Client(headers={"host": "power.localhost"})
    stranger.post("/admin/invitation/new-link/", {"email": CLERK})
    assert "http://localhost/admin/invitation/" in str(mail.outbox[-1].body)


def test_who_has_accepted_gets_no_new_link(invited: str) -> None:
    accept(invited)
    Client().post("/admin/invitation/new-link/", {"email": CLERK})
    assert len(mail.outbox) == 1


def test_new_links_are_not_sent_without_end(invited: str) -> None:
    for _try in range(4):
        Client().post("/admin/invitation/new-link/", {"email": CLERK})
    assert len(mail.outbox) == 2  # one per minute


def act(client: Client, what: str) -> int:
    invitation = StaffInvitation.objects.get()
    return client.post(f"{LIST}{invitation.pk}/{what}/", {"seen": "[]"}).status_code


def test_it_is_sent_again_and_the_link_before_ends(administrator: Client, invited: str) -> None:
    assert act(administrator, "resend") == 302
    assert len(mail.outbox) == 2
    assert Client().get(invited).status_code == 410
    assert Client().get(link()).status_code == 200


def test_nobody_is_invited_again_and_again(
    administrator: Client, cast: Cast, django_capture_on_commit_callbacks: Capture
) -> None:
    for _try in range(6):
        said = invite(administrator, django_capture_on_commit_callbacks, cast.biller)
        for invitation in StaffInvitation.objects.open():
            administrator.post(f"{LIST}{invitation.pk}/revoke/", {"seen": "[]"})
    assert "invited several times" in said
    assert len(mail.outbox) == 3


def test_it_is_revoked(administrator: Client, invited: str) -> None:
    assert act(administrator, "revoke") == 302
    assert Client().get(invited).status_code == 410
    Client().post("/admin/invitation/new-link/", {"email": CLERK})
    assert len(mail.outbox) == 1
    assert act(administrator, "resend") == 403


@pytest.mark.parametrize("what", ["deactivated", "demoted", "at another biller"])
def test_who_could_no_longer_invite_gives_nothing_anymore(invited: str, what: str) -> None:
    boss = StaffUser.objects.get(email__startswith="administrator")
    if what == "deactivated":
        StaffUser.objects.filter(pk=boss.pk).update(is_active=False)
    elif what == "demoted":
        boss.groups.clear()
        boss.user_permissions.add(Permission.objects.get(codename="add_staffinvitation"))
    else:
        boss.billers.set([other_biller()])
    assert Client().get(invited).status_code == 410
    accept(invited)
    assert not StaffUser.objects.filter(email=CLERK).exists()


def test_billers_of_others_and_more_than_ones_own_role_are_not_given(
    client: Client, cast: Cast, django_capture_on_commit_callbacks: Capture
) -> None:
    clerk = staff("support", cast.biller)
    clerk.user_permissions.add(Permission.objects.get(codename="add_staffinvitation"))
    client.force_login(clerk)
    capture = django_capture_on_commit_callbacks
    assert "Select a valid choice" in invite(client, capture, cast.biller, role="administrator")
    assert "Select a valid choice" in invite(client, capture, other_biller())
    assert "This field is required" in invite(client, capture)
    assert not StaffInvitation.objects.exists()
    assert mail.outbox == []


def test_nobody_is_invited_twice(
    administrator: Client, invited: str, cast: Cast, django_capture_on_commit_callbacks: Capture
) -> None:
    page = invite(administrator, django_capture_on_commit_callbacks, cast.biller)
    assert "has already been invited" in page
    accept(invited)
    page = invite(administrator, django_capture_on_commit_callbacks, cast.biller)
    assert "already works for these billers" in page


def test_no_password_is_chosen_for_others(administrator: Client) -> None:
    assert administrator.get("/admin/accounts/staffuser/add/").status_code == 403


@pytest.mark.parametrize("role", ["support", "finance"])
def test_support_and_finance_invite_nobody(client: Client, cast: Cast, role: str) -> None:
    client.force_login(staff(role, cast.biller))
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403


def test_staff_of_another_biller_see_no_invitation(invited: str) -> None:
    stranger = Client()
    stranger.force_login(staff("administrator", other_biller()))
    assert CLERK not in stranger.get(LIST).content.decode()
    assert CLERK not in stranger.get("/admin/accounts/staffuser/").content.decode()
    for what in ("resend", "revoke"):
        assert act(stranger, what) == 404


class TestSomebodyOfAnotherBiller:
    """They decide, and until then the inviting administrator learns nothing about them."""

    @pytest.fixture
    def elsewhere(self, db: None) -> Biller:
        return other_biller()

    @pytest.fixture
    def clerk(self, elsewhere: Biller) -> User:
        clerk = staff("support", elsewhere)
        User.objects.filter(pk=clerk.pk).update(email=CLERK)
        return clerk

    def signed_in(self) -> Client:
        client = Client()
        client.post("/admin/login/", {"username": CLERK, "password": STAFF_PASSWORD})
        return client

    def test_accepts_signed_in(self, clerk: User, invited: str, cast: Cast) -> None:
        page = Client().get(invited).content.decode()
        assert "Sign in to accept" in page
        accept(invited)
        assert clerk.billers.count() == 1
        assert User.objects.get(pk=clerk.pk).check_password(STAFF_PASSWORD)
        client = self.signed_in()
        assert client.post(invited).status_code == 302
        assert set(clerk.billers.all()) == {cast.biller, *clerk.billers.exclude(pk=cast.biller.pk)}
        assert clerk.billers.count() == 2

    def test_looks_like_anybody_else_until_then(
        self, clerk: User, administrator: Client, invited: str
    ) -> None:
        page = administrator.get(LIST).content.decode()
        assert "Shelbyville" not in page
        assert "accepted" not in page
        invitation = StaffInvitation.objects.get()
        page = administrator.get(f"{LIST}{invitation.pk}/change/").content.decode()
        assert "Shelbyville" not in page

    def test_gets_no_other_role_without_a_superuser(
        self,
        clerk: User,
        administrator: Client,
        cast: Cast,
        django_capture_on_commit_callbacks: Capture,
    ) -> None:
        capture = django_capture_on_commit_callbacks
        invite(administrator, capture, cast.biller, role="administrator")
        self.signed_in().post(link())
        assert clerk.billers.count() == 1
        assert [group.name for group in clerk.groups.all()] == ["support"]
        assert "waits for a superuser" in administrator.get(LIST).content.decode()
        assert act(administrator, "confirm") == 403
        boss = Client()
        boss.force_login(User.objects.create_superuser("boss@example.com"))
        page = boss.get(f"{LIST}{StaffInvitation.objects.get().pk}/confirm/").content.decode()
        assert "Shelbyville Power" in page
        seen = re.search(r'name="seen" value="([^"]*)"', page)
        assert seen
        entered = {"seen": seen[1].replace("&quot;", '"')}
        boss.post(f"{LIST}{StaffInvitation.objects.get().pk}/confirm/", entered)
        assert clerk.billers.count() == 2
        assert {group.name for group in clerk.groups.all()} == {"support", "administrator"}

    def test_whose_code_is_missing_accepts_nothing(
        self, clerk: User, invited: str, settings: Settings
    ) -> None:
        settings.STAFF_SECOND_FACTOR = True
        self.signed_in().post(invited)
        assert clerk.billers.count() == 1

    def test_nobody_else_accepts_it(self, clerk: User, invited: str, cast: Cast) -> None:
        other = Client()
        other.force_login(staff("finance", cast.biller))
        assert "another address" in other.get(invited).content.decode()
        other.post(invited)
        assert clerk.billers.count() == 1


def test_who_was_deactivated_is_not_brought_back(invited: str, cast: Cast) -> None:
    clerk = staff("support", cast.biller)
    User.objects.filter(pk=clerk.pk).update(email=CLERK, is_active=False)
    assert Client().get(invited).status_code == 410
    clerk.billers.clear()  # the last biller is gone: a new beginning
    accept(invited)
    back = StaffUser.objects.get(pk=clerk.pk)
    assert back.is_active
    assert back.check_password(NEW)
    assert list(back.billers.all()) == [cast.biller]


def test_two_tabs_accept_it_once(invited: str) -> None:
    invitation = StaffInvitation.objects.get()
    invitations.accept_as_new(invitation, NEW)
    with pytest.raises(invitations.InvitationOver):
        invitations.accept_as_new(invitation, NEW)


def test_the_sign_in_has_no_secret_in_its_address(invited: str, cast: Cast) -> None:
    """It goes on with the invitation that was opened in this browser."""
    clerk = staff("support", other_biller())
    User.objects.filter(pk=clerk.pk).update(email=CLERK)
    own = Client()
    page = own.get(invited).content.decode()
    assert 'href="/admin/login/?next=/admin/invitation/"' in page
    assert invited.rstrip("/").rsplit("/", 1)[1] not in page
    typed = {"username": CLERK, "password": STAFF_PASSWORD}
    own.post("/admin/login/?next=/admin/invitation/", typed)
    assert "Accept the invitation" in own.get("/admin/invitation/").content.decode()
    assert own.post("/admin/invitation/").status_code == 302
    assert cast.biller in clerk.billers.all()
    assert own.get("/admin/invitation/").status_code == 410
    assert Client().get("/admin/invitation/").status_code == 410
