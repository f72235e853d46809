"""Single sign-on of staff, by a real OpenID provider: who is let in, to what, with which codes."""

from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import SecondFactor, StaffIdentity, StaffInvitation, StaffUser, User
from backoffice.audit.events import Event
from icsso.billers.identity_provider.models import IdentityProvider, Use
from icsso.billers.models import Biller
from tests.accounts.mfa.test_staff import set_up as set_up_codes
from tests.accounts.staff import providers
from tests.accounts.staff.conftest import set_up
from tests.accounts.staff.providers import START, at_provider, sign_on
from tests.cast import STAFF_PASSWORD, Cast, other_biller, staff

CLERK = "support@springfield-water.example"
CLAIMS = {"sub": "clerk-1", "email": CLERK, "email_verified": True}
MEMBERS = "/admin/accounts/member/"


@pytest.fixture
def clerk(cast: Cast) -> User:
    return staff("support", cast.biller)


def is_in(client: Client) -> bool:
    return client.get(MEMBERS).status_code == 200


def said(answer: Any) -> str:
    return str(answer.content.decode()).replace("<wbr>", "")


def test_the_sign_in_page_offers_it(client: Client, provider: IdentityProvider) -> None:
    page = said(client.get("/admin/login/?next=/admin/accounts/member/"))
    assert "Sign in with Springfield&#x27;s directory" in page
    assert "/admin/single-sign-on/?next=/admin/accounts/member/" in page
    elsewhere = Client(headers={"host": "power.localhost"})
    other_biller()
    assert "Sign in with" not in said(elsewhere.get("/admin/login/"))


def test_a_staff_user_signs_in(client: Client, provider: IdentityProvider, clerk: User) -> None:
    client.get("/admin/login/")
    before = client.session.session_key
    address = client.get(f"{START}?next={MEMBERS}")["Location"]
    assert "code_challenge_method=S256" in address
    begun = client.session.session_key
    answer = client.get(at_provider(address, CLAIMS))
    assert answer.status_code == 302
    assert answer["Location"] == MEMBERS
    assert is_in(client)
    assert client.session.session_key not in {before, begun}
    assert LogEntry.objects.filter(additional_data__event=Event.SIGNED_IN, actor=clerk).exists()
    kept = repr(dict(client.session.items()))
    assert "verifier" not in kept
    assert "nonce" not in kept


def test_afterward_found_by_the_subject_with_any_allowed_address(
    client: Client, provider: IdentityProvider, clerk: User
) -> None:
    sign_on(client, CLAIMS)
    assert StaffIdentity.objects.get(user=clerk.pk).subject == "clerk-1"
    again = Client()
    renamed = {**CLAIMS, "email": "renamed@springfield-water.example"}
    assert sign_on(again, renamed).status_code == 302
    assert is_in(again)


@pytest.mark.parametrize("claims", [{"email": "x@elsewhere.example"}, {"email_verified": False}])
def test_addresses_are_checked_at_every_sign_in(
    client: Client, provider: IdentityProvider, clerk: User, claims: dict[str, Any]
) -> None:
    sign_on(Client(), CLAIMS)
    assert sign_on(client, {**CLAIMS, **claims}).status_code == 403
    assert not is_in(client)


def test_a_domain_that_is_no_longer_allowed_opens_nothing(
    client: Client, provider: IdentityProvider, clerk: User
) -> None:
    sign_on(Client(), CLAIMS)
    IdentityProvider.objects.update(allowed_domains="other.example")
    assert sign_on(client, CLAIMS).status_code == 403
    assert not is_in(client)


def test_an_address_that_has_changed_hands_lets_nobody_in(
    client: Client, provider: IdentityProvider, clerk: User
) -> None:
    sign_on(client, CLAIMS)
    successor = Client()
    assert sign_on(successor, {**CLAIMS, "sub": "clerk-2"}).status_code == 403
    assert not is_in(successor)


