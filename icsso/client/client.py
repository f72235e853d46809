"""The client of Invoice Cloud's REST services: one method per operation.

Where the contract only assumes how a refusal is worded, the client asks what it means: a wrong
password must not look like an outage, however Invoice Cloud says it (contract, rule 2).
"""

import logging
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Self
from uuid import UUID

from icsso.client import contract
from icsso.client.addresses import host_of, is_under
from icsso.client.answers import Answer
from icsso.client.connection import Connection
from icsso.client.errors import (
    AlreadyExists,
    CredentialMismatch,
    InvoiceCloudError,
    InvoiceCloudIncomplete,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
    NotRegistered,
    may_be_the_customers,
    refused_as,
)
from icsso.client.parsing import account_key, email_address, is_another_account

logger = logging.getLogger(__name__)
FULL_ADDRESS = re.compile(r"[^\s@*•…]+@[^\s@*•…]+")  # and not masked


class InvoiceCloudClient(Connection):
    """The client for one biller. Safe to share between threads.

    Every method raises the errors of `icsso.client.errors` and no others.
    """

    def biller_status(self) -> contract.BillerStatus:
        """Returns whether the biller is active, and its GUID (contract: Biller status)."""
        return self.call("biller_status", contract.BillerStatus)

    def retrieve_users(
        self, *, account_number: str = "", email: str = ""
    ) -> tuple[contract.User, ...]:
        """Returns the users of an account number or address; none if the account does not exist.

        If both are given, the account number decides (contract: Retrieve Users). Users whom a
        search finds by a similar number are left out.
        """
        wanted = {"AccountNumber": account_number, "EmailAddress": email}
        body = {name: value for name, value in wanted.items() if value}
        try:
            users = self.call("retrieve_users", contract.Users, body).users
        except NotRegistered:
            return ()
        about = tuple(
            user
            for user in users
            if not is_another_account(user.account_number or "", account_number)
        )
        if users and not about:
            what = "the response is about other accounts"
            raise InvoiceCloudIncomplete("retrieve_users", what, status=200)
        return about

    def remote_authentication(self, *, email: str, password: str) -> contract.Authentication:
        """Returns a token for this user (contract: Remote Authentication).

        Raises CredentialMismatch for a wrong password, NotRegistered for an unknown address,
        however Invoice Cloud words it.
        """
        body = {"EmailAddress": email, "Password": password}
        client, refusal = self._sharing_time_of("remote_authentication"), None
        try:
            return client.call("remote_authentication", contract.Authentication, body)
        except (CredentialMismatch, NotRegistered):
            raise
        except InvoiceCloudError as failure:
            if not may_be_the_customers(failure):
                raise
            refusal = failure
        raise client._authentication_refusal(email, refusal)

    def retrieve_user_accounts(self, *, email: str) -> tuple[contract.UserAccount, ...]:
        """Returns every account registered to the address (contract: Retrieve User Accounts)."""
        body = {"EmailAddress": email}
        try:
            return self.call("retrieve_user_accounts", contract.UserAccounts, body).accounts
        except NotRegistered:
            return ()

    def register_accounts(
        self, *, email: str, password: str, account_numbers: Sequence[str]
    ) -> tuple[contract.RegistrationResult, ...]:
        """Registers accounts to the user, and creates a new user (contract: Register Accounts).

        Some may succeed and others fail. Raises AlreadyExists if the address has another password.
        Safe to repeat with the same address and password: if the whole call is refused, or the
        answer is unclear, although the password is right, returns which accounts are registered
        now.
        """
        body = {
            "LoginTypeID": contract.LOGIN_TYPE_ID,
            "EmailAddress": email,
            "Password": password,
            "Accounts": [{"AccountNumber": number} for number in account_numbers],
        }
        client = self._sharing_time_of("register_accounts")
        try:
            return client.call("register_accounts", contract.RegistrationResults, body).results
        except (InvoiceCloudRejected, InvoiceCloudIncomplete) as error:
            refusal = error
        explained = client._explained(refusal, lambda: client.is_registered(email))
        if type(explained) is not AlreadyExists:
            raise explained
        try:
            there = client._accounts_of(email, password)
        except InvoiceCloudError as failure:  # no one knows whether it has another password
            failure.outcome_unknown = failure.outcome_unknown or refusal.outcome_unknown
            raise
        if there is None:
            raise explained
        return tuple(
            contract.RegistrationResult(
                account_number=number,
                registered=account_key(number) in there,
                message=refusal.reason,
            )
            for number in account_numbers
        )

    def update_password(self, *, email: str, new_password: str) -> None:
        """Sets the user's password; safe to repeat (contract: Update Password)."""
        body = {"EmailAddress": email, "NewPassword": new_password}
        client = self._sharing_time_of("update_password")
        try:
            client.call("update_password", Answer, body)
            return
        except InvoiceCloudIncomplete as error:
            doubt = error
        if refusal := client._refusal_of(doubt, lambda: client._accepts(email, new_password)):
            raise refusal

    def update_email_address(self, *, email: str, new_email: str) -> None:
        """Changes the user's address; AlreadyExists if taken (contract: Update Email Address)."""
        body = {"EmailAddress": email, "NewEmailAddress": new_email}
        client = self._sharing_time_of("update_email_address")
        try:
            client.call("update_email_address", Answer, body)
            return
        except (InvoiceCloudRejected, InvoiceCloudIncomplete) as error:
            failure = error
        refusal = client._refusal_of(failure, lambda: client._has_moved(email, new_email))
        if refusal:
            raise client._explained(refusal, lambda: client.is_registered(new_email))

    def create_customer_record(self, record: contract.CustomerRecord) -> UUID | None:
        """Creates the customer, returns its CustomerGUID, or None if Invoice Cloud does not say it
        here (contract: Create Customer Record). Raises AlreadyExists."""
        client, number = self._sharing_time_of("create_customer_record"), record.account_number
        exists = partial(client._is_there, number)
        try:
            promised = contract.CreatedCustomer
            return client.call("create_customer_record", promised, record.body()).customer_guid
        except (InvoiceCloudRejected, InvoiceCloudIncomplete) as error:
            failure = error
        if refusal := client._refusal_of(failure, exists):
            raise client._explained(refusal, exists)
        return None

    def retrieve_customer_guid(self, *, account_number: str, email: str) -> UUID:
        """Returns the CustomerGUID of an account (contract: Retrieve CustomerGUID)."""
        body = {"AccountNumber": account_number, "EmailAddress": email, "Username": ""}
        return self.call("retrieve_customer_guid", contract.CustomerGuid, body).customer_guid

    def account(self, customer_guid: UUID) -> contract.Account:
        """Returns the balance in dollars, due date, and enrollments (contract: account)."""
        return self.call("account", contract.Account, CustomerGuid=str(customer_guid))

    def cloud_payments(self, request: contract.CloudPaymentsRequest) -> str:
        """Returns the address of a hosted payment page (contract: Cloud Payments V2).

        Raises InvoiceCloudProtocolError for an address that is neither under the base URL nor on
        another server of the wire profile.
        """
        url = self.call("cloud_payments", contract.CloudPayment, request.body()).url
        if not any(is_under(base, url) for base in self._page_servers()):
            what = f"the payment page is not on Invoice Cloud's host ({host_of(url)})"
            raise InvoiceCloudProtocolError("cloud_payments", what, status=200)
        return url

    def _page_servers(self) -> tuple[str, ...]:
        return (self.base_url, *self.wire.origins(self.base_url))

    def _sharing_time_of(self, operation: str) -> Self:
        """Returns a client whose calls share the time that this operation may take, unless it has
        a limit already: what has to be asked after a refusal makes no one wait longer."""
        return self if self.is_limited else self.within(self.seconds_for(operation))

    def users_at(self, email: str) -> tuple[contract.User, ...]:
        """Returns the users who are registered with the address. Retrieve Users may also find
        customers who get their bills there, but only those whose login is a different, complete
        address are left out: anything else may be masked, or may not be the login."""
        return tuple(
            user
            for user in self.retrieve_users(email=email)
            if user.registered and not _is_another(user.login_name or "", email)
        )

    def is_registered(self, email: str) -> bool:
        """Returns whether anyone is registered with the address."""
        return bool(self.users_at(email))

    def _accounts_of(self, email: str, password: str) -> set[str] | None:
        """Returns the keys of the accounts that are registered to the address; None if it has
        another password."""
        if not self._accepts(email, password):
            return None
        accounts = self.retrieve_user_accounts(email=email)
        return {account_key(each.account_number) for each in accounts}

    def _explained(
        self, refusal: InvoiceCloudError, exists_already: Callable[[], bool]
    ) -> InvoiceCloudError:
        """Returns AlreadyExists for a refusal if that is the reason, else the refusal as it is."""
        if isinstance(refusal, AlreadyExists):
            return refusal
        with suppress(InvoiceCloudError):  # the refusal stands, whether it can be explained or not
            if exists_already():
                return refused_as(AlreadyExists, refusal)
        return refusal

    def _refusal_of(
        self, failure: InvoiceCloudError, is_done: Callable[[], bool]
    ) -> InvoiceCloudRejected | None:
        """Returns the refusal; None if the answer was unclear but the request was carried out. If
        that cannot be found out now, raises the unclear answer, with an unknown outcome."""
        if isinstance(failure, InvoiceCloudRejected):
            return failure
        with suppress(InvoiceCloudError):
            return None if is_done() else refused_as(InvoiceCloudRejected, failure)
        raise failure

    def _is_there(self, number: str) -> bool:
        return bool(self.retrieve_users(account_number=number))

    def _has_moved(self, email: str, new_email: str) -> bool:
        return self.is_registered(new_email) and not self.is_registered(email)

    def _accepts(self, email: str, password: str) -> bool:
        try:
            self.remote_authentication(email=email, password=password)
        except (CredentialMismatch, NotRegistered):
            return False
        return True

    def _authentication_refusal(self, email: str, refusal: InvoiceCloudError) -> InvoiceCloudError:
        """Returns what a failed Remote Authentication means (contract: "derived").

        Checks first whether the API key works, then whether the address is registered. Raises the
        errors of these calls: Invoice Cloud may have become unavailable in the meantime.
        """
        doubt = self._doubt_about_key()
        kind: type[InvoiceCloudRejected]
        try:
            kind = CredentialMismatch if self.is_registered(email) else NotRegistered
        except (InvoiceCloudRejected, InvoiceCloudProtocolError) as error:
            logger.error("invoice cloud: a failed authentication cannot be explained: %s", error)
            kind = InvoiceCloudRejected
        if doubt and kind is not CredentialMismatch:
            raise doubt
        return refused_as(kind, refusal)

    def _doubt_about_key(self) -> InvoiceCloudError | None:
        """Returns the error of a biller status that does not say whether the key works: then only
        what Invoice Cloud knows of a user shows that it does. Raises InvoiceCloudUnauthorized, and
        the error of an outage."""
        try:
            self.biller_status()
        except InvoiceCloudError as error:
            if error.is_outage or isinstance(error, InvoiceCloudUnauthorized):
                raise
            return error
        return None


def _is_another(login: str, email: str) -> bool:
    return bool(FULL_ADDRESS.fullmatch(login)) and email_address(login) != email_address(email)
