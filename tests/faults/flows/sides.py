"""What both sides hold: the portal's database here, the sandbox there."""

import time
from collections.abc import Callable
from typing import Any

from django.core import mail
from django.core.cache import cache

from accounts.models import LinkedAccount, User
from accounts.ratelimit import forget_attempts
from icsso.billers.models import Biller
from tests import cast as people
from tests.cast import Cast
from tests.databases import Emptying
from tests.sandbox_process import SandboxProcess


class Sides:
    """Both sides, as if just installed."""

    def __init__(self, sandbox: SandboxProcess, empty_database: Emptying) -> None:
        self.sandbox, self._empty_database = sandbox, empty_database
        self.cast: Cast
        self.beginnings: dict[type, Any] = {}  # of stories: tests/faults/flows/telling.py

    def begin_anew(self) -> None:
        self._empty_database()
        forget_memory()
        self.sandbox.reset()
        self.cast = people.assemble(people.springfield(base_url=self.sandbox.url))

    @property
    def biller(self) -> Biller:
        return self.cast.biller

    def control(self, method: str, what: str, **row: Any) -> Any:
        return self.sandbox.control(
            method, f"/_control/api/{what}", {"api_key": people.API_KEY, **row}
        )

    def has_password_there(self, email: str, password: str) -> bool:
        self.accounts_there(email)  # somebody has this address there
        return bool(self.control("POST", "users/check", email=email, password=password)["matches"])

    def accounts_there(self, email: str) -> set[str]:
        users = [user for user in self.sandbox.state("users") if user["email"] == email]
        assert len(users) == 1, f"{len(users)} users there"
        return set(users[0]["accounts"])

    def assert_agree(self, email: str, password: str) -> None:
        """One member, one user there, with one password, and nothing left open."""
        member = User.objects.get(biller=self.biller, email=email)
        assert member.check_password(password), "another password here"
        assert self.has_password_there(email, password), "another password there"
        assert member.registered_at, "not known to be registered"
        assert not member.credential_changes.open().exists(), "a change is still open"

    def assert_accounts(self, email: str, *numbers: str) -> None:
        """Linked here once each and registered there, no more and no fewer."""
        links = list(LinkedAccount.objects.filter(member__email=email).select_related("account"))
        assert sorted(link.account.account_number for link in links) == sorted(numbers)
        assert {link.state for link in links} == {LinkedAccount.State.REGISTERED}
        assert [link.is_first for link in links].count(True) == 1
        assert self.accounts_there(email) == set(numbers)


def forget_memory() -> None:
    """What a process holds, and what Redis holds for all of them."""
    cache.clear()
    forget_attempts()
    mail.outbox = []


def eventually(holds: Callable[[], None]) -> None:
    """Waits until no assertion fails any more, on a machine that may be busy."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return holds()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)