def test_an_administrator_lets_a_new_identity_be_linked(
    client: Client, provider: IdentityProvider, clerk: User, cast: Cast
) -> None:
    sign_on(client, CLAIMS)
    address = f"/admin/accounts/staffuser/{clerk.pk}/forget-identity/"
    stranger = Client()
    stranger.force_login(staff("administrator", other_biller()))
    assert stranger.post(address, {"seen": "[]"}).status_code == 404
    boss = Client()
    boss.force_login(staff("administrator", cast.biller))
    assert boss.post(address, {"seen": "[]"}).status_code == 302
    assert sign_on(Client(), {**CLAIMS, "sub": "clerk-2"}).status_code == 302
    assert boss.post(address, {"seen": "[]"}).status_code == 302
    assert boss.post(address, {"seen": "[]"}).status_code == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": "support@elsewhere.example"},
        {"email": f"{CLERK}.elsewhere.example"},
        {"email": "nonsense"},
    ],
)
def test_an_address_that_is_not_confirmed_or_allowed_lets_nobody_in(
    client: Client, provider: IdentityProvider, clerk: User, claims: dict[str, Any]
) -> None:
    answer = sign_on(client, {**CLAIMS, **claims})
    assert answer.status_code == 403
    assert "work account" in said(answer)
    assert not is_in(client)


def test_who_was_not_invited_is_not_let_in_and_not_created(
    client: Client, provider: IdentityProvider
) -> None:
    answer = sign_on(client, {**CLAIMS, "email": "nobody@springfield-water.example"})
    assert answer.status_code == 403
    assert "invite you" in said(answer)
    assert not StaffUser.objects.exists()
    failed = LogEntry.objects.get(additional_data__event=Event.SIGN_ON_FAILED)
    assert "nobody@" not in str(failed.additional_data)


def test_who_was_invited_accepts_by_it(
    client: Client, provider: IdentityProvider, cast: Cast
) -> None:
    boss = StaffUser.objects.get(pk=staff("administrator", cast.biller).pk)
    invitation = StaffInvitation.objects.create(email="new@springfield-water.example")
    StaffInvitation.objects.update(invited_by=boss)
    invitation.billers.add(cast.biller)
    invitation.roles.add(Group.objects.get(name="finance"))
    secret = invitation.new_link()
    page = said(client.get(f"/admin/invitation/{secret}/"))
    assert "Sign in with Springfield&#x27;s directory" in page
    assert sign_on(client, {**CLAIMS, "email": invitation.email}).status_code == 302
    person = StaffUser.objects.get(email=invitation.email)
    assert not person.has_usable_password()
    assert [group.name for group in person.groups.all()] == ["finance"]
    assert client.get("/admin/payments/payment/").status_code == 200
    assert Client().get(f"/admin/invitation/{secret}/").status_code == 410


def test_a_provider_accepts_no_invitation_to_billers_that_do_not_use_it(
    client: Client, provider: IdentityProvider, cast: Cast
) -> None:
    boss = User.objects.create_superuser("boss@example.com")
    invitation = StaffInvitation.objects.create(
        email="new@springfield-water.example", invited_by_id=boss.pk
    )
    elsewhere = other_biller()
    invitation.billers.set([cast.biller, elsewhere])
    answer = sign_on(client, {**CLAIMS, "email": invitation.email})
    assert answer.status_code == 403
    set_up(elsewhere, provider.issuer)
    assert sign_on(Client(), {**CLAIMS, "email": invitation.email}).status_code == 302


@pytest.mark.parametrize("who", ["superuser", "inactive", "of another biller", "may more"])
def test_for_whom_the_provider_may_not_vouch(
    client: Client, provider: IdentityProvider, clerk: User, who: str
) -> None:
    """One biller's administrators set up the provider: they must not be able to sign in as somebody
    who can do more."""
    strangers = Client()
    unknown = said(sign_on(strangers, {**CLAIMS, "email": f"x{CLERK}"}))
    if who == "superuser":
        User.objects.filter(pk=clerk.pk).update(is_superuser=True)
    elif who == "inactive":
        User.objects.filter(pk=clerk.pk).update(is_active=False)
    elif who == "of another biller":
        clerk.billers.set([other_biller()])
    else:
        clerk.user_permissions.add(Permission.objects.get(codename="add_biller"))
    answer = sign_on(client, CLAIMS)
    assert answer.status_code == 403
    assert said(answer) == unknown
    assert not is_in(client)
    assert not StaffIdentity.objects.exists()


