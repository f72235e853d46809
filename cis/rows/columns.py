"""The columns of an account file."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import UtilityAccount
from backoffice.exports.safe_text import unguarded
from backoffice.tables.columns import (
    Columns,
    distinct_names,
    guess_columns,
    repeated_names,
    still_fit,
)
from backoffice.tables.table import Row, Table, UnreadableFile

COLUMNS = ("account_number", "name", "address", "city", "state", "zip", "email", "phone")
REQUIRED = ("account_number", "name")
FIELDS: Mapping[str, Any] = {name: UtilityAccount._meta.get_field(name) for name in COLUMNS}
# Usual column names, in lowercase and without spaces and punctuation, the best one first.
USUAL_NAMES: Mapping[str, Sequence[str]] = {
    "account_number": (
        *("accountnumber", "accountno", "accountnum", "accountnbr", "account", "accountid"),
        *("acctnumber", "acctno", "acctnum", "acctnbr", "acct", "acctid"),
        *("utilityaccountnumber", "utilityaccount", "billingaccountnumber", "billingaccount"),
        *("customeraccountnumber", "customeraccount", "custacctno", "fullaccountnumber"),
        *("customernumber", "customerno", "custno", "custnum", "customerid", "custid"),
        *("númerodecuenta", "numerodecuenta", "cuenta"),
    ),
    "name": (
        *("name", "customername", "custname", "accountname", "acctname", "nameonaccount"),
        *("accountholder", "accountholdername", "primaryname", "fullname", "billingname"),
        *("billtoname", "billname", "consumername", "membername", "residentname"),
        *("primarycustomer", "customer", "customerfullname", "nombre"),
    ),
    "address": (
        *("serviceaddress", "serviceaddress1", "serviceaddr", "svcaddress", "svcaddr"),
        *("servicestreet", "servicestreetaddress", "servicelocation", "premiseaddress"),
        *("premise", "propertyaddress", "locationaddress", "siteaddress", "address"),
        *("address1", "addressline1", "addr", "addr1", "streetaddress", "street"),
        *("dirección", "direccion"),
    ),
    "city": (
        *("servicecity", "svccity", "premisecity", "propertycity", "city", "cityname", "town"),
        *("ciudad",),
    ),
    "state": (
        *("servicestate", "svcstate", "premisestate", "propertystate", "state", "statecode"),
        *("st", "stateprovince", "province", "estado"),
    ),
    "zip": (
        *("servicezip", "servicezipcode", "svczip", "premisezip", "propertyzip", "zip"),
        *("zipcode", "zip5", "zippostalcode", "zippostal", "postalcode", "postcode"),
        *("códigopostal", "codigopostal"),
    ),
    "email": (
        *("email", "emailaddress", "emailaddr", "customeremail", "primaryemail", "email1"),
        *("billingemail", "contactemail", "emailid", "correoelectrónico", "correoelectronico"),
    ),
    "phone": (
        *("phone", "phonenumber", "phoneno", "phonenum", "phonenbr", "telephone"),
        *("telephonenumber", "tel", "primaryphone", "customerphone", "homephone", "phone1"),
        *("contactphone", "cellphone", "mobilephone", "mobile", "cell", "teléfono", "telefono"),
    ),
}
OURS = {"line", "reason"}  # in the file of rejected rows
# How a spreadsheet writes an account number of 12 or more digits after rounding it.
ROUNDED = re.compile(r"\d[.,]\d+e\+?\d+|\d[.,]?e\+\d+", re.IGNORECASE)
DECIMAL = re.compile(r"\d+\.0+")
# What a spreadsheet made of 3-12, and how it writes that a formula failed.
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
DATE = re.compile(rf"\d{{1,2}}-(?:{_MONTHS})(?:-\d\d(?:\d\d)?)?|(?:{_MONTHS})-\d\d", re.IGNORECASE)
FAILED = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)", re.IGNORECASE)
TEXT_FORMULA = re.compile(r'="([^"]*)"')  # how programs make a spreadsheet keep zeros
TOTALS = ("total", "grand total", "subtotal", "sub total", "sub-total")
# Numbers that a spreadsheet would change: zeros dropped, digits rounded, dates made of them.
FRAGILE = re.compile(r"0\d+|\d{12,}|\d+[-/]\d+(?:[-/]\d+)?|\d+[Ee]\d+")


class UnknownColumns(UnreadableFile):
    """The names don't show which column is which, but a person can choose."""


