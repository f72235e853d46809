"""What can go wrong with Invoice Cloud (contract: "Errors").

No message of these exceptions holds a body, a credential or a personal datum, so each may be
logged as it is. What Invoice Cloud said in words stands in `reason`, for the customer's page.
"""


class InvoiceCloudError(Exception):
    """The root of the tree: views catch this one and show a calm page.

    operation: the name of the operation in `contract.OPERATIONS`.
    status: the HTTP status, or None when no answer came.
    reason: Invoice Cloud's own words (`Message`, `ErrorMessage`), possibly empty. Not for logs.
    outcome_unknown: whether the request may have been carried out all the same.
    """

    outcome_unknown = False

    def __init__(
        self, operation: str, what: str, *, status: int | None = None, reason: str = ""
    ) -> None:
        super().__init__(f"{operation}: {what}")
        self.operation = operation
        self.status = status
        self.reason = reason


class InvoiceCloudUnavailable(InvoiceCloudError):
    """Not available now: 429, 502, 503, 504, no connection, or no answer in time.

    retry_after: seconds Invoice Cloud asked us to wait, or None.
    """

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
    """Too many of this process wait on Invoice Cloud already: not asked, try again in a moment."""

    def __init__(self, operation: str) -> None:
        super().__init__(operation, "not asked, too many are waiting", retry_after=1)


class InvoiceCloudProtocolError(InvoiceCloudError):
    """An answer came that is not what the contract promises (an HTML page, a redirect, 500)."""

    outcome_unknown = True


class InvoiceCloudUnauthorized(InvoiceCloudError):
    """The API key is wrong: an operator's fault, never shown as the customer's."""


class InvoiceCloudRejected(InvoiceCloudError):
    """The request is refused: 400, or 200 with `Success: false`."""


class CredentialMismatch(InvoiceCloudRejected):
    """The customer is registered at Invoice Cloud, with another password."""


class NotRegistered(InvoiceCloudRejected):
    """Invoice Cloud has no registered user with this email address."""


class AlreadyExists(InvoiceCloudRejected):
    """It exists already, or the address is taken (409)."""