class TestSomebodyOfTwoBillers:
    """A provider opens the billers that use it, and no others."""

    @pytest.fixture
    def elsewhere(self, clerk: User) -> Biller:
        elsewhere = other_biller()
        clerk.billers.add(elsewhere)
        return elsewhere

    def billers(self, client: Client) -> set[str]:
        page = said(client.get("/admin/my-settings/"))
        return {name for name in ("Springfield Water", "Shelbyville Power") if name in page}

    def test_sees_the_one_that_has_it(
        self, client: Client, provider: IdentityProvider, elsewhere: Biller
    ) -> None:
        sign_on(client, CLAIMS)
        assert self.billers(client) == {"Springfield Water"}

    def test_sees_both_if_both_use_it(
        self, client: Client, provider: IdentityProvider, elsewhere: Biller
    ) -> None:
        set_up(elsewhere, provider.issuer)
        sign_on(client, CLAIMS)
        assert self.billers(client) == {"Springfield Water", "Shelbyville Power"}

    def test_by_password_sees_those_that_allow_it(
        self, client: Client, provider: IdentityProvider, elsewhere: Biller
    ) -> None:
        entered = {"username": CLERK, "password": STAFF_PASSWORD}
        client.post("/admin/login/", entered)
        assert len(self.billers(client)) == 2
        IdentityProvider.objects.update(use=Use.REQUIRED)
        assert self.billers(client) == {"Shelbyville Power"}

    def test_cannot_replace_the_code_that_protects_the_other(
        self, client: Client, provider: IdentityProvider, elsewhere: Biller
    ) -> None:
        by_password = Client()
        by_password.post("/admin/login/", {"username": CLERK, "password": STAFF_PASSWORD})
        set_up_codes(by_password)
        sign_on(client, CLAIMS, methods="mfa")
        for page in ("/admin/second-factor/set-up/", "/admin/second-factor/codes/"):
            assert client.post(page, {"code": "1"})["Location"] == "/admin/"

    def test_cannot_set_up_the_first_code_either(
        self, client: Client, provider: IdentityProvider, elsewhere: Biller, settings: Settings
    ) -> None:
        """The code would belong to whoever administers the provider, although it protects the other
        biller too."""
        settings.STAFF_SECOND_FACTOR = True
        page = client.get(sign_on(client, CLAIMS)["Location"], follow=True)
        assert page.request["PATH_INFO"] == "/admin/second-factor/set-up/"
        assert "sign in with your password" in said(page)
        assert "<code>" not in said(page)
        assert client.post("/admin/second-factor/set-up/", {"code": "1"}).status_code == 200
        assert not SecondFactor.objects.exists()

    def test_sets_it_up_by_password_even_where_one_biller_requires_single_sign_on(
        self, client: Client, provider: IdentityProvider, elsewhere: Biller, settings: Settings
    ) -> None:
        settings.STAFF_SECOND_FACTOR = True
        IdentityProvider.objects.update(use=Use.REQUIRED)
        client.post("/admin/login/", {"username": CLERK, "password": STAFF_PASSWORD})
        assert set_up_codes(client)


