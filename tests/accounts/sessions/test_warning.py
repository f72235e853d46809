"""Before a session ends and afterwards: what session.js hears, and what the sign-in page says."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from accounts.sessions.life import LAST_SEEN
from tests import cast as people
from tests.accounts.sessions.clock import Clock
from tests.cast import Cast
from tests.payments.paying import members
from tests.whole_dates import spaced

SESSION, SIGN_IN = "/accounts/session/", "/accounts/login/?next=/accounts/"
BY_SCRIPT = {"sec-fetch-dest": "empty"}, {"x-requested-with": "fetch"}  # older browsers


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def laundry(cast: Cast, client: Client, clock: Clock) -> Client:
    client.force_login(cast.laundry)
    client.get("/accounts/")
    return client


@pytest.fixture
def operator(client: Client, clock: Clock, cast: Cast) -> Client:
    staff = User.objects.create_superuser("operator@example.com", people.STAFF_PASSWORD)
    client.force_login(staff)
    return client


def told(client: Client) -> Any:
    return client.get(SESSION).json()  # older browsers don't say that a script asks


def left(client: Client) -> int:
    return int(told(client)["left"])


def see(client: Client) -> None:
    """Opens a page, and remembers its cookie as a browser does."""
    assert client.get("/accounts/").status_code == 200


def test_asking_tells_and_extends_nothing(laundry: Client, clock: Clock) -> None:
    for minutes_left in (30, 20, 10):
        assert left(laundry) == minutes_left * 60
        clock.go(minutes=10)
    assert told(laundry) == {"signed_in": False}


def test_stay_signed_in(laundry: Client, clock: Clock) -> None:
    clock.go(minutes=28, seconds=30)
    assert left(laundry) == 90
    assert laundry.post(SESSION).json()["left"] == 30 * 60
    clock.go(minutes=29)
    assert left(laundry) == 60


@pytest.mark.parametrize("headers", BY_SCRIPT)
def test_what_a_script_fetches_keeps_nobody_signed_in(
    laundry: Client, clock: Clock, headers: dict[str, str]
) -> None:
    for _ in range(3):
        clock.go(minutes=10)
        laundry.get("/accounts/", headers=headers)
    assert told(laundry) == {"signed_in": False}


def test_a_script_keeps_nobody_signed_in_where_the_browser_does_not_say_it_is_one(
    laundry: Client, cast: Cast, clock: Clock
) -> None:
    pages = [
        SESSION,
        f"/accounts/{cast.account('10000101').pk}/balance/",
        f"/pay/{members(cast).address}/status/",
    ]
    for page in pages:
        clock.go(minutes=9)
        assert laundry.get(page).status_code == 200
    clock.go(minutes=3)
    assert told(laundry) == {"signed_in": False}


def test_these_are_all_that_scripts_ask_by_themselves() -> None:
    """A new script that asks needs its view here."""
    marked = {view.name for view in views(get_resolver()) if is_passive(view)}
    told = {"session", "balance", "helped_balance", "receipt_status", "passkey_options"}
    assert marked == told


def views(resolver: URLResolver) -> Iterator[URLPattern]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from views(each)
        else:
            yield each


def is_passive(view: URLPattern) -> bool:
    return getattr(view.callback, "is_passive", False)


def test_a_page_that_is_opened_does(laundry: Client, clock: Clock) -> None:
    clock.go(minutes=10)
    laundry.get("/accounts/", headers={"sec-fetch-dest": "document"})
    assert left(laundry) == 30 * 60


def test_twelve_hours_are_the_most_and_cannot_be_extended(laundry: Client, clock: Clock) -> None:
    for _ in range(12 * 60 // 20 - 1):
        clock.go(minutes=20)
        last = laundry.post(SESSION).json()
    assert (last["left"], last["is_last"]) == (20 * 60, True)
    clock.go(minutes=20)
    assert laundry.post(SESSION).json() == {"signed_in": False}


def test_another_member_is_another(laundry: Client, cast: Cast) -> None:
    before = told(laundry)["whose"]
    laundry.force_login(cast.neighbour)
    assert told(laundry)["whose"] != before


def test_it_is_refused_without_a_token_and_at_another_host(laundry: Client, cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = laundry.cookies
    assert strict.post(SESSION).status_code == 403
    people.other_biller()
    there = laundry.get(SESSION, headers={"host": "power.localhost"})
    assert there.json() == {"signed_in": False}


def test_staff_too(operator: Client, clock: Clock) -> None:
    clock.go(minutes=14)
    assert left(operator) == 60
    assert operator.post(SESSION).json()["left"] == 15 * 60
    clock.go(minutes=15)
    assert told(operator) == {"signed_in": False}


def test_staff_at_a_host_without_a_biller(operator: Client) -> None:
    people.other_biller()
    for host in ("localhost", "unknown.localhost"):
        assert operator.get(SESSION, headers={"host": host}).json()["signed_in"]


def test_the_page_of_who_is_signed_in_has_the_dialog(laundry: Client) -> None:
    page = laundry.get("/accounts/").content.decode()
    assert f'data-session="{SESSION}" data-left="1800"' in page
    assert "session.js" in page
    laundry.post(reverse("accounts:logout"))
    assert "session.js" not in laundry.get("/").content.decode()


def test_the_back_office_has_the_dialog(operator: Client) -> None:
    page = operator.get("/admin/").content.decode()
    assert 'data-left="900"' in page
    assert 'data-sign-in="/admin/login/"' in page


class TestWhy:
    """The sign-in page says why somebody is there."""

    def ended(self, client: Client, address: str = SIGN_IN) -> str:
        client.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        return spaced(client.get(address).content.decode())

    def test_idle(self, laundry: Client, clock: Clock) -> None:
        clock.go(minutes=30)
        said = "You were signed out after 30 minutes. Nothing was lost."
        assert said in self.ended(laundry)

    def test_the_longest(self, laundry: Client, clock: Clock) -> None:
        clock.go(hours=11, minutes=50)
        laundry.post(SESSION)
        clock.go(minutes=20)
        assert "You were signed out after 12 hours." in self.ended(laundry)

    def test_ended_elsewhere(self, laundry: Client, clock: Clock) -> None:
        clock.go(minutes=3)
        assert "no longer signed in on this device" in self.ended(laundry)

    def test_staff(self, operator: Client, clock: Clock) -> None:
        operator.get("/admin/")
        clock.go(minutes=15)
        said = "You were signed out after 15 minutes."
        assert said in self.ended(operator, "/admin/login/?next=/admin/")

    def test_not_who_has_signed_out_or_was_never_here(self, laundry: Client, clock: Clock) -> None:
        assert "signed out" not in Client().get(SIGN_IN).content.decode()
        laundry.post(reverse("accounts:logout"))
        assert not laundry.cookies[LAST_SEEN].value
        clock.go(minutes=30)
        assert "were signed out" not in self.ended(laundry)

    def test_not_who_comes_by_themselves(self, laundry: Client, clock: Clock) -> None:
        clock.go(minutes=30)
        assert "were signed out" not in self.ended(laundry, "/accounts/login/")

    @pytest.mark.parametrize("value", ["", ".", "1", "1.x", "²." * 2, "9" * 30 + ".1", "-1.-1"])
    def test_a_cookie_of_nonsense(self, cast: Cast, value: str) -> None:
        browser = Client()
        browser.cookies[LAST_SEEN] = value
        answer = browser.get(SIGN_IN)
        assert answer.status_code == 200
        assert "signed out" not in answer.content.decode()

    def test_the_cookie_is_no_secret_and_is_kept_from_scripts(self, laundry: Client) -> None:
        cookie = laundry.cookies[LAST_SEEN]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie.value.replace(".", "").isdecimal()
