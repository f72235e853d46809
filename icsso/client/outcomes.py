"""How one HTTP call ended, as it is counted. Independent of Django."""

from enum import StrEnum
from typing import NamedTuple

from icsso.client.errors import (
    InvoiceCloudError,
    InvoiceCloudRejected,
    InvoiceCloudUnauthorized,
    InvoiceCloudUnavailable,
)


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
