"""The client of Invoice Cloud's REST services: one private request, one method per operation.

Independent of Django. Never logs a body and never follows a redirect. `protection` decides whether
a call is made and whether it is retried.
"""

import logging
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from functools import partial
from typing import Any, Self, TypeVar
from urllib.parse import quote
from uuid import UUID, uuid4

import requests
from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from icsso.client import contract
from icsso.client.addresses import host_of, is_under
from icsso.client.contract import OPERATIONS, Operation
from icsso.client.errors import (
    InvoiceCloudError,
    InvoiceCloudProtocolError,
    InvoiceCloudRejected,
    InvoiceCloudUnavailable,
)
from icsso.client.outcomes import Heard, Outcome, outcome_of
from icsso.client.resilience.bulkhead import Priority
from icsso.client.resilience.pipeline import Protection
from icsso.client.resilience.policies import POLICIES
from icsso.client.responses import UNAVAILABLE, broken_off, checked, understood
from icsso.client.transport import pooled_session

logger = logging.getLogger(__name__)
A = TypeVar("A", bound=contract.Answer)
LARGEST_ANSWER = 8 * 1024 * 1024  # bytes: 5,000 accounts are about half a megabyte


class InvoiceCloudClient:
    """The client for one biller. Safe to share between threads.

    base_url: scheme and host, e.g. `https://www.invoicecloud.com`.
    api_key: the biller's API key, sent as the HTTP Basic user name with an empty password.
    connect_timeout, timeout: seconds to connect, and the limit for any whole call, including
    connecting, retries, and pauses.
    timeouts: seconds by operation name that differ from `policies`.
    paths: paths by operation name, where a biller's differ from the contract's.
    public_only: connect to public addresses only, whatever the host name.
    protection: bulkhead, circuit breakers, and retries; without it, every call is made once.
    heard: called after each call with how it ended and whether Invoice Cloud was there.
    Every method raises the errors of `icsso.client.errors` and no others.
    """

    def __init__(  # noqa: PLR0913  all keyword-only, most with a default
        self,
        *,
        base_url: str,
        api_key: str,
        connect_timeout: float = 2.0,
        timeout: float = 8.0,
        timeouts: Mapping[str, float] | None = None,
        paths: Mapping[str, str] | None = None,
        public_only: bool = False,
        protection: Protection | None = None,
        heard: Callable[[Heard], None] | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        # Built here: for a key it cannot encode, requests would put the key into its error message.
        self._headers = {"Authorization": "Basic " + b64encode(f"{api_key}:".encode()).decode()}
        self._connect_timeout = connect_timeout
        self._timeout = timeout
        self._timeouts = dict(timeouts or {})
        self._paths = dict(paths or {})
        self._protection = protection or Protection()
        self._heard = heard or (lambda call: None)
        self._session = pooled_session(public_only=public_only)
        self._ends_at: float | None = None
        self._caller = ""
        self._priority = Priority.FOREGROUND

    def within(self, seconds: float) -> Self:
        """Returns a client with the same pool, for several calls that share this time limit.

        They belong together: if one of them may probe whether Invoice Cloud is back, all may.
        """
        hurried = copy(self)
        hurried._ends_at = time.monotonic() + seconds
        hurried._caller = uuid4().hex
        return hurried

    def with_priority(self, priority: Priority) -> Self:
        """Returns a client with the same pool for calls of this priority."""
        ranked = copy(self)
        ranked._priority = priority
        return ranked

    def seat(self) -> AbstractContextManager[None]:
        """Holds a seat while a thread waits for another thread's call. Raises InvoiceCloudBusy."""
        return self._protection.seat("waiting")

    def __repr__(self) -> str:
        return f"InvoiceCloudClient({self.base_url})"

    def biller_status(self) -> contract.BillerStatus:
        """Returns whether the biller is active, and its GUID (contract: Biller status)."""
        return self._call("biller_status", contract.BillerStatus)

    def retrieve_users(
        self, *, account_number: str = "", email: str = ""
    ) -> tuple[contract.User, ...]:
        """Returns the users of an account number or address; none if the account does not exist.

        If both are given, the account number decides (contract: Retrieve Users).
        """
        wanted = {"AccountNumber": account_number, "EmailAddress": email}
        body = {name: value for name, value in wanted.items() if value}
        return self._call("retrieve_users", contract.Users, body).users

    def remote_authentication(self, *, email: str, password: str) -> contract.Authentication:
        """Returns a token for this user (contract: Remote Authentication).

        Raises CredentialMismatch for a wrong password, NotRegistered for an unknown address.
        """
        body = {"EmailAddress": email, "Password": password}
        return self._call("remote_authentication", contract.Authentication, body)

    def retrieve_user_accounts(self, *, email: str) -> tuple[contract.UserAccount, ...]:
        """Returns every account registered to the address (contract: Retrieve User Accounts)."""
        body = {"EmailAddress": email}
        return self._call("retrieve_user_accounts", contract.UserAccounts, body).accounts

    def register_accounts(
        self, *, email: str, password: str, account_numbers: Sequence[str]
    ) -> tuple[contract.RegistrationResult, ...]:
        """Registers accounts to the user, and creates a new user (contract: Register Accounts).

        Some may succeed and others fail. Raises AlreadyExists if the address has another password.
        Safe to repeat with the same address and password.
        """
        body = {
            "LoginTypeID": contract.LOGIN_TYPE_ID,
            "EmailAddress": email,
            "Password": password,
            "Accounts": [{"AccountNumber": number} for number in account_numbers],
        }
        return self._call("register_accounts", contract.RegistrationResults, body).results

    def update_password(self, *, email: str, new_password: str) -> None:
        """Sets the user's password; safe to repeat (contract: Update Password)."""
        body = {"EmailAddress": email, "NewPassword": new_password}
        self._call("update_password", contract.Answer, body)

    def update_email_address(self, *, email: str, new_email: str) -> None:
        """Changes the user's address; AlreadyExists if taken (contract: Update Email Address)."""
        body = {"EmailAddress": email, "NewEmailAddress": new_email}
        self._call("update_email_address", contract.Answer, body)

    def create_customer_record(self, record: contract.CustomerRecord) -> UUID:
        """Creates the customer, returns its CustomerGUID (contract: Create Customer Record)."""
        answer = self._call("create_customer_record", contract.CustomerGuid, record.body())
        return answer.customer_guid

    def retrieve_customer_guid(
        self, *, account_number: str, email: str, username: str = ""
    ) -> UUID:
        """Returns the CustomerGUID of an account (contract: Retrieve CustomerGUID)."""
        body = {"AccountNumber": account_number, "EmailAddress": email, "Username": username}
        return self._call("retrieve_customer_guid", contract.CustomerGuid, body).customer_guid

    def account(self, customer_guid: UUID) -> contract.Account:
        """Returns the balance in dollars, due date, and enrollments (contract: account)."""
        return self._call("account", contract.Account, CustomerGuid=str(customer_guid))

    def cloud_payments(self, request: contract.CloudPaymentsRequest) -> str:
        """Returns the address of a hosted payment page (contract: Cloud Payments V2).

        Raises InvoiceCloudProtocolError for an address that is not under the base URL.
        """
        url = self._call("cloud_payments", contract.CloudPayment, request.body()).url
        if not is_under(self.base_url, url):
            what = f"the payment page is not on Invoice Cloud's host ({host_of(url)})"
            raise InvoiceCloudProtocolError("cloud_payments", what, status=200)
        return url

    def _call(
        self,
        operation: str,
        answer: type[A],
        body: Mapping[str, Any] | None = None,
        **in_path: str,
    ) -> A:
        method, path = self._target(operation)
        url = self.base_url + path.format(**{k: quote(v, safe="") for k, v in in_path.items()})
        wire = partial(self._session.request, method, url, json=body)
        return self._protection.call(
            operation,
            lambda seconds: self._attempt(operation, answer, wire, seconds),
            seconds=self._seconds_left(operation),
            caller=self._caller or uuid4().hex,
            priority=self._priority,
        )

    def _attempt(
        self,
        operation: str,
        answer: type[A],
        wire: Callable[..., requests.Response],
        seconds: float,
    ) -> A:
        started = time.monotonic()
        status: int | None = None
        available = False
        level, said, outcome = logging.INFO, "answered", Outcome.ANSWERED
        try:
            response, text = self._send(operation, wire, seconds)
            status = response.status_code
            available = status not in UNAVAILABLE
            return understood(operation, answer, checked(operation, answer, response, text))
        except InvoiceCloudError as error:
            # Refusals happen every day; anything else may need an operator's attention.
            level = logging.INFO if isinstance(error, InvoiceCloudRejected) else logging.WARNING
            said, outcome = str(error), outcome_of(error)
            raise
        finally:
            milliseconds = round((time.monotonic() - started) * 1000)
            logger.log(
                level,
                "invoice cloud call: %s",
                said,
                extra={"operation": operation, "status": status, "milliseconds": milliseconds},
            )
            self._heard(Heard(operation, outcome, milliseconds, available))

    def _send(
        self, operation: str, wire: Callable[..., requests.Response], seconds: float
    ) -> tuple[requests.Response, str]:
        failure: InvoiceCloudError
        try:
            response = wire(
                headers=self._headers,
                # `total` makes connecting and reading share one budget.
                timeout=Timeout(connect=self._connect_timeout, total=seconds),
                allow_redirects=False,
                stream=True,
            )
            with response:
                return response, _read(operation, response)
        except (requests.RequestException, HTTPError) as error:
            failure = broken_off(operation, error)
        # Raised outside the `except`, so that its context does not hold the request with the
        # API key and the customer's password.
        raise failure

    def _seconds_left(self, operation: str) -> float:
        seconds = min(self._timeout, self._timeouts.get(operation, POLICIES[operation].seconds))
        if self._ends_at is None:
            return seconds
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise InvoiceCloudUnavailable(operation, "not called: no time is left")
        return min(left, seconds)

    def _target(self, operation: str) -> Operation:
        known = OPERATIONS[operation]
        return known._replace(path=self._paths.get(operation, known.path))


def _read(operation: str, response: requests.Response) -> str:
    body = bytearray()
    for chunk in response.iter_content(16 * 1024):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise InvoiceCloudProtocolError(operation, "the response is too large")
    return body.decode("utf-8-sig", errors="replace")