def test_required_it_ends_passwords_but_not_a_superusers(
    client: Client, provider: IdentityProvider, clerk: User
) -> None:
    IdentityProvider.objects.update(use=Use.REQUIRED)
    entered = {"username": CLERK, "password": STAFF_PASSWORD}
    wrong = said(client.post("/admin/login/", {**entered, "password": "wrong"}))
    answer = client.post("/admin/login/", entered)
    assert answer.status_code == 200
    tokens = {"csrfmiddlewaretoken"}
    assert [line for line in said(answer).split("\n") if not any(t in line for t in tokens)] == [
        line for line in wrong.split("\n") if not any(t in line for t in tokens)
    ]
    assert not is_in(client)
    User.objects.create_superuser("boss@example.com", STAFF_PASSWORD)
    boss = {"username": "boss@example.com", "password": STAFF_PASSWORD}
    assert client.post("/admin/login/", boss).status_code == 302
    assert sign_on(Client(), CLAIMS).status_code == 302


class TestTheSecondFactor:
    @pytest.fixture(autouse=True)
    def _demanded(self, settings: Settings) -> None:
        settings.STAFF_SECOND_FACTOR = True

    @pytest.mark.parametrize("methods", ["mfa", "pwd otp", "pwd hwk"])
    def test_counts_if_the_provider_asked_for_one(
        self, client: Client, provider: IdentityProvider, clerk: User, methods: str
    ) -> None:
        sign_on(client, CLAIMS, methods=methods)
        assert is_in(client)

    @pytest.mark.parametrize("methods", ["", "pwd", "pwd rba", "swk"])
    def test_is_asked_for_here_otherwise(
        self, client: Client, provider: IdentityProvider, clerk: User, methods: str
    ) -> None:
        answer = sign_on(client, CLAIMS, methods=methods)
        assert not is_in(client)
        page = client.get(answer["Location"], follow=True)
        assert page.request["PATH_INFO"] == "/admin/second-factor/set-up/"
        assert set_up_codes(client)
        assert is_in(client)

    def test_is_not_carried_to_the_next_sign_in(
        self, client: Client, provider: IdentityProvider, clerk: User
    ) -> None:
        sign_on(client, CLAIMS, methods="mfa")
        sign_on(client, CLAIMS)
        assert not is_in(client)
        client.post("/admin/login/", {"username": CLERK, "password": STAFF_PASSWORD})
        assert not is_in(client)


def test_who_cancels_reads_so(client: Client, provider: IdentityProvider, clerk: User) -> None:
    answer = sign_on(client, CLAIMS, refuse="yes")
    assert answer.status_code == 403
    assert "canceled" in said(answer)


def test_an_answer_is_used_once_and_in_the_browser_that_asked(
    client: Client, provider: IdentityProvider, clerk: User
) -> None:
    back = at_provider(client.get(START)["Location"], CLAIMS)
    assert Client().get(back).status_code == 403
    assert client.get(back).status_code == 302
    client.post("/admin/logout/")
    assert client.get(back).status_code == 403
    assert not is_in(client)


def test_the_provider_changed_meanwhile(
    client: Client, provider: IdentityProvider, clerk: User
) -> None:
    back = at_provider(client.get(START)["Location"], CLAIMS)
    IdentityProvider.objects.update(issuer="https://another.example")
    assert client.get(back).status_code == 403


def test_sessions_see_nothing_once_it_is_off(
    client: Client, provider: IdentityProvider, clerk: User
) -> None:
    sign_on(client, CLAIMS)
    assert "laundry@example.com" in said(client.get(MEMBERS))
    IdentityProvider.objects.update(use=Use.OFF)
    assert "laundry@example.com" not in said(client.get(MEMBERS))
    assert client.get(START)["Location"] == "/admin/login/"


def test_nothing_secret_is_logged(
    client: Client,
    provider: IdentityProvider,
    clerk: User,
    caplog: pytest.LogCaptureFixture,
) -> None:
    back = at_provider(client.get(START)["Location"], CLAIMS)
    client.get(back)
    code = back.partition("code=")[2].partition("&")[0]
    assert code
    words = caplog.text + repr([vars(record) for record in caplog.records])
    for secret in (code, providers.CLIENT_SECRET, "clerk-1"):
        assert secret not in words.replace(repr(client), "")
