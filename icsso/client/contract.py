"""The contract in code, from top to bottom: every path and field name of Invoice Cloud's API.

Reading is tolerant (names in any case, unknown fields ignored, numbers as text); writing is strict
(exactly these names). No other module except `sso.py` contains a name from the API.
"""

import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from icsso.client import parsing as reading
from icsso.client.parsing import AccountNumber, Day, Money, Words

logger = logging.getLogger(__name__)


class Operation(NamedTuple):
    method: str
    path: str


OPERATIONS: Mapping[str, Operation] = {
    "biller_status": Operation("GET", "/api/v1/biller/status"),
    "retrieve_users": Operation("POST", "/api/v1/remoteauth/RetrieveUsers"),
    "remote_authentication": Operation("POST", "/api/v1/remoteauth/RemoteAuthentication"),
    "retrieve_user_accounts": Operation("POST", "/api/v1/remoteauth/RetrieveUserAccounts"),
    "register_accounts": Operation("POST", "/api/v1/remoteauth/RegisterAccounts"),
    "update_password": Operation("POST", "/api/v1/remoteauth/UpdatePassword"),
    "update_email_address": Operation("POST", "/api/v1/remoteauth/UpdateEmailAddress"),
    "create_customer_record": Operation("POST", "/api/v1/customer/CreateCustomerRecord"),
    "retrieve_customer_guid": Operation("POST", "/api/v1/customer/RetrieveCustomerGuid"),
    "account": Operation("GET", "/api/v1/cp/{CustomerGuid}/account"),
    "cloud_payments": Operation("POST", "/cloudpaymentsapi/v2"),
}

LOGIN_TYPE_ID = 1  # the design document: "always = 1"
VIEW_MODE_IFRAME = 1
DAY = 86_400  # seconds: a longer token lifetime must be a misunderstanding


def _with_possible_numbers(rows: object) -> object:
    """One account number that cannot be stored must not stop the thousands around it: it is left
    out. Any other fault in a row makes the whole response unreadable."""
    if not isinstance(rows, list):
        return rows
    kept = [row for row in rows if not _has_impossible_number(row)]
    if len(kept) < len(rows):
        logger.warning("invoice cloud: ignored %d invalid account numbers", len(rows) - len(kept))
    return kept


def _has_impossible_number(row: object) -> bool:
    fields = row.items() if isinstance(row, Mapping) else ()
    for number in (value for name, value in fields if name.lower() == "accountnumber"):
        try:
            reading.account_number(number)
        except ValueError:
            return True
    return False


class Answer(BaseModel):
    """A response of Invoice Cloud: frozen, names matched in any case, unknown fields ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _match_names_in_any_case(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        aliases = {str(field.alias).lower(): field.alias for field in cls.model_fields.values()}
        said = {name: value for name, value in data.items() if not reading.is_nothing(value)}
        return {aliases.get(str(name).lower(), name): value for name, value in said.items()}


class BillerStatus(Answer):
    biller_guid: UUID = Field(alias="BillerGUID")
    biller_name: Words = Field(alias="BillerName", default="")
    active: bool = Field(alias="Active")


class User(Answer):
    """One account in the response of Retrieve Users."""

    customer_guid: UUID | None = Field(alias="CustomerGuid", default=None)
    account_number: AccountNumber = Field(alias="AccountNumber")
    email: Words | None = Field(alias="EmailAddress", default=None)
    registered: bool = Field(alias="Registered")


class Users(Answer):
    users: tuple[User, ...] = Field(alias="Users")


class Authentication(Answer):
    token: str = Field(alias="RemoteAuthenticationToken", pattern=r"^[ -~]+$", repr=False)
    expires_in: int | None = Field(alias="ExpiresIn", default=None, ge=1, le=DAY)  # seconds


class UserAccount(Answer):
    account_number: AccountNumber = Field(alias="AccountNumber")
    customer_name: Words | None = Field(alias="CustomerName", default=None)
    customer_guid: UUID | None = Field(alias="CustomerGuid", default=None)


class UserAccounts(Answer):
    accounts: Annotated[tuple[UserAccount, ...], BeforeValidator(_with_possible_numbers)] = Field(
        alias="Accounts"
    )


class RegistrationResult(Answer):
    account_number: AccountNumber = Field(alias="AccountNumber")
    registered: bool = Field(alias="Registered")
    message: Words | None = Field(alias="Message", default=None)


class RegistrationResults(Answer):
    results: tuple[RegistrationResult, ...] = Field(alias="Results")


class CustomerGuid(Answer):
    customer_guid: UUID = Field(alias="CustomerGuid")


class Account(Answer):
    """Balance in dollars, negative for a credit. None if Invoice Cloud did not say."""

    account_number: AccountNumber = Field(alias="AccountNumber")
    balance_due: Money = Field(alias="BalanceDue")
    due_date: Day = Field(alias="DueDate", default=None)
    autopay: bool | None = Field(alias="AutoPay", default=None)
    paperless: bool | None = Field(alias="Paperless", default=None)
    pay_by_text: bool | None = Field(alias="PayByText", default=None)


class CloudPayment(Answer):
    url: str = Field(alias="CloudPaymentURL", repr=False)


class Request(BaseModel):
    """A request body: `body()` returns exactly the names of the contract."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    def body(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)


