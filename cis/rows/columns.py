"""The columns of an account file."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import UtilityAccount
from backoffice.exports.safe_text import unguarded
from backoffice.tables.invisible import APOSTROPHES, MARKS_OF_TEXT, unwrapped
from backoffice.tables.mapping import Fields, is_total
from backoffice.tables.table import Row
from icsso.client.parsing import is_decimal, is_rounded

COLUMNS = (
    *("account_number", "name", "address", "city", "state", "zip", "email", "phone"),
    "posted_through",
)
REQUIRED = ("account_number", "name")
FIELDS: Mapping[str, Any] = {name: UtilityAccount._meta.get_field(name) for name in COLUMNS}
# Usual column names, in lowercase and without spaces and punctuation, the best one first.
USUAL_NAMES: Mapping[str, Sequence[str]] = {
    "account_number": (
        *("accountnumber", "accountno", "accountnum", "accountnbr", "account", "accountid"),
        *("acctnumber", "acctno", "acctnum", "acctnbr", "acct", "acctid"),
        *("utilityaccountnumber", "utilityaccount", "ubaccountnumber", "ubaccount"),
        *("billingaccountnumber", "billingaccount"),
        *("customeraccountnumber", "customeraccount", "custacctno", "fullaccountnumber"),
        *("customernumber", "customerno", "custno", "custnum", "customerid", "custid"),
        *("serviceaccountnumber", "serviceaccount", "contractaccount", "contractaccountnumber"),
        *("numerodecuenta", "nodecuenta", "numdecuenta", "numerocuenta", "cuenta"),
    ),
    "name": (
        *("name", "customername", "custname", "accountname", "acctname", "nameonaccount"),
        *("accountholder", "accountholdername", "primaryname", "fullname", "billingname"),
        *("billtoname", "billname", "consumername", "membername", "residentname"),
        *("customername1", "accountname1", "billingname1", "name1"),
        *("primarycustomer", "primaryaccountholder", "customer", "customerfullname", "entityname"),
        *(
            "occupantname",
            "occupant",
            "resident",
            "consumer",
            "billto",
            "nameonbill",
            "customerbusinessname",
            "namelastfirst",
        ),
        *("lastnamefirstname", "nombre", "nombredelcliente", "nombrecliente", "titular"),
    ),
    "address": (
        *("serviceaddress", "serviceaddress1", "serviceaddressline1", "serviceaddr"),
        *("svcaddress", "svcaddr"),
        *("servicestreet", "servicestreetaddress", "servicelocation", "premiseaddress"),
        *("premise", "propertyaddress", "locationaddress", "siteaddress"),
        *("physicaladdress", "address"),
        *("address1", "addressline1", "addr", "addr1", "streetaddress", "street"),
        *("direccion", "direcciondeservicio"),
    ),
    "city": (
        *("servicecity", "svccity", "premisecity", "propertycity", "locationcity", "sitecity"),
        *("city", "cityname", "town", "ciudad"),
    ),
    "state": (
        *("servicestate", "svcstate", "premisestate", "propertystate", "locationstate"),
        *("sitestate", "state", "statecode", "st", "stateprovince", "stateprov", "province"),
        *("estado",),
    ),
    "zip": (
        *("servicezip", "servicezipcode", "svczip", "premisezip", "premisezipcode"),
        *("propertyzip", "propertyzipcode", "locationzip", "locationzipcode", "sitezip"),
        *("sitezipcode", "zip", "zipcode", "zip5", "servicezip5", "zippostalcode", "zippostal"),
        *("postalcode", "postcode", "postal", "codigopostal"),
    ),
    "email": (
        *("email", "emailaddress", "emailaddr", "customeremail", "primaryemail", "email1"),
        *("billingemail", "contactemail", "emailid", "emailaddress1", "correo"),
        *("correoelectronico",),
    ),
    "phone": (
        *("phone", "phonenumber", "phoneno", "phonenum", "phonenbr", "telephone"),
        *("telephonenumber", "tel", "primaryphone", "primaryphonenumber", "customerphone"),
        *("homephone", "homephonenumber", "phone1"),
        *("phonenumber1", "contactphone", "cellphone", "mobilephone", "mobile", "cell", "telefono"),
    ),
    "posted_through": (
        *("postedthrough", "postedthru", "postedthroughdate", "postedthrudate", "postedto"),
        *("paymentspostedthrough", "paymentspostedthru", "paymentpostedthrough", "postedasof"),
        *("lastposted", "lastposteddate", "lastpostdate", "lastpostingdate", "lastpaymentposted"),
        *("lastpaymentposteddate", "contabilizadohasta", "pagosaplicadoshasta"),
    ),
}
OURS = frozenset({"line", "reason"})  # in the file of rejected rows
# What a spreadsheet made of 3-12, 3/12, or 3:12, and how it writes that a formula failed.
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_TIME = r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]m)?"
_DATES = (
    rf"{_MONTH}/{_DAY}/{_YEAR}",
    rf"{_DAY}([/.]){_MONTH}\1{_YEAR}",
    rf"{_YEAR}([/.-]){_MONTH}\2{_DAY}",
    rf"\d{{1,2}}[ -](?:{_MONTHS})(?:[ -]\d\d(?:\d\d)?)?",
    rf"(?:{_MONTHS})-\d\d",
)
DATE = re.compile(rf"(?:{'|'.join(_DATES)})(?:[ t]{_TIME})?|{_TIME}", re.IGNORECASE | re.ASCII)
FAILED = re.compile(r"#(?:N/A|[A-Z/0]{3,}[!?]|GETTING_DATA|#{2,})|Err:5\d\d", re.IGNORECASE)
# What a row has as its account number if it explains the columns: (8 digits), varchar(20), 9(8).
KIND_OF_COLUMN = re.compile(
    r"\([^()]*[a-z][^()]*\)"
    r"|(?:n?varchar2?|n?char|text|string|number|numeric|decimal|int|[ax9])\s*\(\d+(?:, ?\d+)?\)",
    re.IGNORECASE,
)
AMOUNT = re.compile(r"\$ ?\d[\d,]*(?:\.\d*)?|\d{1,3}(?:,\d{3})+\.\d+", re.ASCII)
GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+", re.ASCII)
# What the last row of a file has as its name, after the number of rows or 9999999999.
TRAILERS = {"trailer", "trailer record", "eof", "end of file", "end of report", "grand total"}
BETWEEN_CELLS = re.compile(r"[,;\t|^~\"\r\n]+")  # what is read of a row that can't be read
# Numbers that a spreadsheet would change: zeros dropped, digits rounded, dates made of them.
FRAGILE = re.compile(r"0\d+|\d{12,}|\d+[-/]\d+(?:[-/]\d+)?|\d+[Ee]\d+")


ACCOUNTS = Fields(
    labels={name: field.verbose_name for name, field in FIELDS.items()},
    usual=USUAL_NAMES,
    required=REQUIRED,
    ours=OURS,
    advice={"name": gettext_lazy("A name in two columns must be joined into one: Smith, John.")},
)


def clean(cell: str) -> str:
    """Returns the text of a cell with single spaces."""
    text = " ".join(cell.split())
    if "'" not in text and text[:1] not in MARKS_OF_TEXT:  # as in nearly all of a million lines
        return text
    text = unwrapped(unguarded(text))
    if text[:1] in APOSTROPHES and (FRAGILE.fullmatch(text, 1) or DATE.fullmatch(text, 1)):
        return text[1:]
    return text


def unmarked(number: str) -> str:
    """Returns an account number without the apostrophe that keeps it as text, and without commas
    between thousands."""
    if number.isalnum():  # nearly always
        return number
    bare = number.lstrip(APOSTROPHES)
    return bare.replace(",", "") if GROUPED.fullmatch(bare) else bare


def text_of(value: Any) -> str:
    """Returns the value of an account's field as a file has it."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def kept_as_text(cell: str) -> str:
    """Returns a cell that stays as it is when a spreadsheet opens and saves the file; `clean`
    returns the original. What may be a date already is not vouched for."""
    return f"'{cell}" if FRAGILE.fullmatch(cell) and not DATE.fullmatch(cell) else cell


