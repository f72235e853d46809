"""Variants: how the portal is to call, and how it is to open a framed page."""

from typing import Any

from .operations import OPERATIONS
from .wire import ANYTHING, Copes, Variant, Wire, always

SENT = "A wire profile can change the names sent (`send`) and constants (`set`)"
CALLED = "A wire profile can change, per operation: HTTP method, path, host"
SSO = '"CloudSSO redirect user using the pre-defined URL" (D): address and method can differ'
OTHER_NAMES: dict[str, dict[str, Any]] = {
    "retrieve_users": {"sent": {"AccountNumber": "AcctNumber", "EmailAddress": "LoginName"}},
    "remote_authentication": {"sent": {"EmailAddress": "UserName", "Password": "Pwd"}},
    "retrieve_user_accounts": {"sent": {"EmailAddress": "UserName"}},
    "register_accounts": {
        "sent": {
            "EmailAddress": "UserName",
            "Password": "Pwd",
            "Accounts.AccountNumber": "AcctNumber",
        }
    },
    "update_password": {"sent": {"EmailAddress": "UserName", "NewPassword": "NewPwd"}},
    "update_email_address": {"sent": {"EmailAddress": "UserName", "NewEmailAddress": "NewName"}},
    "create_customer_record": {"sent": {"CustomerName": "Name", "Address1": "Address"}},
}
WITH_OTHER_METHOD = ("register_accounts", "update_password", "update_email_address")


def requested(
    name: str, summary: str, contract: str, change: Any, *, copes: Copes = "profile"
) -> Variant:
    return Variant(name, summary, contract, copes, always(change))


def on_version_2(wire: Wire) -> Wire:
    return wire.on(path=lambda operation: operation.path.replace("/api/v1/", "/api/v2/"))


VARIANTS = [
    requested(
        "other_paths",
        "The paths begin with `/api/v2/`.",
        CALLED,
        on_version_2,
    ),
    requested(
        "other_methods",
        "Register Accounts and the two updates are called with PUT.",
        CALLED,
        lambda wire: wire.on(*WITH_OTHER_METHOD, method="PUT"),
        copes="derived",
    ),
    requested(
        "rest_on_other_host",
        "The REST operations are found under another host than the pages (localhost).",
        "The wire profile can name another host per operation",
        lambda wire: wire.on(*OPERATIONS, other_host=True),
    ),
    requested(
        "other_names_sent",
        "Requests have other names: `UserName`, `Pwd`, `AcctNumber`, and more.",
        SENT,
        lambda wire: wire.on_each(OTHER_NAMES),
    ),
    requested(
        "swipe_refused",
        "Cloud Payments V2 refuses `AllowSwipe: true`.",
        "A biller's profile can change the flags of Cloud Payments V2",
        lambda wire: wire.on("cloud_payments", refuses={"AllowSwipe": True}),
    ),
    requested(
        "address2_refused",
        "Create Customer Record refuses a request that has `Address2`, which it does not know.",
        SENT,
        lambda wire: wire.on("create_customer_record", refuses={"Address2": ANYTHING}),
    ),
    requested(
        "sso_by_get",
        "Cloud SSO Connect takes GET only, with the token in the address.",
        SSO,
        lambda wire: wire.of("sso", method="GET"),
    ),
    requested(
        "sso_at_other_address",
        "Cloud SSO Connect is at `/sso/connect.aspx`.",
        SSO,
        lambda wire: wire.of("sso", path="/sso/connect.aspx"),
    ),
    requested(
        "sso_with_other_names",
        "Cloud SSO Connect knows the token as `Token` and `RedirectID` as `PageID`.",
        SSO,
        lambda wire: wire.of(
            "sso", sent={"RemoteAuthenticationToken": "Token", "RedirectID": "PageID"}
        ),
    ),
]
