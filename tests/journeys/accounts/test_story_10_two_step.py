"""Two-step verification in a browser: turned on, asked for, and turned off again."""

from django.core import mail
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.models.second_factor import SecondFactor
from tests import cast as people
from tests.accounts.codes import code_of, right_code, wrong_code
from tests.browser.looks import DESK
from tests.cast import Cast
from tests.journeys.pages.test_every_page import look_at, look_at_in_spanish
from tests.journeys.walks import frame, sign_in, sign_out
from tests.sandbox_process import SandboxProcess

EMAIL, PASSWORD = people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD
HERE = "/accounts/sign-in/two-step/"


def test_turned_on_asked_for_and_turned_off(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    sign_in(page, EMAIL, PASSWORD)
    page.get_by_role("navigation", name="Main").get_by_role(
        "link", name="Profile and security"
    ).click()
    page.get_by_role("link", name="Turn on").click()
    key = page.locator("ol code").inner_text().replace(" ", "")
    page.get_by_label("Code", exact=True).fill(code_of(key))
    page.get_by_label("Current password", exact=True).fill(PASSWORD)
    expect(page.get_by_role("button", name="Show")).to_be_visible()  # once the script has run
    page.get_by_role("button", name="Turn on").dblclick()

    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    assert len(mail.outbox) == 1
    look_at(page, "two-step/codes")
    page.get_by_role("link", name="I've saved them").click()
    expect(page.get_by_role("link", name="Change two-step verification")).to_be_visible()
    look_at(page, "two-step/my-sign-in")
    sign_out(page)
    sign_in(page, EMAIL, PASSWORD)

    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    look_at(page, "two-step/code")
    page.get_by_label("Code", exact=True).fill(wrong_code(key))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("There's a problem")).to_be_visible()
    look_at(page, "two-step/wrong-code")
    page.get_by_label("Code", exact=True).fill(right_code(cast.laundry))
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="Sign out", exact=True)).to_be_visible()
    page.goto("/billing/bills/")
    expect(frame(page).get_by_text("84.20").first).to_be_visible()

    page.goto(HERE)
    look_at(page, "two-step/in-use")
    page.get_by_role("link", name="Get new recovery codes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Get new recovery codes")
    look_at(page, "two-step/new-codes")
    page.goto(HERE)
    page.get_by_role("link", name="Turn off").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Turn off two-step verification")
    look_at(page, "two-step/off")
    page.get_by_label("Current password", exact=True).fill(PASSWORD)
    page.get_by_label("Code", exact=True).fill(right_code(cast.laundry))
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("You now sign in with just your password.")).to_be_visible()
    assert not SecondFactor.objects.exists()


def test_undone_by_who_has_not_turned_it_on(
    page: Page, sandbox: SandboxProcess, cast: Cast
) -> None:
    factor = SecondFactor.objects.create(user=cast.laundry, key="A" * 32)
    page.goto(f"{HERE}undo/{factor.new_undo_link()}/")
    look_at(page, "two-step/undo")
    look_at_in_spanish(page, "two-step/undo")
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_label("Choose a password")).to_be_visible()
    assert not SecondFactor.objects.exists()


def test_by_keyboard_alone_and_in_spanish(page: Page, cast: Cast) -> None:
    SecondFactor.objects.create(user=cast.laundry, key="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    User.objects.filter(pk=cast.laundry.pk).update(language="es")
    sign_in(page, EMAIL, PASSWORD)
    expect(page.get_by_role("heading", name="Escriba su código")).to_be_visible()
    look_at_in_spanish(page, "two-step/code")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # to the content
    page.keyboard.press("Tab")
    expect(page.get_by_label("Código")).to_be_focused()
    page.keyboard.type(right_code(cast.laundry))
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Cerrar sesión", exact=True)).to_be_visible()
    page.goto(HERE)
    look_at_in_spanish(page, "two-step/in-use")
