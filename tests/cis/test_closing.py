"""manage.py import_accounts --full: what the CIS no longer has is closed, never deleted."""

from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.linked_accounts.proof import find_account
from icsso.billers.models import Biller
from tests.cast import Cast
from tests.imports import imported

HEADER = "account_number,name,email\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cis.csv"


@pytest.fixture
def ten(power: Biller, file: Path) -> list[str]:
    """The lines of ten accounts that are known."""
    lines = [f"{number},Ann Burns,\n" for number in range(770, 780)]
    file.write_text(HEADER + "".join(lines))
    imported(file, full=True)
    return lines


def test_an_account_that_a_full_file_lacks_is_closed_and_opens_when_it_comes_again(
    power: Biller, file: Path, ten: list[str]
) -> None:
    file.write_text(HEADER + "".join(ten[1:]))
    assert "0 new, 0 changed, 9 unchanged, 1 closed, 0 rejected" in imported(file, full=True)
    closed = power.accounts.get(account_number="770")
    assert closed.closed_at
    assert power.accounts.filter(closed_at=None).count() == 9
    assert "9 unchanged, 0 closed" in imported(file, full=True)
    assert power.accounts.get(account_number="770").closed_at == closed.closed_at
    file.write_text(HEADER + "".join(ten))
    assert "0 new, 1 changed, 9 unchanged, 0 closed" in imported(file, full=True)
    again = power.accounts.get(account_number="770")
    assert (again.pk, again.closed_at) == (closed.pk, None)


def test_without_full_nothing_is_closed(power: Biller, file: Path, ten: list[str]) -> None:
    file.write_text(HEADER + ten[0])
    assert "1 unchanged, 0 closed" in imported(file)
    assert not power.accounts.exclude(closed_at=None).exists()


def test_a_file_that_would_close_too_many_changes_nothing_until_that_is_confirmed(
    power: Biller, file: Path, ten: list[str]
) -> None:
    file.write_text(HEADER + "1000,Bob Burns,\n" + "".join(ten[3:]))
    with pytest.raises(CommandError, match=r"3 of 10 open accounts are not in.*--close-anyway"):
        imported(file, full=True)
    assert power.accounts.filter(closed_at=None).count() == power.accounts.count() == 10
    assert "1 new, 0 changed, 7 unchanged, 3 closed" in imported(file, full=True, close_anyway=True)
    assert power.accounts.filter(closed_at=None).count() == 8


def test_an_account_whose_line_is_refused_stays_open(
    power: Biller, file: Path, ten: list[str]
) -> None:
    file.write_text(HEADER + "".join(["770,,\n", "771,Ann\n", '"772,Ann,\n', *ten[3:]]))
    assert "7 unchanged, 0 closed, 3 rejected" in imported(file, full=True)


@pytest.mark.parametrize(
    "line", ['"Ann,Burns,\n', ",Ann Burns,\n", "7.7E+02,Ann Burns,\n", "7\x0070,Ann,\n"]
)
def test_a_line_that_may_be_any_account_closes_none(
    power: Biller, file: Path, ten: list[str], line: str
) -> None:
    file.write_text(HEADER + line + "".join(ten[1:]))
    with pytest.raises(CommandError, match="Rows without a readable account number: 1"):
        imported(file, full=True)
    assert not power.accounts.exclude(closed_at=None).exists()


def test_another_billers_accounts_stay_open(
    power: Biller, file: Path, ten: list[str], biller: Biller
) -> None:
    file.write_text(HEADER + "".join(ten[1:]))
    imported(file, full=True)
    assert not biller.accounts.exclude(closed_at=None).exists()


def test_a_closed_account_goes_on_for_its_customer_who_may_still_owe_money(
    cast: Cast, client: Client, file: Path
) -> None:
    account = cast.account("10000101")
    others = cast.biller.accounts.exclude(pk=account.pk).values_list("account_number", "name")
    file.write_text("account_number,name\n" + "".join(f"{n},{name}\n" for n, name in others))
    assert "1 closed" in imported(file, full=True, biller=cast.biller.slug)
    account.refresh_from_db()
    assert account.closed_at
    client.force_login(cast.laundry)
    for page in ("/", "/accounts/", f"/accounts/{account.pk}/"):
        shown = client.get(page).content.decode()
        assert "Springfield Water has closed this account. You can still see and pay" in shown
    assert "has closed this account" not in Client().get("/").content.decode()
    proved = find_account(biller=cast.biller, account_number="10000101", name="Willows Laundry")
    assert proved == account  # who registers, links or pays as a guest


def test_thousands_are_compared_in_few_queries_and_closed_in_batches(
    power: Biller, file: Path
) -> None:
    lines = [f"{n:08},Name,\n" for n in range(5_000)]
    file.write_text(HEADER + "".join(lines))
    imported(file)
    file.write_text(HEADER + "".join(lines[500:]))
    with CaptureQueriesContext(connection) as queries:
        assert "4500 unchanged, 500 closed" in imported(file, full=True)
    assert len(queries) <= 45
