"""The first page of the back office: what waits, and what can be opened, grouped by job."""

import re

import pytest
from django.contrib.admin import site
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.admin.utility_accounts import UtilityAccountAdmin
from accounts.models import User
from backoffice.admin_base import Tool
from backoffice.navigation import Job, address_of_record
from icsso.billers.models import Biller
from tests.browser.looks import assert_accessible
from tests.cast import STAFF_PASSWORD, Cast, staff

HEIGHTS = "(links) => links.map((link) => link.getBoundingClientRect().height)"


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


def test_a_tool_stands_beside_the_page_and_on_it_instead_of_its_list(
    client: Client, cast: Cast, tool: Tool
) -> None:
    page = first_page(client, cast, "administrator")
    link = '<a href="/admin/accounts/utilityaccount/">Count the meters</a>'
    beside, on_it = page.split('id="content-main"')
    assert link in beside
    assert link in on_it
    assert "Utility accounts" not in on_it


def test_who_may_not_open_it_does_not_see_it(client: Client, cast: Cast, tool: Tool) -> None:
    assert "Count the meters" not in first_page(client, cast, "support")


def test_every_tool_leads_to_a_page_that_opens(client: Client, cast: Cast) -> None:
    client.force_login(staff("administrator", cast.biller))
    groups = client.get("/admin/").context["navigation"]
    assert [group.job for group in groups] == list(Job)
    for entry in [entry for group in groups for entry in group.entries]:
        assert client.get(entry.address).status_code == 200, entry


def test_nothing_that_can_be_opened_is_missing(client: Client, cast: Cast) -> None:
    """A list whose app or model nobody assigned to a job is among the records."""
    client.force_login(User.objects.create_superuser("boss@example.com"))
    page = client.get("/admin/")
    there = {entry.address for group in page.context["navigation"] for entry in group.entries}
    names = [f"{m._meta.app_label}_{m._meta.model_name}" for m in site._registry]
    lists = {reverse(f"admin:{name}_changelist") for name in names}
    assert lists <= there
    records = {group.job: group.entries for group in page.context["navigation"]}[Job.RECORDS]
    assert "/admin/django_tasks_database/dbtaskresult/" in {entry.address for entry in records}


def test_the_page_that_is_open_is_marked(client: Client, cast: Cast) -> None:
    client.force_login(staff("administrator", cast.biller))
    page = client.get("/admin/payments/payment/where/").content.decode()
    assert '<a href="/admin/payments/payment/where/" aria-current="page">' in page
    assert page.count("aria-current") == 1
    assert '<details name="job" open><summary>Money</summary>' in page
    assert page.count('<details name="job"') - page.count('<details name="job" open') == 3
    member = client.get(f"/admin/accounts/member/{cast.laundry.pk}/change/").content.decode()
    assert '<a href="/admin/accounts/member/" aria-current="true">' in member


def test_each_page_is_marked_however_often_the_navigation_was_drawn(
    client: Client, cast: Cast
) -> None:
    """It is drawn once for each role and page, and no other role or page gets it."""
    people = {role: staff(role, cast.biller) for role in ("administrator", "support")}
    for role in ("administrator", "support", "administrator"):
        client.force_login(people[role])
        for address in ("/admin/", "/admin/accounts/member/"):
            page = client.get(address).content.decode()
            [drawn] = re.findall(r'id="site-nav".*?</nav>', page, re.DOTALL)
            assert re.findall('<a href="([^"]+)" aria-current="page">', drawn) == [address]
            assert drawn.count("aria-current") == 1
            assert ("/admin/payments/payment/reports/" in drawn) is (role != "support")


def test_the_address_of_a_record_is_the_one_that_django_makes() -> None:
    for view in ("accounts_member_change", "accounts_utilityaccount_balance", "as_member"):
        for key in (1, "20451", 2**40):
            assert address_of_record(view, key) == reverse(f"admin:{view}", args=[key])
    with pytest.raises(ValueError, match="1/delete"):
        address_of_record("accounts_member_change", "1/delete")


def test_an_app_has_no_page_of_its_own(client: Client, cast: Cast) -> None:
    client.force_login(staff("administrator", cast.biller))
    assert client.get("/admin/accounts/")["Location"] == "/admin/"


def test_an_empty_portal_has_one_thing_to_do(client: Client, db: None) -> None:
    assert not Biller.objects.exists()
    client.force_login(User.objects.create_superuser("boss@example.com"))
    page = client.get("/admin/").content.decode()
    assert '<a class="button default" href="/admin/icsso/biller/add/">Set up a utility</a>' in page
    assert "Waiting for you" not in page
    assert 'id="site-nav"' not in page


def test_every_tool_has_a_page_and_a_permission_of_a_role(db: None) -> None:
    tools = [tool for one in site._registry.values() for tool in getattr(one, "tools", ())]
    assert all(tool.permission.count(".") == 1 for tool in tools)


def test_looks(page: Page, cast: Cast, tool: Tool) -> None:
    clerk = staff("administrator", cast.biller)
    page.goto("/admin/")
    assert_accessible(page)
    page.get_by_label("Email").fill(clerk.email)
    page.get_by_label("Password").fill(STAFF_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    jobs = page.locator("#content-main")
    expect(jobs.get_by_role("link", name="Count the meters")).to_be_visible()
    assert_accessible(page)
    menu = page.get_by_role("navigation", name="Back office")
    for width in (1280, 1025):
        page.set_viewport_size({"width": width, "height": 900})
        for job in menu.locator("summary").all():
            job.click()  # closes the one before, and so the last one stays in sight
            heights = menu.locator(":is(a, summary):visible").evaluate_all(HEIGHTS)
            assert len(heights) > 10
            assert min(heights) >= 44
            expect(menu.locator("summary").last).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 390, "height": 800})
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    menu.get_by_text("Money", exact=True).click()
    expect(menu.get_by_role("link", name="Where is my payment?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
