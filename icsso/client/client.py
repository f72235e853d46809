"""The client of Invoice Cloud's REST services: one private request, one method per operation.

Knows no model, no Django. Never logs a body, never follows a redirect. Whether a call is made at
all, and made again, is for `protection`.
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
    """Invoice Cloud for one biller. Safe to share between threads.

    base_url: scheme and host, e.g. `https://www.invoicecloud.com`.
    api_key: the biller's API key, the user name of HTTP Basic (the password is empty).
    connect_timeout, timeout: seconds to connect, and the most for any whole call, connecting,
    repeats and pauses included.
    timeouts: other seconds by operation name than those of `policies`.
    paths: other paths by operation name, where a biller's differ from the contract's.
    public_only: never talk to a machine that is not on the open internet, whatever its name.
    protection: bulkhead, breakers and repeats; without one every call is made, and made once.
    heard: told after each call how it ended, and whether Invoice Cloud was there to answer it.
    Every method raises the errors of `icsso.client.errors` and no others.
    """

    def __init__(  # noqa: PLR0913  all by name, and most with a default
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
        # Written by ourselves: requests would put a key it cannot encode into its error's message.
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
        """The same client and pool, for several calls that together may take no longer.

        They belong together: when one of them may probe whether Invoice Cloud is back, all may.
        """
        hurried = copy(self)
        hurried._ends_at = time.monotonic() + seconds
        hurried._caller = uuid4().hex
        return hurried

    def with_priority(self, priority: Priority) -> Self:
        """The same client and pool, for what others go before."""
        ranked = copy(self)
        ranked._priority = priority
        return ranked

    def seat(self) -> AbstractContextManager[None]:
        """For a thread that waits until another one's call has ended. Raises InvoiceCloudBusy."""
        return self._protection.seat("waiting")

    def __repr__(self) -> str:
        return f"InvoiceCloudClient({self.base_url})"

    def biller_status(self) -> contract.BillerStatus:
        """Whether the biller is active, and its GUID (contract: Biller status)."""
        return self._call("biller_status", contract.BillerStatus)

    def retrieve_users(
        self, *, account_number: str = "", email: str = ""
    ) -> tuple[contract.User, ...]:
        """The users of an account number or address; none: the account does not exist.

        With both the account number decides (contract: Retrieve Users).
        """
        wanted = {"AccountNumber": account_number, "EmailAddress": email}
        body = {name: value for name, value in wanted.items() if value}
        return self._call("retrieve_users", contract.Users, body).users

    def remote_authentication(self, *, email: str, password: str) -> contract.Authentication:
        """A token for this user (contract: Remote Authentication).

        Raises CredentialMismatch for another password, NotRegistered for an unknown address.
        """
        body = {"EmailAddress": email, "Password": password}
        return self._call("remote_authentication", contract.Authentication, body)

    def retrieve_user_accounts(self, *, email: str) -> tuple[contract.UserAccount, ...]:
        """Every account registered to the address (contract: Retrieve User Accounts)."""
        body = {"EmailAddress": email}
        return self._call("retrieve_user_accounts", contract.UserAccounts, body).accounts

    def register_accounts(
        self, *, email: str, password: str, account_numbers: Sequence[str]
    ) -> tuple[contract.RegistrationResult, ...]:
        """Registers accounts to the user, who comes to be if new (contract: Register Accounts).

        Some may succeed and some fail; AlreadyExists when the address has another password.
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
        """Creates the customer and gives its CustomerGUID (contract: Create Customer Record)."""
        answer = self._call("create_customer_record", contract.CustomerGuid, record.body())
        return answer.customer_guid

    def retrieve_customer_guid(
        self, *, account_number: str, email: str, username: str = ""
    ) -> UUID:
        """The CustomerGUID of an account (contract: Retrieve CustomerGUID)."""
        body = {"AccountNumber": account_number, "EmailAddress": email, "Username": username}
        return self._call("retrieve_customer_guid", contract.CustomerGuid, body).customer_guid

    def account(self, customer_guid: UUID) -> contract.Account:
        """Balance in dollars, due date and enrolments of a customer (contract: account)."""
        return self._call("account", contract.Account, CustomerGuid=str(customer_guid))

    def cloud_payments(self, request: contract.CloudPaymentsRequest) -> str:
        """The address of a hosted payment page under the base URL (contract: Cloud Payments V2).

        Raises InvoiceCloudProtocolError for an address of any other host or scheme.
        """
        url = self._call("cloud_payments", contract.CloudPayment, request.body()).url
        if not is_under(self.base_url, url):
            what = f"gave a payment page that is not Invoice Cloud's ({host_of(url)})"
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
            # A refusal is an everyday answer; anything else an operator may have to look at.
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
        # Raised out here, so that it drags no request along as its context: that holds the
        # API key and the customer's password.
        raise failure

    def _seconds_left(self, operation: str) -> float:
        seconds = min(self._timeout, self._timeouts.get(operation, POLICIES[operation].seconds))
        if self._ends_at is None:
            return seconds
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise InvoiceCloudUnavailable(operation, "not asked, the time is up")
        return min(left, seconds)

    def _target(self, operation: str) -> Operation:
        known = OPERATIONS[operation]
        return known._replace(path=self._paths.get(operation, known.path))


def _read(operation: str, response: requests.Response) -> str:
    body = bytearray()
    for chunk in response.iter_content(16 * 1024):
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise InvoiceCloudProtocolError(operation, "answered more than we read")
    return body.decode("utf-8-sig", errors="replace")
