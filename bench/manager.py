"""What a manager with 5,000 accounts waits for, beside a member with one, measured in turns.

Both have signed in before. All accounts are linked here and registered at the sandbox, which is a
separate process. Times are wall-clock times, because a person waits that long; the ratios matter
most.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.setup import on_sqlite

on_sqlite(SYNCHRONISE_AFTERWARDS="true")

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.invoice_cloud.background import background_work
from accounts.invoice_cloud.sync import sync_accounts
from accounts.models import User, UtilityAccount
from accounts.ratelimit import forget_attempts
from icsso.billers.models import Biller
from tests import cast as people
from tests.sandbox_process import SandboxProcess

NUMBERS = [str(30_000_000 + number) for number in range(5000)]
PASSWORD = "five thousand brass doorbells"  # noqa: S105
ROUNDS = 30


class Member(NamedTuple):
    user: User
    client: Client

    def sign_in(self) -> None:
        forget_attempts()
        given = {"username": self.user.email, "password": PASSWORD}
        assert self.client.post("/accounts/login/", given).status_code == 302

    def get(self, path: str) -> Callable[[], None]:
        def page() -> None:
            assert self.client.get(path).status_code == 200

        return page


def member(biller: Biller, email: str, *numbers: str) -> Member:
    row = {"api_key": sandbox.api_key, "email": email, "password": PASSWORD}
    sandbox.control("POST", "/_control/api/users", {**row, "accounts": list(numbers)})
    made = Member(people.member(biller, email, PASSWORD, *numbers), Client(SERVER_NAME="localhost"))
    made.sign_in()
    assert background_work.wait(60)
    return made


def milliseconds(work: Callable[[], object]) -> float:
    """Returns the time until the answer. Work that continues after it is not counted, and ends
    before this returns."""
    started = time.perf_counter()
    work()
    spent = (time.perf_counter() - started) * 1000
    assert background_work.wait(60)
    return spent


def queries(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as made:
        work()
    assert background_work.wait(60)
    return len(made)


def compare(name: str, one: Callable[[], object], many: Callable[[], object]) -> None:
    pairs = [(milliseconds(one), milliseconds(many)) for _ in range(ROUNDS)]
    few, lots = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    counted = f"{queries(one):9}{queries(many):9}"
    print(f"{name:30}{few:9.1f}{lots:9.1f}{lots / few:8.2f}{counted}")


def measure() -> None:
    biller = people.springfield(base_url=sandbox.url)
    rows = [{"account_number": n, "name": "Large Manager", "invoices": []} for n in NUMBERS]
    sandbox.control(
        "POST", "/_control/api/customers", {"api_key": sandbox.api_key, "customers": rows}
    )
    UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=biller, account_number=n, name="Large Manager") for n in NUMBERS
    )
    one = member(biller, "one@example.com", "10000104")
    many = member(biller, "many@example.com", *NUMBERS)
    print(f"{'':30}{'1: ms':>9}{'5000: ms':>9}{'ratio':>8}{'queries':>9}{'queries':>9}")
    compare("sign-in", one.sign_in, many.sign_in)
    for name, path in (("dashboard", "/"), ("My accounts", "/accounts/")):
        compare(name, one.get(path), many.get(path))
    compare(
        "synchronising (not waited for)",
        lambda: sync_accounts(one.user, PASSWORD),
        lambda: sync_accounts(many.user, PASSWORD),
    )


with SandboxProcess() as sandbox:
    call_command("migrate", verbosity=0)
    measure()
