"""What people do, how they go on after an interruption, and what both sides must hold in the end.

Here: registering, signing in, linking. `stories_of_changes` has passwords and addresses.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from accounts.models import LinkedAccount, UnlinkedAccount
from accounts.ratelimit import forget_attempts
from tests import cast as people
from tests.faults.flows.browsers import Browser, Page, link_to
from tests.faults.flows.sides import Sides

NEW = "seven quiet herons at dawn"


class Story(ABC):
    """act is interrupted; go_on is what the same person does then, knowing nothing of why."""

    email: ClassVar[str] = people.LAUNDRY_EMAIL
    password: ClassVar[str] = people.LAUNDRY_PASSWORD

    def __init__(self, sides: Sides, browser: Browser) -> None:
        self.sides, self.browser = sides, browser
        self.mails_asked_for = 0

    def begin(self) -> None:  # noqa: B027  many begin with nothing
        """What was there before."""

    @abstractmethod
    def act(self) -> None: ...

    @abstractmethod
    def go_on(self) -> None: ...

    @abstractmethod
    def check(self) -> None:
        """That both sides are equal, and nothing is there twice."""

    # What a person can do with a browser.

    def get(self, path: str) -> Page:
        return calm(self.browser.get(path))

    def post(self, path: str, **fields: str) -> Page:
        return calm(self.browser.post(path, **fields))

    def sign_in(self, password: str, *, email: str = "") -> bool:
        name = email or self.email
        return self.post("/accounts/login/", username=name, password=password).status == 302

    def link(self, path: str, *, email: str = "") -> str:
        return link_to(path, self.browser.emails(email or self.email))

    def follow(self, link: str, **fields: str) -> bool:
        """Whether the link of a mail still did its work; not when there was none."""
        return bool(link) and self.post(link, **fields).status == 302

    def wait_a_while(self) -> None:
        """Mails are counted: the next one may be asked for a little later."""
        forget_attempts()

    def assert_no_storm_of_mails(self, most_unasked: int = 0) -> None:
        """Each mail was asked for, or tells of one thing that happened."""
        subjects = [email.subject for email in self.browser.emails(self.email)]
        assert len(subjects) <= self.mails_asked_for + most_unasked, subjects


def calm(page: Page) -> Page:
    assert page.status < 500, f"an error page: {page.text[:300]}"
    return page


class Registers(Story):
    """The account is one that nobody has registered there."""

    email = "rosa@example.com"
    password = NEW
    account, name = "10000104", "Rosa Delgado"

    def act(self) -> None:
        self.ask()
        self.finish()

    def ask(self) -> None:
        self.mails_asked_for += 1
        self.post(
            "/accounts/register/",
            account_number=self.account,
            name=self.name,
            email=self.email,
            password=self.password,
        )

    def finish(self) -> bool:
        return self.follow(self.link("/accounts/finish/"), password=self.password)

    def go_on(self) -> None:
        if not (self.sign_in(self.password) or self.finish()):
            self.wait_a_while()
            self.ask()
            assert self.finish(), "cannot finish, and has no account"
        assert self.sign_in(self.password)

    def check(self) -> None:
        self.sides.assert_agree(self.email, self.password)
        self.sides.assert_accounts(self.email, self.account)
        customers = self.sides.sandbox.state("customers")
        numbers = [customer["account_number"] for customer in customers]
        assert numbers.count(self.account) == 1
        self.assert_no_storm_of_mails()


class RegistersAnUnknownAccount(Registers):
    """Invoice Cloud has no record of the customer."""

    account, name = "10000105", "Harold Becker"


class RegistersWhatIsOnlineAlready(Registers):
    """At Invoice Cloud under the same address and password, from before the portal."""

    def begin(self) -> None:
        self.sides.control(
            "POST", "users", email=self.email, password=self.password, accounts=[self.account]
        )


class BringsALogin(RegistersWhatIsOnlineAlready):
    """Signs up with what Invoice Cloud has, without a proof of the account."""

    def ask(self) -> None:
        self.mails_asked_for += 1
        self.post("/accounts/existing-login/", username=self.email, password=self.password)

    def finish(self) -> bool:
        return self.follow(self.link("/accounts/existing-login/"), password=self.password)


class BringsALoginTooShort(Story):
    """Its password is too short here, so a new one is chosen behind the link."""

    email, password = "rosa@example.com", NEW
    account, short = "10000104", "tin roof"

    def begin(self) -> None:
        row = {"email": self.email, "password": self.short}
        self.sides.control("POST", "users", **row, accounts=[self.account])

    def act(self) -> None:
        self.mails_asked_for += 1
        self.post("/accounts/existing-login/", username=self.email, password=self.short)
        self.finish()

    def finish(self) -> bool:
        link = self.link("/accounts/existing-login/")
        page = self.post(link, password=self.short) if link else None
        return bool(page and page.location) and self.follow(page.location, password=NEW)

    def reset(self) -> bool:
        self.mails_asked_for += 1
        self.post("/accounts/password-reset/", email=self.email)
        return self.follow(self.link("/accounts/password-reset/"), password=NEW)

    def go_on(self) -> None:
        if not (self.sign_in(NEW) or self.finish() or self.reset()):
            self.wait_a_while()
            self.act()
        assert self.sign_in(NEW)

    def check(self) -> None:
        self.sides.assert_agree(self.email, NEW)
        self.sides.assert_accounts(self.email, self.account)
        # Each new password is told of by a mail of its own.
        self.assert_no_storm_of_mails(most_unasked=2)


class SignsIn(Story):
    """With an account that is there only, and one that is linked here only."""

    def begin(self) -> None:
        row = {"email": self.email, "password": self.password}
        self.sides.control("POST", "users", **row, accounts=["10000101", "10000103"])
        LinkedAccount.objects.create(
            member=self.sides.cast.laundry, account=self.sides.cast.account("10000105")
        )

    def act(self) -> None:
        self.sign_in(self.password)

    def go_on(self) -> None:
        assert self.sign_in(self.password)

    def check(self) -> None:
        self.sides.assert_agree(self.email, self.password)
        self.sides.assert_accounts(self.email, "10000101", "10000103", "10000105")
        self.assert_no_storm_of_mails()


class Links(Story):
    account, name = "10000104", "Rosa Delgado"

    def begin(self) -> None:
        assert self.sign_in(self.password)

    def act(self) -> None:
        self.post("/accounts/link/", account_number=self.account, name=self.name)
        self.post("/accounts/confirm/?next=/accounts/", password=self.password)

    def go_on(self) -> None:
        assert self.sign_in(self.password)
        if self.account not in self.get("/accounts/").text:
            self.act()

    def check(self) -> None:
        self.sides.assert_agree(self.email, self.password)
        self.sides.assert_accounts(self.email, "10000101", self.account)
        self.assert_no_storm_of_mails()


class LinksAgain(Links):
    """An account that was unlinked here and has stayed registered there."""

    def begin(self) -> None:
        super().begin()
        super().act()
        unlink(self, self.account)


class Unlinks(Story):
    account = "10000101"

    def begin(self) -> None:
        assert self.sign_in(self.password)

    def act(self) -> None:
        unlink(self, self.account)

    def go_on(self) -> None:
        assert self.sign_in(self.password)
        if self.account in self.get("/accounts/").text:
            self.act()
        assert self.sign_in(self.password)

    def check(self) -> None:
        self.sides.assert_agree(self.email, self.password)
        assert not LinkedAccount.objects.filter(member__email=self.email).exists()
        assert UnlinkedAccount.objects.filter(member__email=self.email).count() == 1
        assert self.account not in self.get("/accounts/").text


def unlink(story: Story, account: str) -> None:
    pk = story.sides.cast.account(account).pk
    story.post(f"/accounts/{pk}/unlink/")
