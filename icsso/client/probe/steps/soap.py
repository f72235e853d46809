"""The SOAP services' ViewCustomerRecord, where the biller has turned it on (contract: SOAP)."""

import time

from icsso.client.errors import InvoiceCloudError
from icsso.client.probe.results import Difference, StepResult, Verdict
from icsso.client.probe.steps.step import verdict
from icsso.client.probe.walk import Walk

NAME, TITLE = "view_customer_record", "SOAP ViewCustomerRecord"


def customer_record(walk: Walk) -> StepResult:
    """Whether the second source knows the account."""
    if walk.target.customer_record is None:
        return StepResult(NAME, TITLE, Verdict.SKIPPED, "Not asked: SOAP is off for this biller.")
    started = time.monotonic()
    try:
        record = walk.target.customer_record(walk.arguments.account_number)
    except InvoiceCloudError as error:
        return _failed(error, started)
    if record is None:
        words = "SOAP does not know the account."
        differences = (Difference("soap-unknown", words),)
        found = verdict(walk, is_usable=True, differences=differences)
        return StepResult(
            NAME, TITLE, found, words, milliseconds=_since(started), differences=differences
        )
    says = "is registered" if record.registered else "exists, and nobody has registered it"
    return StepResult(NAME, TITLE, Verdict.OK, f"The account {says}.", milliseconds=_since(started))


def _failed(error: InvoiceCloudError, started: float) -> StepResult:
    what = str(error).partition(": ")[2]
    advice = (
        "Check the web service key and the biller GUID, or turn SOAP off: the portal does not"
        " depend on it."
    )
    return StepResult(
        NAME,
        TITLE,
        Verdict.UNUSABLE,
        f"SOAP cannot be used: {what}.",
        status=error.status,
        milliseconds=_since(started),
        advice=(advice,),
    )


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
