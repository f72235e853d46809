"""States of pages to which no address alone leads, looked at as `test_every_page` looks at pages.

`STATES` is the table: a name, and a function that brings the window there. It runs once for each
language, so it finds what it presses by attributes, not by words.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import timezone, translation
from playwright.sync_api import Page, Route, expect

from accounts.linked_accounts import kept
from accounts.linked_accounts.balances import Balance
from accounts.models import User
from icsso.billers.announcements.models import Announcement
from icsso.billers.models import Biller
from icsso.billers.ways_to_pay.models import WaysToPay
from inhance import errors
from payments.models import Checkout
from tests import cast as people
from tests.accounts.linked_accounts.test_prove_again import give_to_priya
from tests.cast import Cast
from tests.journeys.pages.measures import measure_again, measure_all
from tests.journeys.pages.records import record
from tests.journeys.pages.test_every_page import signed_in
from tests.journeys.pages.third_language import LANGUAGE, measure_third_language, third_language
from tests.payments.paying import members, opened, postback_fields, send_postback
from tests.sandbox_process import SandboxProcess

NOBODYS = "nobodys@example.com"
NO_PAGE = "/no-such-page/"
ERRORS = {
    "400": errors.bad_request,
    "403": errors.permission_denied,
    "csrf": errors.csrf_failure,
    "413": errors.too_large,
    "unknown-host": errors.unknown_host,
    "500": errors.server_error,
    "503": errors.unavailable,
    "429": lambda request: errors.too_many_requests(request, seconds=90),
}


class Scene(NamedTuple):
    page: Page
    cast: Cast
    portal: str

    def is_member(self, email: str = people.LAUNDRY_EMAIL, password: str = "") -> None:
        cookie = signed_in(self.portal, email, password or people.LAUNDRY_PASSWORD)
        self.page.context.add_cookies([cookie])

    def is_manager(self) -> None:
        """No balance comes beside the page: how many are known would depend on the machine."""
        self.cast.manager.links.update(asked_at=timezone.now())
        self.is_member(people.MANAGER_EMAIL, people.MANAGER_PASSWORD)

    def go(self, address: str) -> None:
        self.page.goto(address)

    def press(self, what: str) -> None:
        with self.page.expect_navigation():
            self.page.locator(what).first.click()


def right_bill(scene: Scene) -> None:
    Biller.objects.update(guests_prove=True)
    scene.go("/pay/")
    scene.page.locator("[name=account_number]").fill("10000101")
    scene.page.locator("main input[autocomplete=name]").fill("Willows Laundry")
    scene.press("main form .button")
    expect(scene.page.locator("main .amount, main dl")).not_to_have_count(0)


def confirm_second_payment(scene: Scene) -> None:
    if not Checkout.objects.exists():
        checkout = opened(scene.cast)
        send_postback(Client(), checkout, postback_fields(checkout))
    scene.go("/pay/")
    scene.page.locator("[name=account_number]").fill("10000101")
    scene.press("main form .button")
    expect(scene.page.locator("[name=confirmed]")).to_have_count(1)


def several(scene: Scene) -> None:
    scene.is_manager()
    chosen = [scene.cast.account(f"1000020{n}").pk for n in (1, 2, 3)]
    scene.go("/pay/quick/?" + "&".join(f"account={pk}" for pk in chosen))


def partly_paid(scene: Scene) -> None:
    scene.is_manager()
    checkout = Checkout.objects.first()
    if checkout is None:
        checkout = members(scene.cast, "10000201", "10000202", member=scene.cast.manager)
        fields = postback_fields(checkout, AccountNumber="10000201", InvoiceNumber="INV-2")
        send_postback(Client(), checkout, fields)
    scene.go(f"/pay/{checkout.address}/receipt/")


def unconfirmed(scene: Scene) -> None:
    checkout = Checkout.objects.first() or opened(scene.cast, minutes_ago=90)
    scene.go(f"/pay/{checkout.address}/receipt/")


def without_frame(scene: Scene) -> None:
    Biller.objects.update(opens_without_frame=True)
    scene.is_member()
    scene.go("/billing/bills/")


def payment_without_frame(scene: Scene) -> None:
    Biller.objects.update(opens_without_frame=True)
    checkout = Checkout.objects.first() or opened(scene.cast)
    scene.go(f"/pay/{checkout.address}/")
    expect(scene.page.locator("[data-payment]")).to_have_count(1)


def no_accounts(scene: Scene) -> None:
    if not User.objects.filter(email=NOBODYS).exists():
        people.member(scene.cast.biller, NOBODYS, people.LAUNDRY_PASSWORD)
    scene.is_member(NOBODYS)
    scene.go("/")


def to_prove_again(scene: Scene) -> None:
    account = scene.cast.account("10000101")
    if account.name == "Willows Laundry":
        give_to_priya(account)
    scene.is_member()
    scene.go("/")


def prove_again(scene: Scene) -> None:
    to_prove_again(scene)
    scene.go(f"/accounts/{scene.cast.account('10000101').pk}/prove/")


def no_match(scene: Scene) -> None:
    scene.is_manager()
    scene.go("/?q=zzz")


def many_balances(scene: Scene) -> None:
    """Each kind of balance in the list, one not known yet, and some of it selected."""
    today = scene.cast.biller.today()
    owed = {1: (84, -3), 2: (12, 2), 3: (0, None), 4: (-5, None)}
    for number, (amount, days) in (owed | dict.fromkeys(range(6, 41), (60, 20))).items():
        due = None if days is None else today + timedelta(days=days)
        balance = Balance(amount=Decimal(amount), due_date=due)
        assert kept.keep(scene.cast.account(str(10000200 + number)).pk, balance)
    scene.is_manager()
    scene.go("/?sort=number")
    scene.page.locator("tbody [name=account]").first.check()


def overdue_with_help(scene: Scene) -> None:
    due = scene.cast.biller.today() - timedelta(days=3)
    assert kept.keep(scene.cast.account("10000101").pk, Balance(amount=Decimal(9), due_date=due))
    for kind in ("help", "other"):
        WaysToPay.objects.update_or_create(
            biller=scene.cast.biller,
            kind=kind,
            defaults={
                "english": "Mill Street office",
                "spanish": "Mill Street",
                "phone": "(217) 555-0100",
                "links": "https://pay.example | Mill Street | Mill Street",
            },
        )
    scene.is_member()
    scene.page.route("**/balance/**", lambda route: route.abort())
    scene.go("/")
    scene.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")


def closed_for_maintenance(scene: Scene) -> None:
    if not Announcement.objects.exists():
        now = timezone.now()
        start, end = now - timedelta(hours=1), now + timedelta(hours=2)
        Announcement.objects.create(biller=scene.cast.biller, starts_at=start, ends_at=end)
    scene.go("/pay/")


def asked_for_more_time(scene: Scene) -> None:
    scene.is_member()
    scene.go("/accounts/")
    scene.page.evaluate("document.querySelector('[data-session]').showModal()")


def menu_open(scene: Scene) -> None:
    scene.is_member()
    scene.go("/accounts/")
    scene.page.evaluate("document.querySelector('.menu').open = true")


def calendar_address(scene: Scene) -> None:
    scene.is_member()
    scene.go("/reminders/")
    scene.press("main form[action*=calendar] button")
    expect(scene.page.locator("#calendar-address")).to_be_visible()


def closing_refused(scene: Scene) -> None:
    scene.is_member()
    scene.go("/accounts/sign-in/close/")
    scene.press("main form .button-danger")
    expect(scene.page.locator("[aria-invalid=true]").first).to_be_visible()


def error(name: str) -> Callable[[Scene], None]:
    """What the portal answers when this happens, in the language of the window."""

    def answer(route: Route) -> None:
        request: HttpRequest = RequestFactory().get("/", headers=route.request.headers)
        request.id = "ABCDEF2345"  # type: ignore[attr-defined]
        request.biller = Biller.objects.get()  # type: ignore[attr-defined]
        with translation.override(translation.get_language_from_request(request)):
            shown: Any = ERRORS[name](request)
        route.fulfill(status=shown.status_code, body=shown.content, content_type="text/html")

    def go(scene: Scene) -> None:
        scene.page.route("**" + NO_PAGE, answer)
        scene.go(NO_PAGE)

    return go


STATES: dict[str, Callable[[Scene], None]] = {
    **{f"error-{name}": error(name) for name in ERRORS},
    "guest-right-bill": right_bill,
    "guest-second-payment": confirm_second_payment,
    "guest-without-frame": payment_without_frame,
    "guest-unconfirmed": unconfirmed,
    "guest-closed-for-maintenance": closed_for_maintenance,
    "manager-several": several,
    "manager-partly-paid": partly_paid,
    "manager-no-match": no_match,
    "manager-balances": many_balances,
    "member-without-frame": without_frame,
    "member-no-accounts": no_accounts,
    "member-to-prove-again": to_prove_again,
    "member-prove-again": prove_again,
    "member-overdue-with-help": overdue_with_help,
    "member-asked-for-more-time": asked_for_more_time,
    "member-menu-open": menu_open,
    "member-calendar-address": calendar_address,
    "member-closing-refused": closing_refused,
}


@pytest.mark.parametrize("name", STATES)
def test_state(
    name: str, page: Page, live_server: object, sandbox: SandboxProcess, cast: Cast
) -> None:
    scene, state = Scene(page, cast, str(live_server)), STATES[name]
    state(scene)
    measure_all(page)
    record(page, name)
    speak(page, "es", scene.portal)
    state(scene)
    measure_again(page, "es")
    record(page, name, "es")
    with third_language():
        speak(page, LANGUAGE, scene.portal)
        state(scene)
        measure_third_language(page)


def speak(page: Page, language: str, portal: str) -> None:
    page.context.clear_cookies()
    cookie: Any = {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": portal}
    page.context.add_cookies([cookie])
