"""On a phone, the Tab key goes through "Profile and security" from top to bottom."""

from django.conf import settings
from django.test import Client
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models.second_factor import RecoveryCode, SecondFactor
from tests.accounts.codes import CODE, GOOD
from tests.browser.looks import PHONE
from tests.cast import Cast
from tests.sandbox_process import SandboxProcess

PROFILE = "/accounts/sign-in/"
TOPS = """() => [...document.querySelectorAll(".settings a")]
  .map((link) => Math.round(link.getBoundingClientRect().top))"""


def test_a_warning_with_a_link_does_not_move_it_behind_the_action(
    page: Page, live_server: LiveServer, cast: Cast, sandbox: SandboxProcess
) -> None:
    code, *_others = SecondFactor.objects.create(user=cast.laundry).new_recovery_codes()
    client = Client(headers={"host": "localhost"})
    client.post("/accounts/login/", GOOD)
    client.post(CODE, {"code": code})
    RecoveryCode.objects.all().delete()
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{live_server.url}{PROFILE}")
    assert page.get_by_role("link", name="Get new recovery codes").count() == 1
    tops = page.evaluate(TOPS)
    assert tops == sorted(tops)
