"""Variants: how a postback is sent and what it says."""

from typing import Any

from . import formats
from .wire import Variant, changing

MAY_BE_MISSING = {
    "AccountNumber",
    "CardType",
    "ConvenienceFee",
    "CustomerAddress",
    "CustomerName",
    "PaymentDescription",
    "PaymentTypeID",
    "RemoteIP",
}
OTHER_NAMES = {
    "PaymentGUID": "TransactionID",
    "PaymentAmount": "Amount",
    "BillerReference": "Reference",
}
NAMES = "A wire profile can change the postback: method, field names, approval texts"


def sent(name: str, *row: str, **changes: Any) -> Variant:
    return changing("postback", f"postback_{name}", *row, **changes)


VARIANTS = [
    sent(
        "in_query",
        "The names are in the query string, and the body is empty.",
        "Form-encoded in the body (P; one client declares the query string)",
        group="postback_call",
        contrary=False,
        place="query",
    ),
    sent(
        "by_get",
        "The call is a GET, with the names in the query string.",
        "Form-encoded in the body (P; one client declares the query string)",
        group="postback_call",
        method="GET",
        place="query",
    ),
    sent(
        "approved_word",
        "`Approved` is `Approved` or `Declined`.",
        NAMES,
        copes="profile",
        group="postback_approved",
        contrary=False,
        approved="Approved",
        declined="Declined",
    ),
    sent(
        "approved_upper_case",
        "`Approved` is `APPROVED` or `DECLINED`.",
        NAMES,
        copes="profile",
        group="postback_approved",
        approved="APPROVED",
        declined="DECLINED",
    ),
    sent(
        "other_names",
        "Payment GUID, amount, and biller reference have other names.",
        NAMES,
        copes="profile",
        named=OTHER_NAMES,
    ),
    sent(
        "four_decimals",
        "Amounts have four decimals: `84.2000`.",
        "Amounts are US text (`1,234.50`, `84.2000`)",
        money="{:.4f}".format,
    ),
    sent(
        "narrow_space",
        "Times have a narrow no-break space before AM and PM, as newer .NET writes them.",
        "Dates are US text (`11/23/2026 3:04:05 PM`)",
        time=formats.net_time,
    ),
    sent(
        "in_central_time",
        "Times are Central, not Eastern.",
        "Dates in the zone the biller's profile names (Eastern by default)",
        copes="profile",
        time_zone="America/Chicago",
    ),
    sent(
        "sparse",
        "Eight of the names are missing, the account number among them.",
        "Any may be missing or empty",
        left_out=frozenset(MAY_BE_MISSING),
    ),
    sent(
        "per_invoice",
        "There is one call per invoice, with the same PaymentGUID.",
        "One payment of several invoices may come as several calls with the same `PaymentGUID` (A)",
        per_invoice=True,
    ),
    sent("twice", "Every call comes twice.", "It may call twice", copies=2),
    sent(
        "chunked",
        "The call comes in chunks, without `Content-Length`.",
        "It may call without a `Content-Length`",
        group="postback_call",
        contrary=False,
        chunked=True,
    ),
    sent(
        "as_json",
        "The body is JSON, with a boolean.",
        "Form-encoded in the body (P; one client declares the query string)",
        group="postback_call",
        contrary=False,
        encoding="json",
    ),
    sent(
        "as_multipart",
        "The body is a form in parts (multipart).",
        "Form-encoded in the body (P; one client declares the query string)",
        group="postback_call",
        contrary=False,
        encoding="multipart",
    ),
    sent(
        "without_last_slash",
        "The call goes to the address without its last slash.",
        "It may call without the address's last slash",
        last_slash=False,
    ),
]
