"""Two at the same moment: one wins, the other gets a clear page, and both sides agree."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections, connection, connections

from accounts.models import LinkedAccount, Signup, User
from accounts.ratelimit import forget_attempts
from tests import cast as people
from tests.faults.flows.browsers import InProcess, Page, link_to
from tests.faults.flows.points import WRITES
from tests.faults.flows.sides import Sides
from tests.faults.flows.stories import NEW

ROSA, LUIS = "rosa@example.com", "luis@example.com"
LAUNDRY, PASSWORD = people.LAUNDRY_EMAIL, people.LAUNDRY_PASSWORD


class Gate:
    """Lets all pass together, or whoever is there once it has been waited long enough."""

    def __init__(self, number: int) -> None:
        self._barrier = threading.Barrier(number)

    def wait(self) -> None:
        try:
            self._barrier.wait(timeout=0.5)
        except threading.BrokenBarrierError:
            return  # the others wait for us at the database


def neck_and_neck(*steps: Callable[[], Page]) -> list[Page]:
    """In a thread each, let go together, and again at the first write: each has read by then what
    the other one is about to change. The pages in the order of the steps."""
    start, write = Gate(len(steps)), Gate(len(steps))
    pages: dict[int, Page] = {}

    def run(place: int, step: Callable[[], Page]) -> None:
        has_waited = False

        def hold(execute: Any, sql: str, *rest: Any) -> Any:
            nonlocal has_waited
            if WRITES.match(sql) and not has_waited:
                has_waited = True
                write.wait()
            return execute(sql, *rest)

        close_old_connections()
        start.wait()
        try:
            with connection.execute_wrapper(hold):
                pages[place] = step()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pages) == len(steps), "one of them failed, see above"
    for page in pages.values():
        assert page.status < 500, page.text
    return [pages[place] for place in range(len(steps))]


def one_wins(pages: list[Page], *words: str) -> int:
    """The place of the winner, who is sent on; all others read these words."""
    winners = [place for place, page in enumerate(pages) if page.status == 302]
    assert len(winners) == 1, [page.status for page in pages]
    for page in pages:
        if page.status != 302:
            assert page.status in {409, 410}
            assert any(each in page.text for each in words), page.text
    return winners[0]


@pytest.fixture(autouse=True)
def _anew(sides: Sides) -> None:
    sides.begin_anew()


def ask(email: str, *, account: str = "10000104", name: str = "Rosa Delgado") -> str:
    """The link in the mail, a minute after the one before."""
    forget_attempts()
    browser = InProcess()
    asked = {"account_number": account, "name": name, "email": email, "password": NEW}
    assert browser.post("/accounts/register/", **asked).status == 302
    return link_to("/accounts/finish/", browser.emails(email))


def finishing(link: str) -> Callable[[], Page]:
    return lambda: InProcess().post(link, password=NEW)


def signed_in(email: str, password: str) -> InProcess:
    browser = InProcess()
    assert browser.post("/accounts/login/", username=email, password=password).status == 302
    return browser


def same_browser(browser: InProcess) -> InProcess:
    """Another tab of it."""
    tab = InProcess()
    tab.client.cookies = browser.client.cookies
    return tab


def test_two_people_register_the_same_account(sides: Sides) -> None:
    pages = neck_and_neck(finishing(ask(ROSA)), finishing(ask(LUIS)))
    assert [page.status for page in pages] == [302, 302]  # both are members: a household
    states = {
        link.member.email: link.state
        for link in LinkedAccount.objects.filter(account__account_number="10000104")
    }
    owner = sides.sandbox.customer("10000104")["registered_by"]
    other = LUIS if owner == ROSA else ROSA
    for email in (owner, other):
        signed_in(email, NEW)
    sides.assert_agree(owner, NEW)
    sides.assert_accounts(owner, "10000104")
    assert set(states) == {ROSA, LUIS}
    browser = signed_in(other, NEW)
    assert f"{owner[0]}…@e….com" in browser.get("/billing/bills/").text
    assert LinkedAccount.objects.get(member__email=other).state == "elsewhere"


def test_the_same_address_registers_twice(sides: Sides) -> None:
    links = ask(ROSA), ask(ROSA, account="10000103", name="George Lindqvist")
    pages = neck_and_neck(*map(finishing, links))
    winner = one_wins(pages, "You already have an online account")
    sides.assert_agree(ROSA, NEW)
    sides.assert_accounts(ROSA, ("10000104", "10000103")[winner])


def test_the_same_address_asks_twice_at_once(sides: Sides) -> None:
    asked = {"account_number": "10000104", "name": "Rosa Delgado", "email": ROSA, "password": NEW}
    pages = neck_and_neck(*[lambda: InProcess().post("/accounts/register/", **asked)] * 2)
    assert [page.status for page in pages] == [302, 302]
    assert Signup.objects.count() == 2
    assert len(InProcess().emails(ROSA)) == 1  # one a minute
    assert not User.objects.filter(email=ROSA).exists()


def test_the_same_finish_link_twice(sides: Sides) -> None:
    pages = neck_and_neck(*[finishing(ask(ROSA))] * 3)
    one_wins(pages, "You already have an online account", "This link has already been used")
    sides.assert_agree(ROSA, NEW)
    sides.assert_accounts(ROSA, "10000104")


def test_the_same_link_of_an_existing_login_twice(sides: Sides) -> None:
    sides.control("POST", "users", email=ROSA, password=NEW, accounts=["10000103", "10000104"])
    browser = InProcess()
    browser.post("/accounts/existing-login/", username=ROSA, password=NEW)
    link = link_to("/accounts/existing-login/", browser.emails(ROSA))
    pages = neck_and_neck(*[finishing(link)] * 3)
    one_wins(pages, "You already have an online account", "This link has already been used")
    sides.assert_agree(ROSA, NEW)
    sides.assert_accounts(ROSA, "10000103", "10000104")


def test_an_existing_login_and_a_sign_up_with_proof_at_once(sides: Sides) -> None:
    sides.control("POST", "users", email=ROSA, password=NEW, accounts=["10000104"])
    proved = ask(ROSA)
    forget_attempts()
    browser = InProcess()
    browser.post("/accounts/existing-login/", username=ROSA, password=NEW)
    link = link_to("/accounts/existing-login/", browser.emails(ROSA))
    one_wins(
        neck_and_neck(finishing(proved), finishing(link)), "You already have an online account"
    )
    sides.assert_agree(ROSA, NEW)
    sides.assert_accounts(ROSA, "10000104")


def test_the_same_reset_link_twice(sides: Sides) -> None:
    browser = signed_in(LAUNDRY, PASSWORD)
    browser.post("/accounts/password-reset/", email=LAUNDRY)
    link = link_to("/accounts/password-reset/", browser.emails(LAUNDRY))
    wanted = NEW, "another one of mine, quite new"
    pages = neck_and_neck(*[lambda new=new: InProcess().post(link, password=new) for new in wanted])
    winner = one_wins(pages, "This link no longer works")
    sides.assert_agree(LAUNDRY, wanted[winner])


def test_two_reset_links_at_once(sides: Sides) -> None:
    """Two mails, two passwords: whichever came last, it is the one of both sides."""
    browser = signed_in(LAUNDRY, PASSWORD)
    links = []
    for _ in range(2):
        forget_attempts()  # a minute later
        browser.post("/accounts/password-reset/", email=LAUNDRY)
        links.append(link_to("/accounts/password-reset/", browser.emails(LAUNDRY)))
    wanted = NEW, "another one of mine, quite new"
    neck_and_neck(
        *[
            lambda link=link, new=new: InProcess().post(link, password=new)
            for link, new in zip(links, wanted, strict=True)
        ]
    )
    [password] = [new for new in wanted if User.objects.get(email=LAUNDRY).check_password(new)]
    signed_in(LAUNDRY, password)
    sides.assert_agree(LAUNDRY, password)


def test_the_same_reconnecting_link_twice(sides: Sides) -> None:
    sides.control("POST", "users", email=LAUNDRY, password="what billing has had for years")
    browser = signed_in(LAUNDRY, PASSWORD)
    link = link_to("/accounts/reconnect/", browser.emails(LAUNDRY))
    pages = neck_and_neck(*[lambda: InProcess().post(link, password=PASSWORD)] * 2)
    one_wins(pages, "This link no longer works")
    sides.assert_agree(LAUNDRY, PASSWORD)


def test_a_password_is_changed_in_two_tabs(sides: Sides) -> None:
    browser = signed_in(LAUNDRY, PASSWORD)
    wanted = NEW, "another one of mine, quite new"
    address, tabs = "/accounts/sign-in/password/", (same_browser(browser), same_browser(browser))
    neck_and_neck(
        *[
            lambda tab=tab, new=new: tab.post(address, current=PASSWORD, password=new)
            for tab, new in zip(tabs, wanted, strict=True)
        ]
    )
    [password] = [
        each for each in (*wanted, PASSWORD) if User.objects.get(email=LAUNDRY).check_password(each)
    ]
    signed_in(LAUNDRY, password)
    sides.assert_agree(LAUNDRY, password)


def email_link(browser: InProcess, password: str, new_email: str) -> str:
    asked = {"email": new_email, "current": password}
    assert browser.post("/accounts/sign-in/email/", **asked).status == 302
    return link_to("/accounts/sign-in/email/confirm/", browser.emails(new_email))


def test_the_same_link_of_a_new_address_twice(sides: Sides) -> None:
    link = email_link(signed_in(LAUNDRY, PASSWORD), PASSWORD, ROSA)
    neck_and_neck(*[lambda: InProcess().post(link, password=PASSWORD)] * 2)
    sides.assert_agree(ROSA, PASSWORD)
    assert not User.objects.filter(email=LAUNDRY).exists()
    told = [email.subject for email in InProcess().emails(LAUNDRY)]
    assert len(told) == 1, "the old address is told once"


def test_two_members_take_the_same_new_address(sides: Sides) -> None:
    """One gets it on both sides, the other keeps what they had on both sides."""
    members = (LAUNDRY, PASSWORD), (people.NEIGHBOUR_EMAIL, people.NEIGHBOUR_PASSWORD)
    links = [email_link(signed_in(*member), member[1], ROSA) for member in members]
    pages = neck_and_neck(
        *[
            lambda link=link, member=member: InProcess().post(link, password=member[1])
            for link, member in zip(links, members, strict=True)
        ]
    )
    winner = one_wins(pages, "Your email wasn't changed")
    sides.assert_agree(ROSA, members[winner][1])
    email, password = members[1 - winner]
    signed_in(email, password)
    sides.assert_agree(email, password)


def test_somebody_registers_with_an_address_that_a_member_is_taking(sides: Sides) -> None:
    link = email_link(signed_in(LAUNDRY, PASSWORD), PASSWORD, ROSA)
    pages = neck_and_neck(finishing(ask(ROSA)), lambda: InProcess().post(link, password=PASSWORD))
    winner = one_wins(pages, "You already have an online account", "Your email wasn't changed")
    signed_in(ROSA, (NEW, PASSWORD)[winner])
    sides.assert_agree(ROSA, (NEW, PASSWORD)[winner])
    if winner == 0:
        signed_in(LAUNDRY, PASSWORD)
        sides.assert_agree(LAUNDRY, PASSWORD)


def test_the_same_account_is_linked_in_two_tabs(sides: Sides) -> None:
    browser = signed_in(LAUNDRY, PASSWORD)
    proof = {"account_number": "10000104", "name": "Rosa Delgado"}
    tabs = same_browser(browser), same_browser(browser)
    pages = neck_and_neck(*[lambda tab=tab: tab.post("/accounts/link/", **proof) for tab in tabs])
    assert [page.status for page in pages] == [302, 302]
    signed_in(LAUNDRY, PASSWORD)
    sides.assert_accounts(LAUNDRY, "10000101", "10000104")


def test_two_members_link_the_same_account(sides: Sides) -> None:
    members = (LAUNDRY, PASSWORD), (people.NEIGHBOUR_EMAIL, people.NEIGHBOUR_PASSWORD)
    proof = {"account_number": "10000104", "name": "Rosa Delgado"}
    browsers = [signed_in(*member) for member in members]

    def link_and_confirm(browser: InProcess, password: str) -> Page:
        browser.post("/accounts/link/", **proof)
        return browser.post("/accounts/confirm/", password=password)

    neck_and_neck(
        *[
            lambda browser=browser, member=member: link_and_confirm(browser, member[1])
            for browser, member in zip(browsers, members, strict=True)
        ]
    )
    owner = sides.sandbox.customer("10000104")["registered_by"]
    links = LinkedAccount.objects.filter(account__account_number="10000104")
    states = dict(links.values_list("member__email", "state"))
    [other] = set(states) - {owner}
    assert states == {owner: "registered", other: "elsewhere"}


def test_two_tabs_confirm(sides: Sides) -> None:
    browser = signed_in(LAUNDRY, PASSWORD)
    sides.control("POST", "users/expire-tokens", email=LAUNDRY)
    session = browser.client.session
    del session["billing"]
    session.save()
    sides.control("DELETE", "calls")
    tabs = same_browser(browser), same_browser(browser)
    pages = neck_and_neck(
        *[
            lambda tab=tab: tab.post("/accounts/confirm/?next=/billing/bills/", password=PASSWORD)
            for tab in tabs
        ]
    )
    assert [page.location for page in pages] == ["/billing/bills/"] * 2
    calls = sides.control("GET", "calls")
    assert [call["operation"] for call in calls].count("remote_authentication") == 1
    assert "iframe" in browser.get("/billing/bills/").text


def test_the_first_sign_in_twice_at_once(sides: Sides) -> None:
    """Both find the account there unregistered, or not there at all."""
    for email, account in ((ROSA, "10000104"), (LUIS, "10000105")):
        people.member(sides.biller, email, NEW, account)
        neck_and_neck(
            *[
                lambda email=email: InProcess().post(
                    "/accounts/login/", username=email, password=NEW
                )
            ]
            * 2
        )
        signed_in(email, NEW)
        sides.assert_agree(email, NEW)
        sides.assert_accounts(email, account)


def test_one_account_is_unlinked_in_two_tabs(sides: Sides) -> None:
    browser = signed_in(LAUNDRY, PASSWORD)
    address = f"/accounts/{sides.cast.account('10000101').pk}/unlink/"
    tabs = same_browser(browser), same_browser(browser)
    pages = neck_and_neck(*[lambda tab=tab: tab.post(address) for tab in tabs])
    assert {page.status for page in pages} <= {302, 404}
    assert not LinkedAccount.objects.filter(member__email=LAUNDRY).exists()