class CustomerRecord(Request):
    """Create Customer Record."""

    account_number: str = Field(alias="AccountNumber")
    name: str = Field(alias="CustomerName")
    address1: str = Field(alias="Address1", default="")
    address2: str = Field(alias="Address2", default="")
    city: str = Field(alias="City", default="")
    state: str = Field(alias="State", default="")
    zip: str = Field(alias="Zip", default="")
    phone: str = Field(alias="Phone", default="")
    email: str = Field(alias="EmailAddress")


class PayingCustomer(Request):
    """A customer of Cloud Payments V2; null for unknown values, as in the design document."""

    account_number: str = Field(alias="AccountNumber")
    name: str | None = Field(alias="Name", default=None)
    address: str | None = Field(alias="Address", default=None)
    city: str | None = Field(alias="City", default=None)
    state: str | None = Field(alias="State", default=None)
    zip: str | None = Field(alias="Zip", default=None)
    email: str | None = Field(alias="EmailAddress", default=None)
    invoices: None = Field(alias="Invoices", default=None)


class InvoiceOptions(Request):
    allow_view_statement: bool = Field(alias="AllowViewStatement", default=False)
    allow_remove: bool = Field(alias="AllowRemove", default=True)
    allow_view_related: bool = Field(alias="AllowViewRelated", default=False)
    allow_remind_me: bool = Field(alias="AllowRemindMe", default=False)


class PageResultOptions(Request):
    allow_register_account: bool = Field(alias="AllowRegisterAccount", default=False)
    invoice_options: InvoiceOptions = Field(alias="InvoiceOptions", default=InvoiceOptions())


class CloudPaymentsRequest(Request):
    """Cloud Payments V2; the defaults come from the sample in the design document."""

    css_url: str = Field(alias="CSSUrl")
    allow_swipe: bool = Field(alias="AllowSwipe", default=True)
    allow_cc_payment: bool = Field(alias="AllowCCPayment", default=True)
    allow_ach_payment: bool = Field(alias="AllowACHPayment", default=True)
    remote_authentication_token: str = Field(
        alias="RemoteAuthenticationToken", default="", repr=False
    )
    return_url: str = Field(alias="ReturnURL", repr=False)
    postback_url: str = Field(alias="PostBackURL", repr=False)
    biller_reference: str = Field(alias="BillerReference")
    view_mode: int = Field(alias="ViewMode", default=VIEW_MODE_IFRAME)
    create_customer_record: bool = Field(alias="CreateCustomerRecord")
    customers: tuple[PayingCustomer, ...] = Field(alias="Customers")
    page_result_options: PageResultOptions = Field(
        alias="PageResultOptions", default=PageResultOptions()
    )


class PostbackField(StrEnum):
    """What a postback may contain, in the query string or the body; any field may be missing."""

    BILLER_GUID = "BillerGUID"
    PAYMENT_DATE = "PaymentDate"
    INVOICE_NUMBER = "InvoiceNumber"
    APPROVED = "Approved"
    CUSTOMER_NAME = "CustomerName"
    CUSTOMER_ADDRESS = "CustomerAddress"
    CUSTOMER_CITY = "CustomerCity"
    CUSTOMER_STATE = "CustomerState"
    CUSTOMER_ZIP = "CustomerZip"
    PAYMENT_GUID = "PaymentGUID"
    PAYMENT_AMOUNT = "PaymentAmount"
    PAYMENT_DESCRIPTION = "PaymentDescription"
    PAYMENT_TYPE_ID = "PaymentTypeID"
    CARD_TYPE = "CardType"
    PAYMENT_MESSAGE = "PaymentMessage"
    BILLER_REFERENCE = "BillerReference"
    CONVENIENCE_FEE = "ConvenienceFee"
    REMOTE_IP = "RemoteIP"
    ACCOUNT_NUMBER = "AccountNumber"


# The exact texts of `Approved`: anything else is neither.
APPROVED_TEXTS: Mapping[str, bool] = {"True": True, "False": False}