def account_number_of(row: Row, fields: Sequence[str]) -> str:
    """Returns the account number of any row, or "" if it cannot be read."""
    place = fields.index("account_number")
    if (row.problem and not row.bad_cells) or place in row.bad_cells or len(row.cells) <= place:
        return ""
    number = unmarked(clean(row.cells[place]))
    return "" if why_damaged(number, row.cells[place]) else number


def numbers_in(row: Row, fields: Sequence[str]) -> list[str]:
    """Returns the account number of any row; if it cannot be read, all that may be one."""
    if number := account_number_of(row, fields):
        return [number]
    words = map(clean, BETWEEN_CELLS.split("\n".join(row.cells)))
    return [word for word in words if any(map(str.isdigit, word)) and not why_damaged(word)]


def why_damaged(number: str, cell: str = "") -> str:
    """Returns why the account that is meant can't be known; "" if it can.

    cell: as it is in the file. If it is marked as text, it has not become a date.
    """
    if number.isalnum():  # nearly always
        return ""
    if not number.isprintable():
        return _("it contains unprintable characters")
    return _why_changed(number, cell)


def _why_changed(number: str, cell: str) -> str:
    if number[:1] == "=":
        return _(
            "it has a formula instead of an account number; save the column as values and import "
            "the file again"
        )
    if is_rounded(number):
        return _("a spreadsheet program rounded the account number")
    if is_decimal(number):
        return _("a program changed the account number into a decimal number")
    if AMOUNT.fullmatch(number):
        return _("a program wrote the account number as an amount")
    if DATE.fullmatch(number) and cell.lstrip()[:1] not in MARKS_OF_TEXT:
        return _("a spreadsheet program changed the account number into a date")
    return ""


def why_no_account(number: str, name: str) -> str:
    """Returns why the row is about no account, but a heading or a total; "" if it is about one."""
    if not number.isdecimal() and (why := _why_no_number(number)):  # nearly always, it is
        return why
    return _("it is a line of totals") if name.strip("* ").casefold() in TRAILERS else ""


def _why_no_number(number: str) -> str:
    if KIND_OF_COLUMN.fullmatch(number):
        return _("it looks like a row that explains the columns")
    if number and number.isascii() and not any(sign.isdigit() for sign in number):
        return _("its account number has no digits: it looks like a heading or a line of totals")
    return _("it is a line of totals") if is_total(number) else ""
