"""Every folder of tests/cases/accounts, imported: its README says what is right."""

from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import CommandError, call_command

from accounts.models import UtilityAccount
from icsso.billers.models import Biller
from tests.cast import other_biller

CASES = Path(__file__).parents[1] / "cases/accounts"
IDA = ("Ida Bell", "07030")


class Case(NamedTuple):
    """accounts: {number: (name, ZIP)} after the import. said: parts of what the command says.
    known: accounts before the import. refusal: part of why the whole file is refused."""

    folder: str
    accounts: dict[str, tuple[str, str]]
    said: tuple[str, ...] = ()
    file: str = "accounts.csv"
    known: tuple[str, ...] = ()
    refusal: str = ""


JUNK = {
    "88000001": ("HOLLY PARK", "62701"),
    "88000002": ("IVAN PARK", "62701"),
    "88000003": ("JUNE PARK", "62701"),
    "88000004": ("KIM PARK", "62701-1234"),
    "88000005": ("LEE PARK", "62701"),
    "88000006": ("MO PARK", "62701"),
    "88000007": ("NED PARK", "62701"),
    "88000008": ("OLA PARK", "62701"),
}
JUNK_SAID = (
    "8 new, 0 changed, 0 unchanged, 0 closed, 0 rejected",
    "email: the cell says that there is none; left empty: 1 (row 2)",
    "email: several addresses; the first one was used: 1 (row 3)",
    "email: not a valid address; left empty: 3 (rows 6, 7, 9)",
    "phone: more than a phone number; the first one was used: 1 (row 4)",
    "zip: more than a ZIP code; the rest was left out: 1 (row 5)",
)
RESPELLED = (
    "account_number: the portal has it with other zeros or punctuation; "
    "the longer number was kept: 1 (row 2)"
)
ZIP_RESTORED = "zip: a leading zero was restored: 1 (row 2)"
CASES_WITH_ANSWERS = [
    # What becomes of the members who held the account is tested with linked accounts.
    Case(
        "account-gets-another-customer",
        {"10000104": ("PRIYA RAMAN", "62701")},
        ("1 changed",),
        "reassigned.csv",
        known=("10000104",),
    ),
    Case(
        "columns-named-otherwise",
        {"66000001": ("PIA LUND", "62701")},
        ("Ignored columns: Customer Name.",),
        "columns.csv",
    ),
    Case("cp1252", {}, refusal=r"in UTF-8 \(first problem on line 2\).*save it as"),
    Case("cr-only", {"00120036": ("Lee Chang", "07030"), "00120037": ("Omar Haddad", "07030")}),
    Case("duplicate-header", {}, refusal="“phone” twice, in columns G and H"),
    Case("field-names", {"00120044": IDA}),
    Case("header-newline", {"00120063": IDA}),
    Case("html-xls", {}, (), "accounts.xls", refusal="a web page, not a spreadsheet.*save it as"),
    Case("junk-in-optional-columns", JUNK, JUNK_SAID, "junk.csv"),
    Case("leading-zeros", {"0000077009": ("SARA WINTHROP", "02134")}, (), "roundtrip.csv"),
    Case(
        "leading-zeros",
        {"0000077009": ("SARA WINTHROP", "02134")},
        ("0 new, 1 changed, 0 unchanged, 0 closed, 0 rejected", RESPELLED, ZIP_RESTORED),
        "mended.csv",
        known=("0000077009",),
    ),
    Case("nbsp-zwsp", {"00120057": IDA, "00120058": ("Ray Cole", "07030")}),
    Case("newline-first-column", {"00120062": ("Ochoa, Mary c/o Bell Trust", "07030")}),
    Case("pipe", {"00120045": ("Bell, Ida", "07030")}, file="accounts.txt"),
    Case("scientific", {}, ("rounded the account number", "2 rejected")),
    Case("semicolon-bom-crlf", {"00120060": ("Bell, Ida", "07030")}),
    Case("tenant-change", {"00120034": ("Carl Mendez", "07030")}, known=("00120034",)),
    Case("totals-row", {"00120061": IDA}, ("row 3 rejected:", "totals")),
    Case("trailing-columns", {"00120042": IDA}),
    Case("trailing-comma", {"00120040": IDA, "00120041": ("Ray Cole", "07030")}),
    Case("utf16-tab", {"00120034": ("Ana Rivera", "07030")}, file="accounts.txt"),
    Case(
        "xlsx-formula-no-value",
        {},
        ("row 2 rejected: it has a formula without a value",),
        "accounts.xlsx",
    ),
    Case("xlsx-hidden-first", {"00120049": IDA}, file="accounts.xlsx"),
    Case("xlsx-prefix-nodim", {"00120052": IDA}, file="accounts.xlsx"),
    Case("xlsx-sharedstrings-case", {"00120051": IDA}, file="accounts.xlsx"),
    Case("xlsx-strict", {"00120050": IDA}, file="accounts.xlsx"),
    Case("xlsx-title-rows", {"00120055": IDA}, file="accounts.xlsx"),
    Case("xlsx-zip-format", {"00120048": IDA}, file="accounts.xlsx"),
    Case(
        "zip-lost-zeros",
        {"00120047": IDA},
        ("0 new, 1 changed, 0 unchanged, 0 closed, 0 rejected", RESPELLED, ZIP_RESTORED),
        known=("00120047",),
    ),
    Case("zip-lost-zeros", {"120047": IDA}, (ZIP_RESTORED,)),
]


