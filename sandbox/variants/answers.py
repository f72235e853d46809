"""Variants: where the payload of an answer stands, and the names and values in it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from . import formats
from .operations import OPERATIONS
from .wire import Copes, Variant, Wire, always

LISTS = [name for name, operation in OPERATIONS.items() if operation.rows]
UPDATES = ("update_password", "update_email_address")
TOLERANT = "Read tolerantly: the payload may stand at the top level, under `Data`, or be a list"
OTHER_NAMES: dict[str, dict[str, Any]] = {
    "retrieve_users": {"named": {"Users": "Items", "Users.Registered": "!Unregistered"}},
    "remote_authentication": {"named": {"RemoteAuthenticationToken": "Token"}},
    "retrieve_user_accounts": {
        "named": {"Accounts": "Items", "Accounts.AccountNumber": "AcctNumber"}
    },
    "register_accounts": {"named": {"Results.Registered": "!Failed"}},
    "create_customer_record": {"named": {"CustomerGuid": "Id"}},
    "retrieve_customer_guid": {"named": {"CustomerGuid": "Id"}},
    "account": {"named": {"BalanceDue": "AmountDue", "DueDate": "PayBy"}},
}


def answered(  # noqa: PLR0913 - a row of a table
    name: str,
    summary: str,
    contract: str,
    change: Callable[[Wire], Wire],
    *,
    group: str = "",
    copes: Copes = "tolerant",
    contrary: bool = True,
) -> Variant:
    return Variant(name, summary, contract, copes, always(change), group, contrary=contrary)


def placed(place: str, summary: str, *operations: str) -> Variant:
    """A variant of where the payload stands, in all operations unless some are named."""

    def change(wire: Wire) -> Wire:
        return wire.on(*operations, place=place)

    under_result = place == "result"  # a place that no tolerant reading finds
    copes: Copes = "profile" if under_result else "tolerant"
    return answered(
        f"payload_{place}",
        summary,
        TOLERANT,
        change,
        group="payload",
        copes=copes,
        contrary=under_result,
    )


def spelled(name: str, spelling: Callable[[str], str], *, contrary: bool) -> Variant:
    return answered(
        f"names_{name}",
        f"All names in answers are in {name} case.",
        "Names match case-insensitively (P)",
        lambda wire: replace(wire, spelling=spelling),
        group="names",
        contrary=contrary,
    )


PLACES = [
    placed("data", "Every payload stands under `Data`."),
    placed("data_list", "A promised list is itself `Data`.", *LISTS),
    placed("bare_list", "A promised list is the whole answer.", *LISTS),
    placed("result", "Every payload stands under `Result`."),
    answered(
        "null_for_empty_lists",
        "A list without rows is `null`.",
        "`null` for a promised list is an empty one",
        lambda wire: replace(wire, null_for_empty_lists=True),
        group="empty_lists",
    ),
    answered(
        "no_content_for_empty_lists",
        "An answer that is a list without rows is 204 with nothing.",
        "`null` for a promised list is an empty one",
        lambda wire: wire.on(*LISTS, status_without_rows=204),
        group="empty_lists",
        contrary=False,
    ),
    answered(
        "not_found_for_nobody",
        "Retrieve Users answers 404 with nothing where it finds nobody.",
        "Users: empty: the account does not exist (A)",
        lambda wire: wire.on("retrieve_users", status_without_rows=404),
        group="empty_lists",
        copes="profile",
        contrary=False,
    ),
    answered(
        "payload_in_text",
        "Every answer is JSON written into a JSON text once more.",
        TOLERANT,
        lambda wire: replace(wire, json_in_text=True),
        group="payload",
        contrary=False,
    ),
    answered(
        "updates_say_more",
        'The two updates answer with `{"RowsAffected": 1}`, and not with nothing.',
        "Update Password → empty (A)",
        lambda wire: wire.on(*UPDATES, announces={"RowsAffected": 1}),
        copes="derived",
        contrary=False,  # nor could `Status` be seen
    ),
    answered(
        "bare_page_address",
        "In the answer of Cloud Payments V2, `Data` is the address of the page itself.",
        "Answer (P): Message SUCCESS and Data.CloudPaymentURL",
        lambda wire: wire.on("cloud_payments", place="data_value"),
        contrary=False,
    ),
]
NAMES = [
    spelled("camel", formats.camel_case, contrary=True),
    spelled("lower", str.lower, contrary=False),
    spelled("upper", str.upper, contrary=False),
    answered(
        "other_names_read",
        "Answers have other names: `Token`, `Items`, `Id`, `AmountDue`, `Unregistered`, `Failed`.",
        "A wire profile can change under which names values are read (`read`)",
        lambda wire: wire.on_each(OTHER_NAMES),
        copes="profile",
    ),
    answered(
        "login_name",
        "Retrieve Users names the address `LoginName` instead of `EmailAddress`.",
        "`LoginName` (P in SOAP) may stand beside or instead of `EmailAddress`",
        lambda wire: wire.on("retrieve_users", named={"Users.EmailAddress": "LoginName"}),
        group="login",
    ),
    answered(
        "login_name_beside",
        "In Retrieve Users, `EmailAddress` is where the bills go, and `LoginName` the login.",
        "`LoginName` (P in SOAP) may stand beside or instead of `EmailAddress`",
        lambda wire: wire.of("rules", contact_addresses=True),
        group="login",
        contrary=False,
    ),
    answered(
        "paper_invoices",
        "The account says `PaperInvoices`, which is the opposite of `Paperless`.",
        "`Paperless` (or `PaperInvoices` with the opposite meaning, P in SOAP)",
        lambda wire: wire.on("account", named={"Paperless": "!PaperInvoices"}),
    ),
]
LEFT_OUT = [
    answered(
        "biller_status_without_guid",
        "Biller status says whether the biller is active, and neither its GUID nor its name.",
        "`Active` (P, top level); `BillerGUID`, `BillerName` when given",
        lambda wire: wire.on("biller_status", left_out=frozenset({"BillerGUID", "BillerName"})),
    ),
    answered(
        "users_without_optional_fields",
        "The rows of Retrieve Users have nothing but the account number and `Registered`.",
        "Users: [{CustomerGuid, AccountNumber, EmailAddress, Registered}] (A)",
        lambda wire: wire.on(
            "retrieve_users",
            left_out=frozenset({"Users.CustomerGuid", "Users.EmailAddress"}),
        ),
        contrary=False,  # LoginName is, and cannot be seen without it
    ),
    answered(
        "accounts_without_optional_fields",
        "The rows of Retrieve User Accounts have nothing but the account number.",
        "Accounts: [{AccountNumber, CustomerName, CustomerGuid}] (A)",
        lambda wire: wire.on(
            "retrieve_user_accounts",
            left_out=frozenset({"Accounts.CustomerName", "Accounts.CustomerGuid"}),
        ),
    ),
    answered(
        "account_without_optional_fields",
        "The account says its balance and its due date only.",
        "account: AccountNumber, BalanceDue, DueDate, AutoPay, Paperless, PayByText (A)",
        lambda wire: wire.on(
            "account",
            left_out=frozenset({"AccountNumber", "AutoPay", "Paperless", "PayByText"}),
        ),
        contrary=False,  # PaperInvoices is, and cannot be seen without it
    ),
    answered(
        "register_without_results",
        "Register Accounts says nothing about single accounts, and refuses all if one fails.",
        "Results: [{AccountNumber, Registered, Message?}] (A)",
        lambda wire: wire.on("register_accounts", left_out=frozenset({"Results"})),
        copes="derived",
    ),
    answered(
        "create_without_guid",
        "Create Customer Record answers without `CustomerGuid`.",
        "Create Customer Record → `CustomerGuid` (A)",
        lambda wire: wire.on("create_customer_record", left_out=frozenset({"CustomerGuid"})),
    ),
    answered(
        "expires_in_missing",
        "Remote Authentication does not say how long the token lives.",
        "Without `ExpiresIn` it is taken to live 20 minutes",
        lambda wire: wire.on("remote_authentication", left_out=frozenset({"ExpiresIn"})),
        group="expires_in",
    ),
]
VARIANTS = [*PLACES, *NAMES, *LEFT_OUT]
