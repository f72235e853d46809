"""How the page “Going live” looks and works in a browser."""

import json

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from icsso.billers.models import Biller
from icsso.client.probe.results import StepResult, Verdict
from tests import cast as people
from tests.browser.looks import assert_accessible
from tests.journeys.pages.records import keep_pictures
from tests.sandbox_process import SandboxProcess

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
    page.get_by_role("button", name="Sign in").click()
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
    expect(going_live.locator("#look .error-summary")).to_be_focused()
    expect(going_live.locator("#look .error-summary")).to_be_in_viewport()


def test_how_differences_of_the_wire_look(going_live: Page, biller: Biller) -> None:
    form = going_live.locator("#wire form")
    form.get_by_label("Differences from the contract").fill(json.dumps(DIFFERENT))
    form.get_by_role("button", name="Save").click()
    expect(going_live.locator("#wire")).to_contain_text("7 differences from the contract")
    going_live.get_by_text("operations.cloud_payments").click()
    assert_accessible(going_live)
    keep_pictures(going_live, "admin-going-live-wire")
    form.get_by_label("Differences from the contract").fill('{"operations": {"pay": {}}}')
    form.get_by_role("button", name="Save").click()
    expect(going_live.locator("#wire .field-error")).to_contain_text("there is no such operation")
    assert_accessible(going_live)


def test_how_recorded_postbacks_look(going_live: Page, biller: Biller) -> None:
    names = {"Approved": "text:1", "TransactionID": "guid", "PaymentAmount": "money:4"}
    fields = [{"name": name, "place": "query", "kind": kind} for name, kind in names.items()]
    biller.postback_samples.create(method="GET", fields=fields, approval_is_known=False)
    going_live.reload()
    going_live.locator("#postbacks summary").click()
    expect(going_live.locator("#postbacks")).to_contain_text("money:4")
    assert_accessible(going_live)
    keep_pictures(going_live, "admin-going-live-postbacks")


def test_a_probe_is_followed_to_its_end(going_live: Page, sandbox: SandboxProcess) -> None:
    going_live.get_by_role("link", name="Go to the probe").click()
    expect(going_live.get_by_role("heading", level=1)).to_have_text("Probe: Springfield Water")
    assert_accessible(going_live)
    going_live.get_by_role("textbox", name="Account number").fill("10000101")
    going_live.get_by_label("Email registered").fill(people.LAUNDRY_EMAIL)
    going_live.get_by_label("Its password").fill(people.LAUNDRY_PASSWORD)
    going_live.get_by_role("button", name="Start the probe").click()
    expect(going_live.get_by_role("heading", name="Finished")).to_be_visible(timeout=60_000)
    expect(going_live.get_by_role("status")).to_contain_text("Nothing differs")
    assert_accessible(going_live)
    keep_pictures(going_live, "admin-probe-run")
    going_live.get_by_role("link", name="Probe", exact=True).click()
    expect(going_live.get_by_role("heading", name="Earlier probes")).to_be_visible()


def test_progress_is_shown_without_doing_anything(going_live: Page, biller: Biller) -> None:
    run = biller.probe_runs.create(started_by=OPERATOR, steps=16, announcement="One wrong one.")
    going_live.goto(f"/admin/icsso/biller/{biller.pk}/probe/{run.pk}/")
    expect(going_live.get_by_role("status")).to_contain_text("One wrong one.")
    assert_accessible(going_live)
    done = StepResult("biller_status", "Biller status", Verdict.UNUSABLE, "No.", status=401)
    run.report(results=[done.to_json()], announcement="")
    expect(going_live.get_by_role("status")).to_contain_text("1 of at most 16 steps are done.")
    expect(going_live.get_by_role("heading", name="Biller status")).to_be_visible()
    run.report(finished_at=timezone.now(), suggestion=DIFFERENT)
    expect(going_live.get_by_role("heading", name="Suggested profile")).to_be_visible()
    assert_accessible(going_live)
    keep_pictures(going_live, "admin-probe-suggestion")
    going_live.get_by_role("link", name="Use the suggested profile").click()
    form = going_live.locator("#wire form")
    expect(form.get_by_label("Differences from the contract")).to_have_value(
        json.dumps(DIFFERENT, indent=2)
    )
    expect(going_live.locator("#wire")).to_contain_text("Nothing is saved yet.")
    form.get_by_role("button", name="Save").click()
    expect(going_live.locator("#wire")).to_contain_text("7 differences from the contract")
