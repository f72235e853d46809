"""A customer: what they do, and what they believe after something was interrupted."""

import re
import time
from collections.abc import Callable
from itertools import product
from random import Random

from tests.faults.flows.browsers import Email, link_to
from tests.storm.people.browser import Browser
from tests.storm.people.factors import CODE, Factor, pass_second_step, settle_factors
from tests.storm.town import Household, Town

SHOWN_EMAIL = re.compile(r"<dd>([^<\s]+@example\.com)")
BILLING = ("bills", "paperless", "autopay", "payment-methods", "scheduled-payments", "pay-by-text")


class Person:
    """emails, passwords: what may be right, the likeliest first: one each when they are certain.
    is_member: None when nobody knows. linked, unlinked: the accounts that the portal said are.
    factors: what the second step may be, the likeliest first; None is none. helpers: whoever was
    invited; was_sent_away: of a helper, that the member was told so."""

    def __init__(self, town: Town, household: Household) -> None:
        self.town, self.household = town, household
        self.emails, self.passwords = [household.email], [household.password]
        self.is_member: bool | None = False
        self.is_at_home = False
        self.linked: set[str] = set()
        self.unlinked: set[str] = set()
        self.factors: list[Factor | None] = [None]
        self.helpers: list[Person] = []
        self.was_sent_away = False
        self.asked_emails: list[str] = []
        self.patience = 6.0  # seconds to wait for an email before doing something else
        self.networks = 0
        self.receipts: dict[str, str] = {}  # of payments as a guest: the hosted page of each
        self.browser = Browser(town.url, answered=town.answered, typed=town.typed)
        self.leave()

    def leave(self) -> None:
        """Closes the browser. The next one is new and elsewhere."""
        self.networks += 1
        number = self.household.number
        self.browser.forget(network=f"2001:db8:{number:x}:{self.networks:x}::1")
        self.is_at_home = False

    # Becoming a member, and coming back.

    def register(self, random: Random) -> None:
        self.leave()
        page = self.browser.send(
            "/accounts/register/",
            account_number=self.household.accounts[0],
            name="Somebody",
            email=self.emails[0],
            password=self.passwords[0],
        )
        if page.path == "/accounts/register/sent/":
            self.finish(self.new_link("/accounts/finish/", self.emails[0]))

    def finish(self, link: str) -> None:
        if not link:
            return
        self.is_member = None
        page = self.browser.send(link, password=self.passwords[0])
        self.is_member = self.is_at_home = page.path == "/"
        if "You already have an online account" in page.text or page.status == 410:
            self.is_member = None  # by an interrupted visit; signing in shows it
        if self.is_at_home:
            self.linked.add(self.household.accounts[0])

    def sign_in(self) -> bool:
        """Signs in with whatever may be right, which is then certain again."""
        self.leave()
        refused = 0
        for email, password in product(self.emails, self.passwords):
            page = self.browser.send("/accounts/login/", username=email, password=password)
            asked = page.path.startswith(CODE)
            if asked:
                page = pass_second_step(self, page)
            if page.path == "/":
                settle_factors(self, asked=asked)
                self.is_member = self.is_at_home = True
                self.passwords = [password]
                self.learn_email()
                return True
            refused += page.status == 200 and not asked
        if self.is_member and refused == len(self.emails) * len(self.passwords):
            self.town.found(f"{self.household.email} is locked out")
        if self.is_member is None and refused:
            self.is_member = False
        return False

    def learn_email(self) -> None:
        shown = SHOWN_EMAIL.search(self.browser.get("/accounts/sign-in/").text)
        if shown:
            open_ones = [email for email in self.asked_emails if email != shown[1]]
            self.emails = [shown[1], *reversed(open_ones)]
            self.asked_emails = open_ones

    def comes_home(self) -> bool:
        is_certain = len(self.emails) == len(self.passwords) == 1
        return (self.is_at_home and is_certain) or self.sign_in()

    # Passwords and addresses.

    def change_password(self, random: Random) -> None:
        old, new = self.passwords[0], new_password(random)
        self.passwords = [old, new]
        path = "/accounts/sign-in/password/"
        page = self.browser.send(path, current=old, password=new)
        if "Your password was changed" in page.text:
            self.passwords = [new]
            self.town.count("changes")
        elif "Open the link in the email" in page.text:
            self.passwords = [old]
            self.choose_password(self.new_link(path, self.emails[0]), new)
        elif "nothing was changed" in page.text or page.path.startswith((path, "/accounts/login")):
            self.passwords = [old]

    def reset_password(self, random: Random) -> None:
        path = "/accounts/password-reset/"
        self.leave()
        self.browser.send(path, email=self.emails[0])
        self.choose_password(self.new_link(path, self.emails[0]), new_password(random))

    def choose_password(self, link: str, new: str) -> None:
        if not link:
            return
        before = self.passwords
        self.passwords = [*before, new]
        page = self.browser.send(link, password=new)
        if page.path == "/":
            self.passwords, self.is_at_home = [new], True
            self.town.count("changes")
        elif page.path == link or page.status == 410:
            self.passwords = before

    def change_email(self, random: Random) -> None:
        path, old = "/accounts/sign-in/email/", self.emails[0]
        new = f"{old.split('@')[0].split('-at-')[0]}-at-{random.randrange(10**6)}@example.com"
        page = self.browser.send(path, email=new, current=self.passwords[0])
        if "Open the link in it" not in page.text:
            return
        link = self.wait_for(
            lambda: (
                self.link(path + "confirm/", new) or self.link(path + "approve/", old, fresh=True)
            )
        )
        if "/approve/" in link:
            self.browser.send(link)
            link = self.new_link(path + "confirm/", new)
        if link:
            self.confirm_email(link, new)

    def confirm_email(self, link: str, new: str) -> None:
        self.asked_emails.append(new)
        self.emails.append(new)
        page = self.browser.send(link, password=self.passwords[0])
        if "Your email was changed" in page.text:
            self.emails = [new]
            self.asked_emails.clear()
            self.town.count("changes")
        elif page.status in {409, 410} or page.path == link:
            self.emails.remove(new)
            self.asked_emails.remove(new)

    # Accounts and bills.

    def link_account(self, random: Random) -> None:
        number = random.choice(self.household.accounts)
        self.unlinked.discard(number)
        page = self.browser.send("/accounts/link/", account_number=number, name="Somebody")
        if page.path.startswith("/accounts/confirm/"):
            self.linked.add(number)
            self.browser.send(page.path, password=self.passwords[0])
        elif page.path == "/accounts/":
            self.linked.add(number)

    def unlink_account(self, random: Random) -> None:
        number = random.choice(self.household.accounts)
        path = f"/accounts/{self.town.keys[number]}/unlink/"
        if self.browser.get(path).path != path:
            return
        self.linked.discard(number)
        page = self.browser.press(path)
        if "no longer on your list" in page.text:
            self.unlinked.add(number)
            self.town.count("unlinked")

    def look_at_bills(self, random: Random) -> None:
        page = self.browser.get(f"/billing/{random.choice(BILLING)}/")
        if page.path.startswith("/accounts/confirm/"):
            page = self.browser.send(page.path, password=self.passwords[0])
        if "Reconnect your billing pages" in page.text:
            self.reconnect()

    def reconnect(self) -> None:
        """Follows the email that came with signing in, or requests another one."""
        self.town.count("reconnected")
        path, email = "/accounts/reconnect/", self.emails[0]
        if self.follow(self.link(path, email)):
            return
        self.browser.get("/accounts/sign-in/")
        self.browser.press(path)
        self.follow(self.new_link(path, email))

    def follow(self, link: str) -> bool:
        return bool(link) and self.browser.send(link, password=self.passwords[0]).path == "/"

    # Emails.

    def new_link(self, path: str, email: str) -> str:
        """Returns the link of an email that arrives now; empty if none arrives in time."""
        return self.wait_for(lambda: self.link(path, email, fresh=True))

    def link(self, path: str, email: str, *, fresh: bool = False) -> str:
        """Returns the newest link; fresh: one that was never used."""
        mails = self.town.control("GET", "inbox", to=email)
        emails = [Email(m["subject"], m["text"]) for m in reversed(mails) if m["to"] == email]
        link = link_to(path, emails)
        if fresh and link in self.town.used_links:
            return ""
        if fresh and link:
            self.town.used_links.add(link)
        return link

    def wait_for(self, look: Callable[[], str]) -> str:
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            if found := look():
                return found
            time.sleep(0.2)
        return ""


def new_password(random: Random) -> str:
    words = ("heron", "lantern", "kettle", "harbour", "bicycle", "meadow", "walnut", "copper")
    return " ".join(random.sample(words, 4)) + f" {random.randrange(1000)}"
