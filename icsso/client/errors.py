"""What can go wrong with Invoice Cloud (contract: "Errors"), and how a call ended.

No message of these exceptions contains a body, a credential, or personal data, so each may be
logged as it is. Invoice Cloud's own words are in `reason`, for the customer's page.
"""

from enum import StrEnum
from typing import NamedTuple

TOO_MANY = 429


class InvoiceCloudError(Exception):
    """The base class: views catch it and show a calm page.

    operation: the name of the operation in `contract.OPERATIONS`.
    status: the HTTP status, or None without a response.
    reason: Invoice Cloud's own words (`Message`, `ErrorMessage`), possibly empty. Not for logs.
    outcome_unknown: whether the request may have been carried out anyway.
    """

    outcome_unknown = False
    is_outage = False  # whether waiting may help; otherwise, someone has to correct a setting

    def __init__(
        self, operation: str, what: str, *, status: int | None = None, reason: str = ""
    ) -> None:
        super().__init__(f"{operation}: {what}")
        self.operation = operation
        self.status = status
        self.reason = reason


class InvoiceCloudUnavailable(InvoiceCloudError):
    """Not available now: 429, 502, 503, 504, no connection, or a timeout.

    retry_after: seconds Invoice Cloud asked us to wait, or None.
    """

    is_outage = True

    def __init__(
        self,
        operation: str,
        what: str,
        *,
        status: int | None = None,
        retry_after: int | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(operation, what, status=status)
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown


class InvoiceCloudBusy(InvoiceCloudUnavailable):
    """Too many threads of this process already wait for Invoice Cloud; it was not called."""

    def __init__(self, operation: str) -> None:
        super().__init__(operation, "not called: too many calls are waiting", retry_after=1)


class InvoiceCloudProtocolError(InvoiceCloudError):
    """The response is not what the contract promises (an HTML page, a redirect, 500)."""

    def __init__(self, operation: str, what: str, *, status: int | None = None, reason: str = ""):
        super().__init__(operation, what, status=status, reason=reason)
        self.outcome_unknown = not self._is_refused

    @property
    def _is_refused(self) -> bool:
        """A page that does not exist, or may not be asked for, has carried nothing out."""
        return 400 <= (self.status or 0) < 500

    @property
    def is_outage(self) -> bool:  # type: ignore[override]  # a class attribute elsewhere
        """True for a broken server and for a page instead of an answer, as in maintenance."""
        return not self._is_refused


class InvoiceCloudMisplaced(InvoiceCloudProtocolError):
    """Nothing is offered at this path, or not by this method or in this format: the wire profile
    must name another one. It says nothing about the customer."""

    _is_refused = True


class InvoiceCloudIncomplete(InvoiceCloudProtocolError):
    """The response is JSON, but without a usable value of a field that the contract promises."""

    is_outage = False


class InvoiceCloudUnauthorized(InvoiceCloudError):
    """The API key is wrong: the utility's mistake, never shown as the customer's."""


class InvoiceCloudRejected(InvoiceCloudError):
    """The request was refused: 400, 200 with `Success: false`, or a reason without a payload."""


class CredentialMismatch(InvoiceCloudRejected):
    """The customer is registered at Invoice Cloud with another password."""


class NotRegistered(InvoiceCloudRejected):
    """Invoice Cloud has no registered user with this email address."""


class AlreadyExists(InvoiceCloudRejected):
    """The record already exists, or the address is taken (409, or derived)."""


def may_be_the_customers(failure: InvoiceCloudError) -> bool:
    """Whether Remote Authentication may have failed because of what the customer entered: any
    answer but an outage, a broken server, or a page that is no answer or does not exist."""
    if isinstance(failure, InvoiceCloudMisplaced):
        return False
    return isinstance(
        failure, InvoiceCloudRejected | InvoiceCloudUnauthorized | InvoiceCloudIncomplete
    ) or (isinstance(failure, InvoiceCloudProtocolError) and 400 <= (failure.status or 0) < 500)


def refused_as(
    kind: type[InvoiceCloudRejected], failure: InvoiceCloudError
) -> InvoiceCloudRejected:
    """Returns what a failed call turned out to mean, with its reason."""
    what = f"refused ({failure.status})"
    error = kind(failure.operation, what, status=failure.status, reason=failure.reason)
    # An earlier attempt at the same call may have been carried out; an answer alone was not.
    error.outcome_unknown = failure.outcome_unknown and isinstance(failure, InvoiceCloudRejected)
    return error


class Outcome(StrEnum):
    ANSWERED = "answered"
    REFUSED = "refused"  # an everyday response: wrong password, account already exists
    UNAUTHORIZED = "unauthorized"
    UNAVAILABLE = "unavailable"  # 429, 502, 503, 504
    NO_ANSWER = "no-answer"  # no connection, or a timeout
    NOT_UNDERSTOOD = "not-understood"


class Heard(NamedTuple):
    """available: whether Invoice Cloud responded at all."""

    operation: str
    outcome: Outcome
    milliseconds: int
    available: bool


def outcome_of(error: InvoiceCloudError) -> Outcome:
    if isinstance(error, InvoiceCloudRejected):
        return Outcome.REFUSED
    if isinstance(error, InvoiceCloudUnauthorized):
        return Outcome.UNAUTHORIZED
    if isinstance(error, InvoiceCloudUnavailable):
        return Outcome.UNAVAILABLE if error.status else Outcome.NO_ANSWER
    return Outcome.NOT_UNDERSTOOD
