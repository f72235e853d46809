"""Opens one hosted payment page (`--guest-page`) and pays nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from icsso.client.addresses import host_of, origin
from icsso.client.answers import value_at
from icsso.client.contract import OPERATIONS, CloudPaymentsRequest, PayingCustomer
from icsso.client.errors import InvoiceCloudProtocolError, InvoiceCloudRejected
from icsso.client.probe.reading.wordings import reason_of
from icsso.client.probe.results import Difference, StepResult, Verdict
from icsso.client.probe.steps.explanations import Judgment
from icsso.client.probe.steps.pages import Page, Request, headers_of, opened
from icsso.client.probe.steps.places import elsewhere
from icsso.client.probe.steps.remedies import Tried, otherwise_read
from icsso.client.probe.steps.single_sign_on import framed
from icsso.client.probe.steps.step import Step, taken, verdict
from icsso.client.probe.walk import Attempt, Call, Walk

OPERATION = "cloud_payments"
NOWHERE = "https://portal.example"
FLAGS = [name for name in OPERATIONS[OPERATION].sends if name.startswith("Allow")]


def request(walk: Walk) -> CloudPaymentsRequest:
    """A checkout that no postback can reach: nothing is paid."""
    portal = walk.target.portal.rstrip("/") or NOWHERE
    return CloudPaymentsRequest(
        css_url=walk.target.css_url,
        return_url=f"{portal}/pay/return/{walk.random_password}/",
        postback_url=f"{portal}/pay/postback/{walk.random_password}/",
        biller_reference=walk.random_number,
        create_customer_record=False,
        customers=(PayingCustomer(account_number=walk.arguments.account_number),),
    )


def hosted_page(walk: Walk) -> StepResult:
    result = taken(walk, STEP)
    if result.verdict is not Verdict.UNUSABLE and walk.hosted_url:
        page = opened(walk.client(), "hosted_page", Request("GET", walk.hosted_url))
        return _with_page(walk, result, page)
    return result


def _with_page(walk: Walk, result: StepResult, page: Page) -> StepResult:
    differences = (*result.differences, *framed(walk, page))
    reading, advice = result.reading, result.advice
    usable = page.is_shown
    if not usable:
        reading = f"Invoice Cloud gives an address, but no page opens there ({page.status})."
        advice = (*advice, "Ask Invoice Cloud why the payment page does not open.")
    return replace(
        result,
        verdict=verdict(walk, is_usable=usable, differences=differences),
        reading=reading,
        kinds={**result.kinds, **headers_of(page)},
        differences=differences,
        advice=advice,
        exchanges=(
            *result.exchanges,
            *(walk.redacted("hosted_page", one) for one in page.exchanges),
        ),
    )


def other_request(walk: Walk, attempt: Attempt, call: Call) -> Tried:
    """Switches off a way to pay that the refusal names, and allows another server for the page."""
    before = walk.profile
    for fragment, words in _other_requests(walk, attempt):
        walk.learn(fragment)
        is_other_host = "hosts" in fragment
        other = walk.replay(attempt, call) if is_other_host else walk.attempt(OPERATION, call)
        if other.is_accepted and type(other.error) is not type(attempt.error):
            return Tried(other, learned=(words,))
        walk.profile = before
    return Tried(attempt)


def _other_requests(walk: Walk, attempt: Attempt) -> Iterator[tuple[Mapping[str, Any], str]]:
    if isinstance(attempt.error, InvoiceCloudRejected):
        reason = reason_of(attempt.body).lower()
        for flag in (flag for flag in FLAGS if flag.lower() in reason):
            yield {"operations": {OPERATION: {"set": {flag: False}}}}, f"{flag} must be off."
        return
    if not isinstance(attempt.error, InvoiceCloudProtocolError):
        return
    path = walk.operation(OPERATION).read.get("CloudPaymentURL", "CloudPaymentURL")
    url = value_at(attempt.body, path) or value_at(attempt.body, f"Data.{path}")
    if isinstance(url, str) and origin(url):
        hosts = [*walk.profile.hosts, origin(url)]
        words = f"Payment pages are on {host_of(url)}: make sure that this is Invoice Cloud's."
        yield {"hosts": hosts}, words


def _judge(walk: Walk, attempt: Attempt) -> Judgment:
    walk.hosted_url = attempt.value
    reading = (
        "Invoice Cloud gives the address of a payment page. Nothing was paid; whether the page"
        " leads back after a payment cannot be seen without paying."
    )
    if value_at(attempt.body, "Message") is not None:
        return Judgment(reading)
    words = "Message is not sent, which says SUCCESS in the contract."
    return Judgment(reading, differences=(Difference("no-message", words, tolerated=True),))


STEP = Step(
    "cloud_payments",
    "Payment page (Cloud Payments V2)",
    OPERATION,
    lambda walk: lambda client: client.cloud_payments(request(walk)),
    _judge,
    remedies=(elsewhere, otherwise_read, other_request, otherwise_read, other_request),
)
