"""Stories of passwords and addresses, which two sides hold."""

from typing import ClassVar

from accounts.models import User
from tests.faults.flows.stories import NEW, Story

ELSEWHERE = "what billing has had for years"
NEW_EMAIL = "wash-house@example.com"


class ResetsPassword(Story):
    """Unsure what became of it, tries the new password first and then the old one."""

    asks = "/accounts/password-reset/"
    most_unasked = 2  # that it was changed: once for each time it was

    def begin(self) -> None:
        assert self.sign_in(self.password)

    def act(self) -> None:
        self.ask()
        self.follow(self.link(self.asks), password=NEW)

    def ask(self) -> None:
        self.mails_asked_for += 1
        self.post(self.asks, email=self.email)

    def go_on(self) -> None:
        believed = self.first_that_works()
        self.sides.assert_agree(self.email, believed)
        if believed != NEW:
            self.wait_a_while()
            if not self.follow(self.link(self.asks), password=NEW):
                self.act()
            assert self.sign_in(NEW)

    def first_that_works(self) -> str:
        for password in self.tried():
            if self.sign_in(password):
                return password
        raise AssertionError("locked out: neither the new password nor the old one")

    def tried(self) -> tuple[str, ...]:
        return NEW, self.password

    def check(self) -> None:
        self.sides.assert_agree(self.email, NEW)
        assert not User.objects.get(email=self.email).check_password(self.password)
        self.sides.assert_accounts(self.email, "10000101")
        self.assert_no_storm_of_mails(self.most_unasked)


class ResetsPasswordTryingTheOldOne(ResetsPassword):
    def tried(self) -> tuple[str, ...]:
        return self.password, NEW


class ChangesPassword(ResetsPassword):
    asks = "/accounts/sign-in/password/"

    def ask(self) -> None:
        self.post(self.asks, current=self.password, password=NEW)

    def go_on(self) -> None:
        if self.sides.has_password_there(self.email, NEW) and self.tried()[0] == NEW:
            assert self.sign_in(NEW), "billing has the new password, and the portal refuses it"
        super().go_on()


class ChangesPasswordTryingTheOldOne(ChangesPassword):
    def tried(self) -> tuple[str, ...]:
        return self.password, NEW


class ChangesPasswordThatDiffersThere(ChangesPassword):
    """Billing has another one: a mail must approve, and its link asks for the new one again."""

    def begin(self) -> None:
        self.sides.control("POST", "users", email=self.email, password=ELSEWHERE)
        assert self.sign_in(self.password)
        self.mails_asked_for += 1  # signing in has brought one that connects billing again

    def ask(self) -> None:
        self.mails_asked_for += 1
        super().ask()

    def go_on(self) -> None:
        if self.first_that_works() != NEW:
            self.wait_a_while()
            self.act()
            assert self.sign_in(NEW)


class Reconnects(Story):
    """Billing has another password; the mail that signing in brings makes it the portal's."""

    asks = "/accounts/reconnect/"

    def begin(self) -> None:
        self.sides.control("POST", "users", email=self.email, password=ELSEWHERE)

    def act(self) -> None:
        self.mails_asked_for += 1
        self.sign_in(self.password)
        self.connect()

    def connect(self) -> bool:
        return self.follow(self.link(self.asks), password=self.password)

    def go_on(self) -> None:
        assert self.sign_in(self.password)
        if self.is_connected() or self.connect():
            return
        self.wait_a_while()
        self.mails_asked_for += 1
        self.post(self.asks)
        assert self.connect(), "no mail brings the link"
        assert self.sign_in(self.password)

    def is_connected(self) -> bool:
        return "econnect your billing pages" not in self.get("/billing/bills/").text

    def check(self) -> None:
        self.sides.assert_agree(self.email, self.password)
        self.sides.assert_accounts(self.email, "10000101")
        self.assert_no_storm_of_mails()


