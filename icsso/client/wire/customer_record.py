"""ViewCustomerRecord of the SOAP service, by the names of the contract, and every operation that a
wire profile can change: those of REST (`contract.OPERATIONS`) and this one."""

from collections.abc import Mapping

from pydantic import Field

from icsso.client.answers import AccountNumber, Answer, Boolean, Day, IfReadable, Words
from icsso.client.contract import OPERATIONS, Operation, User

CALL = "ViewCustomerRecord"  # the element around what is sent; of the answer, the same + Result


class ViewedRecord(Answer):
    """A customer as Invoice Cloud's SOAP service shows it. None: not said, or not readable."""

    account_number: AccountNumber = Field(alias="AccountNumber")
    registered: Boolean = Field(alias="Registered")
    login_name: Words = Field(alias="LoginName", default="")
    email: Words = Field(alias="EmailAddress", default="")
    registration_date: IfReadable[Day] = Field(alias="RegistrationDate", default=None)
    customer_id: Words = Field(alias="CustomerID", default="")
    name: Words = Field(alias="CustomerName", default="")
    address1: Words = Field(alias="Address1", default="")
    address2: Words = Field(alias="Address2", default="")
    city: Words = Field(alias="City", default="")
    state: Words = Field(alias="State", default="")
    zip: Words = Field(alias="Zip", default="")
    phone: Words = Field(alias="Phone", default="")
    autopay: IfReadable[Boolean] = Field(alias="AutoPay", default=None)
    paper_invoices: IfReadable[Boolean] = Field(alias="PaperInvoices", default=None)

    def as_user(self) -> User:
        """Returns the same as Retrieve Users does. The email address of a registered account is the
        login name: `EmailAddress` is the customer's, who need not have registered it."""
        email = self.login_name if self.registered else self.email
        return User(
            account_number=self.account_number, email=email or None, registered=self.registered
        )


VIEW_CUSTOMER_RECORD = Operation(
    "POST",
    "/portal/webservices/CloudManagement.asmx",
    (CALL, "BillerGUID", "WebServiceKey", "AccountNumber"),
    ViewedRecord,
)
SOAP: Mapping[str, Operation] = {"view_customer_record": VIEW_CUSTOMER_RECORD}
EVERY_OPERATION: Mapping[str, Operation] = {**OPERATIONS, **SOAP}
