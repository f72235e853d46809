"""What the API accepts and returns. The OpenAPI document is generated from these classes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MOST_ACCOUNTS = 1000  # in one request: one batch, in one transaction
MOST_PAYMENTS, USUAL_PAYMENTS = 500, 100  # in one response

Amount = Annotated[str, Field(pattern=r"^-?\d+\.\d{2}$", examples=["84.20"])]
Text = Annotated[str, StringConstraints(max_length=500)]


class Given(BaseModel):
    """Unknown fields are refused. Otherwise, a misspelled one would be silently ignored."""

    model_config = ConfigDict(extra="forbid")


class Account(Given):
    """Fields that are left out keep their values; null and "" empty them."""

    account_number: Text = Field(examples=["0012-3456"])
    name: Text = Field(examples=["TORRES ANA"])
    address: Text | None = None
    city: Text | None = None
    state: Text | None = None
    zip: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    posted_through: Text | None = Field(
        None,
        description="The CIS has posted every payment up to and including this day (YYYY-MM-DD). "
        "Customers then read that these payments are posted.",
        examples=["2026-11-27"],
    )


class Accounts(Given):
    accounts: list[Account] = Field(min_length=1, max_length=MOST_ACCOUNTS)
    new_customers_anyway: bool = Field(
        False,
        description="Import the names even if unusually many accounts get another customer.",
    )


class AccountResult(BaseModel):
    account_number: str = Field(description="As it was sent.")
    result: Literal["created", "changed", "unchanged", "rejected"]
    messages: list[str] = Field(
        description="Why it was rejected, or imported without something or with another value."
    )


class AccountResults(BaseModel):
    results: list[AccountResult] = Field(description="In the order of the request.")


class PaymentLineOut(BaseModel):
    id: str = Field(
        description="Names the paid invoice of this account for ever, also in webhooks and files: "
        "the key to tell repeated ones by.",
        examples=["P1024"],
    )
    invoice_number: str
    amount: Amount
    fee: Amount
    net_amount: Amount
    net_fee: Amount


class ReversalLineOut(BaseModel):
    id: str = Field(examples=["R77"])
    payment_line: str = Field(examples=["P1024"])
    invoice_number: str
    amount: Amount = Field(description="Its effect: negative; positive for a reinstatement.")
    fee: Amount


class ReversalOut(BaseModel):
    kind: Literal["returned", "refunded", "voided", "chargeback", "withdrawn", "reinstated"]
    happened_at: datetime
    recorded_at: datetime
    lines: list[ReversalLineOut]


class PaymentOut(BaseModel):
    payment_guid: str = Field(
        description="Several payments have the same if it paid several accounts: one for each.",
        json_schema_extra={"format": "uuid"},
    )
    state: Literal["paid", "partly-reversed", "reversed"]
    account_number: str
    paid_at: datetime
    recorded_at: datetime
    updated_at: datetime = Field(description="The latest invoice or reversal was recorded.")
    method: str
    reference: str = Field(description="The biller reference of the checkout; empty without one.")
    source: Literal["postback", "decision", "reconciliation"]
    amount: Amount
    fee: Amount
    total: Amount
    net_amount: Amount = Field(description="The amount less what was reversed.")
    net_fee: Amount
    net_total: Amount
    lines: list[PaymentLineOut]
    reversals: list[ReversalOut]


class Payments(BaseModel):
    payments: list[PaymentOut]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")
    as_of: datetime = Field(
        description="When this was read. Use the first page's, less five minutes, as the next "
        "`updated_since`."
    )


class Fault(BaseModel):
    pointer: str = Field(description="A JSON Pointer into the request.")
    detail: str


class ProblemOut(BaseModel):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="What is wrong, and what to do.")
    errors: list[Fault] | None = None