class ChangesEmail(Story):
    """Unsure what became of it, tries the new address first and then the old one."""

    asks, confirms = "/accounts/sign-in/email/", "/accounts/sign-in/email/confirm/"
    tried: ClassVar[tuple[str, ...]] = (NEW_EMAIL, Story.email)
    completes_by_signing_in = True  # what was confirmed before

    def begin(self) -> None:
        assert self.sign_in(self.password)

    def act(self) -> None:
        self.ask()
        self.confirm()

    def ask(self) -> None:
        self.mails_asked_for += 1
        self.post(self.asks, email=NEW_EMAIL, current=self.password)

    def confirm(self) -> bool:
        link = self.link(self.confirms, email=NEW_EMAIL)
        return self.follow(link, password=self.password)

    def go_on(self) -> None:
        believed = self.first_that_works()
        if self.completes_by_signing_in:
            self.sides.assert_agree(self.email_now(believed), self.password)
        self.wait_a_while()
        if self.email_now(believed) != NEW_EMAIL and not self.confirm():
            self.act()
        assert self.sign_in(self.password, email=NEW_EMAIL)

    def first_that_works(self) -> str:
        for email in self.tried:
            if self.sign_in(self.password, email=email):
                return email
        raise AssertionError("locked out: neither the new address nor the old one")

    def email_now(self, believed: str) -> str:
        """Signing in with the old one may have moved it."""
        is_new = User.objects.filter(email=NEW_EMAIL).exists()
        return NEW_EMAIL if is_new else believed

    def check(self) -> None:
        self.sides.assert_agree(NEW_EMAIL, self.password)
        self.sides.assert_accounts(NEW_EMAIL, "10000101")
        assert not User.objects.filter(email=self.email).exists()
        emails = [user["email"] for user in self.sides.sandbox.state("users")]
        assert self.email not in emails
        # That it has changed; and the old one, where Invoice Cloud did not answer, that it will.
        for email, unasked in ((self.email, 2), (NEW_EMAIL, 1)):
            told = [mail.subject for mail in self.browser.emails(email)]
            assert len(told) <= self.mails_asked_for + unasked, told


class TakesBackANewEmail(ResetsPassword):
    """Somebody who knew the password has asked for another address and confirmed it, and Invoice
    Cloud has carried it out with its answer lost. Whoever has the old one resets the password."""

    most_unasked = 3  # that an address was about to change, and once or twice of the password

    def begin(self) -> None:
        super().begin()
        self.post(ChangesEmail.asks, email=NEW_EMAIL, current=self.password)
        self.sides.control("POST", "faults", operation="update_email_address", kind="reset_after")
        link = self.link(ChangesEmail.confirms, email=NEW_EMAIL)
        assert self.follow(link, password=self.password)
        self.sides.control("DELETE", "faults")
        assert self.sides.accounts_there(NEW_EMAIL)
        self.wait_a_while()

    def go_on(self) -> None:
        if not self.sign_in(NEW):
            self.wait_a_while()
            if not self.follow(self.link(self.asks), password=NEW):
                self.act()
            assert self.sign_in(NEW)

    def check(self) -> None:
        super().check()
        emails = [user["email"] for user in self.sides.sandbox.state("users")]
        assert NEW_EMAIL not in emails


class ChangesEmailTryingTheOldOne(ChangesEmail):
    tried = (Story.email, NEW_EMAIL)


class ChangesEmailWithAnotherPasswordThere(ChangesEmail):
    """The old address must approve first."""

    approves = "/accounts/sign-in/email/approve/"
    completes_by_signing_in = False  # not before it has been approved

    def begin(self) -> None:
        self.sides.control("POST", "users", email=self.email, password=ELSEWHERE)
        super().begin()
        self.mails_asked_for += 1  # signing in has brought one that connects billing again

    def ask(self) -> None:
        super().ask()
        self.follow(self.link(self.approves))
