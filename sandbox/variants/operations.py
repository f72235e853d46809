"""The REST operations as the contract has them."""

from collections.abc import Mapping
from dataclasses import dataclass

REMOTE_AUTH = "/api/v1/remoteauth"


@dataclass(frozen=True)
class Operation:
    """`answers` are the names in the answer. Names with a dot are those of the rows of a list."""

    method: str
    path: str
    answers: tuple[str, ...] = ()

    @property
    def rows(self) -> str:
        """The name of the promised list; empty if the answer is not a list."""
        return next((name.split(".")[0] for name in self.answers if "." in name), "")


OPERATIONS: Mapping[str, Operation] = {
    "biller_status": Operation(
        "GET", "/api/v1/biller/status", ("BillerGUID", "BillerName", "Active")
    ),
    "retrieve_users": Operation(
        "POST",
        f"{REMOTE_AUTH}/RetrieveUsers",
        (
            "Users",
            "Users.CustomerGuid",
            "Users.AccountNumber",
            "Users.EmailAddress",
            "Users.Registered",
        ),
    ),
    "remote_authentication": Operation(
        "POST",
        f"{REMOTE_AUTH}/RemoteAuthentication",
        ("RemoteAuthenticationToken", "ExpiresIn"),
    ),
    "retrieve_user_accounts": Operation(
        "POST",
        f"{REMOTE_AUTH}/RetrieveUserAccounts",
        (
            "Accounts",
            "Accounts.AccountNumber",
            "Accounts.CustomerName",
            "Accounts.CustomerGuid",
        ),
    ),
    "register_accounts": Operation(
        "POST",
        f"{REMOTE_AUTH}/RegisterAccounts",
        ("Results", "Results.AccountNumber", "Results.Registered", "Results.Message"),
    ),
    "update_password": Operation("POST", f"{REMOTE_AUTH}/UpdatePassword"),
    "update_email_address": Operation("POST", f"{REMOTE_AUTH}/UpdateEmailAddress"),
    "create_customer_record": Operation(
        "POST", "/api/v1/customer/CreateCustomerRecord", ("CustomerGuid",)
    ),
    "retrieve_customer_guid": Operation(
        "POST", "/api/v1/customer/RetrieveCustomerGuid", ("CustomerGuid",)
    ),
    "account": Operation(
        "GET",
        "/api/v1/cp/{CustomerGuid}/account",
        ("AccountNumber", "BalanceDue", "DueDate", "AutoPay", "Paperless", "PayByText"),
    ),
    "cloud_payments": Operation("POST", "/cloudpaymentsapi/v2", ("CloudPaymentURL",)),
}
# The operations that can answer that something exists already (409 in the contract).
WITH_CONFLICTS = ("create_customer_record", "register_accounts", "update_email_address")
