"""How one call on the wire ended, as it is counted. Knows no Django."""

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
    REFUSED = "refused"  # an everyday answer: another password, an account that exists already
    UNAUTHORIZED = "unauthorized"
    UNAVAILABLE = "unavailable"  # it said so: 429, 502, 503, 504
    NO_ANSWER = "no-answer"  # no connection, or none in time
    NOT_UNDERSTOOD = "not-understood"


class Heard(NamedTuple):
    """available: whether Invoice Cloud was there to answer."""

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
