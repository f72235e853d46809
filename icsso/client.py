"""The client of Invoice Cloud's REST services: one private request, one method per operation.

Knows no model, no Django. Never logs a body, never repeats a call, never follows a redirect.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit
from uuid import UUID

import requests
from pydantic import ValidationError
from requests.adapters import HTTPAdapter

from icsso import contract
from icsso.answers import checked
from icsso.contract import OPERATIONS, Operation
from icsso.errors import InvoiceCloudProtocolError, InvoiceCloudUnavailable

logger = logging.getLogger(__name__)
A = TypeVar("A", bound=contract.Answer)
LARGEST_ANSWER = 8 * 1024 * 1024  # bytes: 5,000 accounts are about half a megabyte


class InvoiceCloudClient:
    """Invoice Cloud for one biller. Safe to share between threads.

    base_url: scheme and host, e.g. `https://www.invoicecloud.com`.
    api_key: the biller's API key, the user name of HTTP Basic (the password is empty).
    connect_timeout, timeout: seconds to connect, and for the whole call.
    paths: other paths by operation name, where a biller's differ from the contract's.
    Every method raises the errors of `icsso.errors` and no others.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        connect_timeout: float = 2.0,
        timeout: float = 8.0,
        paths: Mapping[str, str] | None = None,
        session: requests.Session | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._auth = (api_key, "")
        self._connect_timeout = connect_timeout
        self._timeout = timeout
        self._paths = dict(paths or {})
        self._session = session or _pooled_session()

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
        return self._call("account", contract.Account, customer_guid=str(customer_guid))

    def cloud_payments(self, request: contract.CloudPaymentsRequest) -> str:
        """The address of a hosted payment page under the base URL (contract: Cloud Payments V2).

        Raises InvoiceCloudProtocolError for an address of any other host or scheme.
        """
        url = self._call("cloud_payments", contract.CloudPayment, request.body()).url
        if not url.startswith(self.base_url + "/") or "\\" in url:
            host = urlsplit(url).hostname or "no host"
            raise InvoiceCloudProtocolError(
                "cloud_payments", f"gave a payment page that is not Invoice Cloud's ({host})"
            )
        return url

    def _call(
        self,
        operation: str,
        answer: type[A],
        body: Mapping[str, Any] | None = None,
        **in_path: str,
    ) -> A:
        started = time.monotonic()
        status: int | None = None
        try:
            response, text = self._send(operation, body, in_path, started)
            status = response.status_code
            return answer.model_validate(checked(operation, response, text))
        except ValidationError as error:
            fields = ", ".join(sorted({str(part["loc"][0]) for part in error.errors() if part["loc"]}))
            # The values are left out on purpose: they may be personal.
            raise InvoiceCloudProtocolError(
                operation, f"answered without a usable {fields or 'body'}", status=status
            ) from None
        finally:
            milliseconds = round((time.monotonic() - started) * 1000)
            logger.info(
                "invoice cloud call",
                extra={"operation": operation, "status": status, "milliseconds": milliseconds},
            )

    def _send(
        self,
        operation: str,
        body: Mapping[str, Any] | None,
        in_path: Mapping[str, str],
        started: float,
    ) -> tuple[requests.Response, str]:
        method, path = self._target(operation)
        url = self.base_url + path.format(**{k: quote(v, safe="") for k, v in in_path.items()})
        try:
            response = self._session.request(
                method,
                url,
                json=body,
                auth=self._auth,
                timeout=(self._connect_timeout, self._timeout),
                allow_redirects=False,
                stream=True,
            )
            with response:
                return response, self._read(operation, response, started)
        except requests.ConnectTimeout:
            raise InvoiceCloudUnavailable(operation, "no connection in time") from None
        except requests.Timeout:
            raise InvoiceCloudUnavailable(
                operation, "no answer in time", outcome_unknown=True
            ) from None
        except requests.RequestException as error:
            # Refused before anything was sent, or broken off afterwards: only the first is sure.
            sent = "NewConnectionError" not in repr(error) and "NameResolution" not in repr(error)
            raise InvoiceCloudUnavailable(
                operation, "the connection failed", outcome_unknown=sent
            ) from None

    def _target(self, operation: str) -> Operation:
        known = OPERATIONS[operation]
        return known._replace(path=self._paths.get(operation, known.path))

    def _read(self, operation: str, response: requests.Response, started: float) -> str:
        """Reads the body within what is left of the time: each read alone is no limit."""
        chunks = bytearray()
        for chunk in response.iter_content(16 * 1024):
            chunks += chunk
            if time.monotonic() - started > self._timeout:
                raise requests.ReadTimeout
            if len(chunks) > LARGEST_ANSWER:
                raise InvoiceCloudProtocolError(operation, "answered more than we read")
        return chunks.decode("utf-8-sig", errors="replace")


def _pooled_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no ~/.netrc, which would replace the API key
    session.headers["Accept"] = "application/json"
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=16, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
