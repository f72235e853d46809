"""The first page of the admin: what an operator may do, above the lists."""

import pytest
from django.contrib.admin import site
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.admin.utility_accounts import UtilityAccountAdmin
from backoffice.admin_base import Tool
from tests.cast import STAFF_PASSWORD, Cast, staff
from tests.looks import assert_accessible


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Tool:
    """One more than there are, for who may change members."""
    added = Tool("Count the meters", "accounts_utilityaccount_changelist", "accounts.change_member")
    tools = (*UtilityAccountAdmin.tools, added)
    monkeypatch.setattr(UtilityAccountAdmin, "tools", tools)
    return added


def first_page(client: Client, cast: Cast, role: str) -> str:
    client.force_login(staff(role, cast.biller))
    return client.get("/admin/").content.decode()


def test_a_tool_stands_above_the_lists(client: Client, cast: Cast, tool: Tool) -> None:
    page = first_page(client, cast, "administrator")
    link = '<a href="/admin/accounts/utilityaccount/">Count the meters</a>'
    assert page.index(link) < page.index('id="content-main"')


def test_who_may_not_open_it_does_not_see_it(client: Client, cast: Cast, tool: Tool) -> None:
    assert "Count the meters" not in first_page(client, cast, "support")


def test_every_tool_leads_to_a_page_that_opens(client: Client, cast: Cast) -> None:
    client.force_login(staff("administrator", cast.biller))
    groups = client.get("/admin/").context["tools"]
    for link in [link for _group, links in groups for link in links]:
        assert client.get(link.address).status_code == 200, link


def test_every_tool_has_a_page_and_a_permission_of_a_role(db: None) -> None:
    tools = [tool for one in site._registry.values() for tool in getattr(one, "tools", ())]
    assert all(tool.permission.count(".") == 1 for tool in tools)


def test_looks(page: Page, cast: Cast, tool: Tool) -> None:
    clerk = staff("administrator", cast.biller)
    page.goto("/admin/")
    assert_accessible(page)
    page.get_by_label("Email").fill(clerk.email)
    page.get_by_label("Password").fill(STAFF_PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("link", name="Count the meters")).to_be_visible()
    assert_accessible(page)