@pytest.fixture
def power(db: None) -> Biller:
    return other_biller()


@pytest.mark.parametrize("case", CASES_WITH_ANSWERS, ids=lambda case: f"{case.folder}/{case.file}")
def test_each_case_has_its_right_answer(power: Biller, case: Case) -> None:
    for number in case.known:
        name = case.accounts.get(number, ("Before", ""))[0]
        UtilityAccount.objects.create(biller=power, account_number=number, name=name)
    if case.refusal:
        with pytest.raises(CommandError, match=case.refusal):
            run(case)
    else:
        said = run(case)
        assert [part for part in case.said if part not in said] == [], said
    accounts = power.accounts.values_list("account_number", "name", "zip")
    assert {number: (name, zip_code) for number, name, zip_code in accounts} == case.accounts


def test_zeros_that_a_spreadsheet_shows_are_kept(power: Biller) -> None:
    run(Case("leading-zeros", {}, file="zeros.xlsx"))
    assert list(power.accounts.values_list("account_number", "zip")) == [
        ("0000077001", "02134"),
        ("0000077002", "02134-1234"),
    ]


def test_the_columns_of_a_cis_are_taken_for_what_they_are(power: Biller) -> None:
    run(Case("field-names", {}))
    run(Case("columns-named-otherwise", {}, file="columns.csv"))
    accounts = power.accounts.order_by("account_number")
    assert [(a.address, a.email) for a in accounts] == [
        ("7 Elm St", ""),
        ("1 Ash St", "pia@example.com"),
    ]


def test_what_is_right_in_an_optional_cell_is_taken(power: Biller) -> None:
    run(Case("junk-in-optional-columns", {}, file="junk.csv"))
    accounts = power.accounts.order_by("account_number")
    emails = ["", "ivan@example.com", "june@example.com", "kim@example.com", "", "", "", ""]
    assert [account.email for account in accounts] == emails
    assert accounts[2].phone == "217-555-0163"
    assert "0 new, 0 changed, 8 unchanged" in run(
        Case("junk-in-optional-columns", {}, file="junk.csv")
    )


def test_every_folder_is_tested() -> None:
    assert {folder.name for folder in CASES.iterdir()} == {c.folder for c in CASES_WITH_ANSWERS}


def run(case: Case) -> str:
    said = StringIO()
    file = CASES / case.folder / case.file
    call_command("import_accounts", file, biller="shelbyville-power", stdout=said)
    return said.getvalue()
