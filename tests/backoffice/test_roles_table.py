"""docs/roles.md says which page needs which permission: of every page there is, as it stands."""

from pathlib import Path

import pytest
from django.contrib.admin import site
from django.core.management import CommandError, call_command
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from pytest_django.fixtures import Settings

from accounts.admin.members import MemberAdmin
from backoffice.admin_base import ScopedModelAdmin
from backoffice.management.roles_table import pages_besides_records, tables

# The site's own pages, which show nothing of a biller: for every staff user.
OF_ALL_STAFF = {
    "/admin/",
    "/admin/<app_label>/",
    "/admin/<url>",
    "/admin/autocomplete/",
    "/admin/invitation/",
    "/admin/invitation/<secret>/",
    "/admin/invitation/new-link/",
    "/admin/jsi18n/",
    "/admin/login/",
    "/admin/logout/",
    "/admin/my-settings/",
    "/admin/password_change/",
    "/admin/password_change/done/",
    "/admin/r/<content_type_id>/<object_id>/",
    "/admin/second-factor/",
    "/admin/second-factor/codes/",
    "/admin/second-factor/leave/",
    "/admin/second-factor/set-up/",
    "/admin/password/<key>/<token>/",
    "/admin/single-sign-on/",
    "/admin/single-sign-on/callback/",
}


def undecorated(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@pytest.fixture
def new_page(monkeypatch: pytest.MonkeyPatch) -> str:
    """A page that somebody added without a permission."""
    usual = MemberAdmin.get_urls
    added = path("new/", site.admin_view(undecorated))
    monkeypatch.setattr(MemberAdmin, "get_urls", lambda self: [added, *usual(self)])
    return "/admin/accounts/member/new/"


def without_permission() -> set[str]:
    return {page.address for page in pages_besides_records() if not page.permissions}


def test_the_tables_in_the_docs_are_fresh() -> None:
    call_command("roles_table", check=True)


def test_every_page_but_the_sites_own_names_a_permission() -> None:
    assert without_permission() == OF_ALL_STAFF


def test_a_page_without_a_permission_is_noticed(new_page: str) -> None:
    assert without_permission() == {*OF_ALL_STAFF, new_page}
    with pytest.raises(CommandError, match="out of date"):
        call_command("roles_table", check=True)


def test_every_tool_names_the_permission_of_its_page() -> None:
    needed = {page.address: page.permissions for page in pages_besides_records()}
    scoped = [each for each in site._registry.values() if isinstance(each, ScopedModelAdmin)]
    for tool in [tool for model_admin in scoped for tool in model_admin.tools]:
        address = reverse(f"admin:{tool.view}")
        assert needed.get(address, (tool.permission,)) == (tool.permission,), address


def test_the_command_writes_between_its_markers_only(tmp_path: Path, settings: Settings) -> None:
    page = Path(settings.BASE_DIR, "docs", "roles.md").read_text()
    (tmp_path / "docs").mkdir()
    copy = tmp_path / "docs" / "roles.md"
    copy.write_text(page.replace("`accounts/member`", "`accounts/nobody`"))
    settings.BASE_DIR = tmp_path
    call_command("roles_table")
    assert copy.read_text() == page


def test_what_nobody_can_do_differs_from_what_superusers_can() -> None:
    rows = {line.split("|")[1].strip(" `"): line for line in tables().splitlines() if line}
    account = rows["accounts/utilityaccount"]
    assert account.endswith("| administrator | administrator | superuser |")
    assert rows["accounts/member"].endswith("| – | administrator | – |")  # erased instead
    assert rows["payments/payment"].endswith("| – | – | – |")