def find_columns(table: Table, remembered: Columns) -> dict[str, str]:
    """Finds the row with the column names and returns the column of each field.

    remembered: the columns of an earlier file, used again if this file has them all. If staff chose
    them, every field is in it, some with an empty name. Raises UnreadableFile, with what to do, if
    a required column is missing or a known one is repeated.
    """
    table.find_header(lambda cells: _is_header(cells, remembered))
    names = distinct_names(table.header)
    kept = dict(remembered) if still_fit(remembered, names) else {}
    if set(COLUMNS) <= set(kept):
        return kept
    others = [name for name in names if name not in kept.values()]
    usual = {field: known for field, known in USUAL_NAMES.items() if field not in kept}
    columns = kept | guess_columns(others, usual)
    if missing := [field for field in REQUIRED if field not in columns]:
        raise _unknown(table, missing)
    for name, places in repeated_names(table.header, list(columns.values())).items():
        said = _(
            "The row with the column names repeats a column name: it has “%(name)s” twice, in "
            "columns %(first)d and %(second)d. Rename or delete one of them in the file."
        )
        raise UnknownColumns(said % {"name": name, "first": places[0], "second": places[1]})
    return columns


def _is_header(cells: Sequence[str], remembered: Columns) -> bool:
    names = distinct_names(cells)
    return still_fit(remembered, names) or set(REQUIRED) <= set(guess_columns(names, USUAL_NAMES))


def _unknown(table: Table, missing: Sequence[str]) -> UnreadableFile:
    if not table.header:
        return UnreadableFile(
            _("The file is empty. The first row must contain the column names: %s.")
            % ", ".join(COLUMNS)
        )
    if len(table.header) == 1:
        return UnreadableFile(
            _(
                "The file has only one column. The columns must be separated by commas, "
                "semicolons, tabs, or bars (|), and the first row must contain the column names."
            )
        )
    said = _(
        "The first row must contain the column names, including at least: %(required)s. Not "
        "found: %(missing)s. Row %(number)d has: %(names)s. Rename the columns in the file, or "
        "upload it in the admin and choose the columns there."
    )
    words = {
        "required": ", ".join(REQUIRED),
        "missing": ", ".join(missing),
        "number": table.header_number,
        "names": ", ".join(name[:50] for name in distinct_names(table.header)[:30]),
    }
    return UnknownColumns(said % words)


def fields_of(table: Table, columns: Columns) -> list[str]:
    """Returns the field of each column of the file; "" for a column that is ignored."""
    field_of = {name: field for field, name in columns.items() if name}
    return [field_of.get(name, "") for name in distinct_names(table.header)]


def ignored_columns(table: Table, columns: Columns) -> list[str]:
    """Returns the names of the columns that are not taken."""
    taken = {*columns.values(), *OURS}
    return [
        name
        for name, cell in zip(distinct_names(table.header), table.header, strict=True)
        if name not in taken and cell.strip()
    ]


def clean(cell: str) -> str:
    """Returns the text of a cell with single spaces."""
    text = unguarded(" ".join(cell.split()))
    if text[:1] == "=" and (formula := TEXT_FORMULA.fullmatch(text)):
        text = formula[1]
    return text[1:] if text[:1] == "'" and FRAGILE.fullmatch(text[1:]) else text


def kept_as_text(cell: str) -> str:
    """Returns a cell that stays as it is when a spreadsheet opens and saves the file; `clean`
    returns the original."""
    return f"'{cell}" if FRAGILE.fullmatch(cell) else cell


def account_number_of(row: Row, fields: Sequence[str]) -> str:
    """Returns the account number of any row, or "" if it cannot be read."""
    place = fields.index("account_number")
    if (row.problem and not row.bad_cells) or len(row.cells) <= place:
        return ""
    number = clean(row.cells[place])
    return "" if why_damaged(number) else number


def why_damaged(number: str) -> str:
    """Returns why the account that is meant can't be known; "" if it can."""
    if not number.isprintable():
        return _("it contains unprintable characters")
    if ROUNDED.fullmatch(number):
        return _("a spreadsheet program rounded the account number")
    if DECIMAL.fullmatch(number):
        return _("a program changed the account number into a decimal number")
    if "-" in number and DATE.fullmatch(number):
        return _("a spreadsheet program changed the account number into a date")
    return ""


def why_no_account(number: str) -> str:
    """Returns why the row is about no account, but a heading or a total; "" if it is about one."""
    if number and number.isascii() and not any(sign.isdigit() for sign in number):
        return _("its account number has no digits: it looks like a heading or a line of totals")
    if number.lower().startswith(TOTALS):
        return _("it is a line of totals")
    return ""
