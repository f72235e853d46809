"""How the page “Going live” looks and works in a browser."""

import json

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from icsso.billers.models import Biller
from tests import cast as people
from tests.journeys.test_every_page import keep_pictures
from tests.looks import assert_accessible

OPERATOR = "operator@example.com"
DIFFERENT = {
    "operations": {
        "retrieve_users": {
            "path": "/api/v2/users/search",
            "send": {"EmailAddress": "Login"},
            "read": {"Users": "Result.Items", "Users.Registered": "!Unregistered"},
            "refused": [{"status": 404, "text": "no such customer", "means": "not_registered"}],
        }
    },
    "sso": {"method": "GET"},
    "postback": {"approved": ["Y"]},
}


@pytest.fixture
def going_live(page: Page, biller: Biller) -> Page:
    User.objects.create_superuser(OPERATOR, people.STAFF_PASSWORD)
    page.goto(f"/admin/login/?next=/admin/icsso/biller/{biller.pk}/going-live/")
    page.get_by_label("Email").fill(OPERATOR)
    page.get_by_label("Password").fill(people.STAFF_PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Going live: Springfield Water")
    return page


def test_how_it_looks(going_live: Page) -> None:
    for scheme in ("light", "dark"):
        frame = going_live.frame_locator(f"iframe[title='Preview in {scheme} mode']")
        expect(frame.get_by_role("button", name="Pay my bill")).to_be_visible()
    assert_accessible(going_live)
    keep_pictures(going_live, "admin-going-live")


def test_the_color_is_seen_at_once(going_live: Page, biller: Biller) -> None:
    form = going_live.locator("#look form")
    form.get_by_label("color").fill("#7a1f5c")
    form.get_by_role("button", name="Save").click()
    button = going_live.frame_locator("iframe[title='Preview in light mode']").get_by_role(
        "button", name="Pay my bill"
    )
    expect(button).to_have_css("background-color", "rgb(122, 31, 92)")
    dark = going_live.frame_locator("iframe[title='Preview in dark mode']")
    expect(dark.locator("body")).to_have_css("background-color", "rgb(20, 24, 28)")


def test_what_is_refused_is_said_beside_the_field(going_live: Page) -> None:
    form = going_live.locator("#look form")
    form.get_by_label("color").fill("#ffee00")
    form.get_by_role("button", name="Save").click()
    expect(going_live.locator("#look .field-error")).to_contain_text(
        "The closest readable color is"
    )
    expect(going_live.locator("#look")).to_be_in_viewport()


def test_how_differences_of_the_wire_look(going_live: Page, biller: Biller) -> None:
    form = going_live.locator("#wire form")
    form.get_by_label("Differences from the contract").fill(json.dumps(DIFFERENT))
    form.get_by_role("button", name="Save").click()
    going_live.get_by_text("operations.cloud_payments").click()
    expect(going_live.locator("#wire")).to_contain_text("7 differences from the contract")
    assert_accessible(going_live)
    keep_pictures(going_live, "admin-going-live-wire")
    form.get_by_label("Differences from the contract").fill('{"operations": {"pay": {}}}')
    form.get_by_role("button", name="Save").click()
    expect(going_live.locator("#wire .field-error")).to_contain_text("there is no such operation")
    assert_accessible(going_live)
