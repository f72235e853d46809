"""The contract in code, from top to bottom: every path and field name of Invoice Cloud's API.

Reading is tolerant (`answers`), writing is strict (exactly these names). What an installation or a
biller does otherwise stands in its wire profile; no other module except `sso.py` contains a name
from the API.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, NamedTuple, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from icsso.client.answers import (
    AccountNumber,
    Answer,
    Boolean,
    Day,
    IfReadable,
    Money,
    Rows,
    Token,
    Words,
)
from icsso.client.refusals import NO_ACCOUNTS, NOBODY, Meaning, Refused

LOGIN_TYPE_ID = 1  # the design document: "always = 1"
VIEW_MODE_IFRAME = 1
DAY = 86_400  # seconds: a longer token lifetime must be a misunderstanding


Seconds = Annotated[int, Field(ge=1, le=DAY)]


class BillerStatus(Answer):
    biller_guid: IfReadable[UUID] = Field(alias="BillerGUID", default=None)
    biller_name: Words = Field(alias="BillerName", default="")
    active: Boolean = Field(alias="Active")


class User(Answer):
    """One account in the response of Retrieve Users."""

    rather_called: ClassVar = {"EmailAddress": "LoginName"}

    customer_guid: IfReadable[UUID] = Field(alias="CustomerGuid", default=None)
    account_number: IfReadable[AccountNumber] = Field(alias="AccountNumber", default=None)
    email: IfReadable[Words] = Field(alias="EmailAddress", default=None)
    login_name: IfReadable[Words] = Field(alias="LoginName", default=None)
    registered: Boolean = Field(alias="Registered")


class Users(Answer):
    # Every row counts: an ignored one could be the user who has registered the account.
    rows: ClassVar = "Users"

    users: tuple[User, ...] = Field(alias="Users")


class Authentication(Answer):
    token: Token = Field(alias="RemoteAuthenticationToken", repr=False)
    expires_in: IfReadable[Seconds] = Field(alias="ExpiresIn", default=None)


class UserAccount(Answer):
    account_number: AccountNumber = Field(alias="AccountNumber")
    customer_name: IfReadable[Words] = Field(alias="CustomerName", default=None)
    customer_guid: IfReadable[UUID] = Field(alias="CustomerGuid", default=None)


class UserAccounts(Answer):
    rows: ClassVar = "Accounts"

    accounts: Rows[UserAccount] = Field(alias="Accounts")


class RegistrationResult(Answer):
    account_number: AccountNumber = Field(alias="AccountNumber")
    registered: Boolean = Field(alias="Registered")
    message: IfReadable[Words] = Field(alias="Message", default=None)


class RegistrationResults(Answer):
    """Results may be missing: then Remote Authentication and Retrieve User Accounts tell."""

    may_be_empty: ClassVar = True
    rows: ClassVar = "Results"

    results: Rows[RegistrationResult] = Field(alias="Results", default=())


class CreatedCustomer(Answer):
    """The GUID may be missing: then Retrieve CustomerGUID tells it."""

    may_be_empty: ClassVar = True
    lone_guid: ClassVar = "CustomerGuid"

    customer_guid: IfReadable[UUID] = Field(alias="CustomerGuid", default=None)


class CustomerGuid(Answer):
    lone_guid: ClassVar = "CustomerGuid"

    customer_guid: UUID = Field(alias="CustomerGuid")


class Account(Answer):
    """Balance in dollars, negative for a credit. None if Invoice Cloud did not say."""

    also_called: ClassVar = {"Paperless": "!PaperInvoices"}

    account_number: IfReadable[AccountNumber] = Field(alias="AccountNumber", default=None)
    balance_due: IfReadable[Money] = Field(alias="BalanceDue", default=None)
    due_date: IfReadable[Day] = Field(alias="DueDate", default=None)
    autopay: IfReadable[Boolean] = Field(alias="AutoPay", default=None)
    paperless: IfReadable[Boolean] = Field(alias="Paperless", default=None)
    pay_by_text: IfReadable[Boolean] = Field(alias="PayByText", default=None)


class CloudPayment(Answer):
    lone_address: ClassVar = "CloudPaymentURL"

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


class Operation(NamedTuple):
    """sends: the names in the request's body; those inside lists and objects with a dot.

    reads: what the answer promises. An operation without fields promises an empty answer.
    """

    method: str
    path: str
    sends: tuple[str, ...] = ()
    reads: type[Answer] = Answer


def names_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Returns the names of the model's fields on the wire; nested ones with a dot."""
    return tuple(_names_of(model))


def _names_of(model: type[BaseModel], before: str = "") -> Iterator[str]:
    for field in model.model_fields.values():
        yield before + str(field.alias)
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from _names_of(inner, f"{before}{field.alias}.")


OPERATIONS: Mapping[str, Operation] = {
    "biller_status": Operation("GET", "/api/v1/biller/status", (), BillerStatus),
    "retrieve_users": Operation(
        "POST", "/api/v1/remoteauth/RetrieveUsers", ("AccountNumber", "EmailAddress"), Users
    ),
    "remote_authentication": Operation(
        "POST",
        "/api/v1/remoteauth/RemoteAuthentication",
        ("EmailAddress", "Password"),
        Authentication,
    ),
    "retrieve_user_accounts": Operation(
        "POST", "/api/v1/remoteauth/RetrieveUserAccounts", ("EmailAddress",), UserAccounts
    ),
    "register_accounts": Operation(
        "POST",
        "/api/v1/remoteauth/RegisterAccounts",
        ("LoginTypeID", "EmailAddress", "Password", "Accounts", "Accounts.AccountNumber"),
        RegistrationResults,
    ),
    "update_password": Operation(
        "POST", "/api/v1/remoteauth/UpdatePassword", ("EmailAddress", "NewPassword")
    ),
    "update_email_address": Operation(
        "POST", "/api/v1/remoteauth/UpdateEmailAddress", ("EmailAddress", "NewEmailAddress")
    ),
    "create_customer_record": Operation(
        "POST", "/api/v1/customer/CreateCustomerRecord", names_of(CustomerRecord), CreatedCustomer
    ),
    "retrieve_customer_guid": Operation(
        "POST",
        "/api/v1/customer/RetrieveCustomerGuid",
        ("AccountNumber", "EmailAddress", "Username"),
        CustomerGuid,
    ),
    "account": Operation("GET", "/api/v1/cp/{CustomerGuid}/account", (), Account),
    "cloud_payments": Operation(
        "POST", "/cloudpaymentsapi/v2", names_of(CloudPaymentsRequest), CloudPayment
    ),
}

# What a refusal means, before it is derived. Invoice Cloud's own words are assumed.
REFUSALS: Mapping[str, tuple[Refused, ...]] = {
    "remote_authentication": (
        Refused(code="^InvalidCredentials$", means=Meaning.MISMATCH),
        Refused(code="^NotRegistered$", means=Meaning.NOT_REGISTERED),
    ),
    "retrieve_users": NOBODY,
    "retrieve_user_accounts": NO_ACCOUNTS,
}


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
