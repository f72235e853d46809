"""The settings of single sign-on in the admin: who makes them, what is refused, what is shown."""

from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from icsso.billers.identity_provider.models import IdentityProvider, Use
from tests.accounts.staff.providers import LyingProvider
from tests.cast import Cast, other_biller, staff

LIST = "/admin/icsso/identityprovider/"
SECRET = "a-secret-that-nobody-may-read"
ENTRA = "https://login.microsoftonline.com/0f4ff1ce-0000-4000-8000-000000000000/v2.0"


def entered(cast: Cast, **changed: Any) -> dict[str, Any]:
    right = {
        "biller": cast.biller.pk,
        "use": Use.OFFERED,
        "name": "Microsoft",
        "issuer": ENTRA,
        "client_id": "portal",
        "new_secret": SECRET,
        "allowed_domains": "Springfield-Water.example\r\n@springfield.example",
        "role_claim": "",
    }
    return {**right, **changed}


def add(client: Client, cast: Cast, **changed: Any) -> str:
    return client.post(f"{LIST}add/", entered(cast, **changed), follow=True).content.decode()


def test_an_administrator_sets_it_up(administrator: Client, cast: Cast) -> None:
    add(administrator, cast)
    provider = IdentityProvider.objects.get()
    assert provider.domains == ["springfield-water.example", "springfield.example"]
    assert provider.client_secret == SECRET
    page = administrator.get(f"{LIST}{provider.pk}/change/").content.decode()
    assert "https://localhost/admin/single-sign-on/callback/" in page
    assert "Set on" in page


def test_the_secret_is_never_shown_or_logged(administrator: Client, cast: Cast) -> None:
    add(administrator, cast)
    provider = IdentityProvider.objects.get()
    page = administrator.get(f"{LIST}{provider.pk}/change/").content.decode()
    assert SECRET not in page
    assert SECRET not in add(administrator, cast, name="")
    assert SECRET not in repr(list(LogEntry.objects.values()))
    assert LogEntry.objects.filter(object_repr__contains="Microsoft").exists()


def change(client: Client, cast: Cast, **changed: Any) -> str:
    provider = IdentityProvider.objects.get()
    address = f"{LIST}{provider.pk}/change/"
    sent = entered(cast, **{"new_secret": "", **changed})
    return client.post(address, sent, follow=True).content.decode()


def test_the_secret_is_kept_and_does_not_go_to_another_server(
    administrator: Client, cast: Cast
) -> None:
    add(administrator, cast)
    change(administrator, cast, name="Entra")
    provider = IdentityProvider.objects.get()
    assert (provider.name, provider.client_secret) == ("Entra", SECRET)
    page = change(administrator, cast, issuer="https://elsewhere.example")
    assert "Enter the client secret" in page
    assert IdentityProvider.objects.get().issuer == ENTRA


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"issuer": "http://id.example"}, "must start with https"),
        ({"issuer": "https://login.microsoftonline.com/common/v2.0"}, "your own tenant ID"),
        ({"allowed_domains": "every*"}, "Enter domains"),
        ({"allowed_domains": ""}, "This field is required"),
        ({"new_secret": ""}, "Enter the client secret"),
    ],
)
def test_wrong_settings_are_refused(
    administrator: Client, cast: Cast, changed: dict[str, str], words: str
) -> None:
    assert words in add(administrator, cast, **changed)
    assert not IdentityProvider.objects.exists()


def required(client: Client, cast: Cast, **changed: Any) -> bool:
    """Requires it, or says that it was refused."""
    IdentityProvider.objects.update(use=Use.OFFERED)
    change(client, cast, **{"use": Use.REQUIRED, "new_secret": "", **changed})
    return IdentityProvider.objects.get().use == Use.REQUIRED


def test_it_is_required_only_by_who_has_used_it(administrator: Client, cast: Cast) -> None:
    assert "Offer it first" in add(administrator, cast, use=Use.REQUIRED)
    add(administrator, cast)
    IdentityProvider.objects.get().note_tried()
    assert not required(administrator, cast)
    session = administrator.session
    session["signed_in_by"] = ENTRA
    session.save()
    assert required(administrator, cast)


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "another"},
        {"new_secret": "another"},
        {"allowed_domains": "nobody.example"},
        {"role_claim": "nosuch"},
    ],
)
def test_other_settings_have_not_been_tried(
    client: Client, cast: Cast, changed: dict[str, str]
) -> None:
    """Nor for a superuser: it would lock out everybody else."""
    client.force_login(User.objects.create_superuser("boss@example.com"))
    add(client, cast)
    assert not required(client, cast)
    IdentityProvider.objects.get().note_tried()
    assert not required(client, cast, **changed)
    assert required(client, cast)
    change(client, cast, **changed)
    assert not required(client, cast, **changed)


def test_the_page_names_who_would_be_locked_out(administrator: Client, cast: Cast) -> None:
    add(administrator, cast)
    elsewhere = other_biller()
    staff("finance", elsewhere)
    more = staff("support", cast.biller)
    more.user_permissions.add(Permission.objects.get(codename="add_biller"))
    IdentityProvider.objects.update(allowed_domains="other.example")
    provider = IdentityProvider.objects.get()
    page = administrator.get(f"{LIST}{provider.pk}/change/").content.decode()
    assert f"{more.email}: has permissions beyond the roles" in page
    assert "administrator@springfield-water.example: the domain" in page
    assert "finance@" not in page
    IdentityProvider.objects.update(allowed_domains="springfield-water.example")
    page = administrator.get(f"{LIST}{provider.pk}/change/").content.decode()
    assert "administrator@springfield-water.example: has not signed in with it yet" in page


def test_not_of_another_biller(administrator: Client, cast: Cast) -> None:
    elsewhere = other_biller()
    assert "Select a valid choice" in add(administrator, cast, biller=elsewhere.pk)
    add(administrator, cast)
    stranger = Client()
    stranger.force_login(staff("administrator", elsewhere))
    provider = IdentityProvider.objects.get()
    listed = stranger.get(LIST).content.decode()
    assert f"{LIST}{provider.pk}/" not in listed
    assert "Nothing here" in listed
    assert stranger.post(f"{LIST}{provider.pk}/check/").status_code == 404


@pytest.mark.parametrize("role", ["support", "finance"])
def test_not_by_other_roles(client: Client, cast: Cast, role: str) -> None:
    client.force_login(staff(role, cast.biller))
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403


def test_the_connection_is_tested(administrator: Client, cast: Cast, settings: Settings) -> None:
    with LyingProvider() as provider:
        settings.DEBUG = True  # http, on this machine
        add(administrator, cast, issuer=provider.issuer)
        address = f"{LIST}{IdentityProvider.objects.get().pk}/check/"
        said = administrator.post(address, {"seen": "[]"}, follow=True).content.decode()
        assert "has 1 key" in said
        provider.document = {"issuer": "https://another.example"}
        said = administrator.post(address, {"seen": "[]"}, follow=True).content.decode()
        assert "writes its issuer in another way" in said
