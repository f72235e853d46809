"""PostBackURL, which Invoice Cloud's servers call."""

import logging
from typing import NamedTuple

from django.core.exceptions import BadRequest
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from icsso.billers.postback_samples import recording as samples
from payments.models import Checkout, Postback
from payments.postbacks.fields import MOST_BYTES, TooLarge
from payments.postbacks.services import MethodNotExpected, checkout_of, receive

logger = logging.getLogger(__name__)


class Fault(NamedTuple):
    """Why a postback is refused, though what arrived of it is kept for review."""

    status: int
    why: str
    reason: Postback.Reason


# To be sent again: what is missing may be half of the amount.
BROKEN_OFF = Fault(400, "broken off", Postback.Reason.BROKEN_OFF)
TOO_LARGE = Fault(413, "too large", Postback.Reason.CUT)
# It comes in chunks, and nothing here marks their end.
UNKNOWN_LENGTH = Fault(411, "of unknown length", Postback.Reason.CUT)


@csrf_exempt
@never_cache
def postback(request: HttpRequest, token: str) -> HttpResponse:
    """Responds with 200 only if the postback is stored, and with 503 if it must be sent again. PUT
    is handled like POST; HEAD and OPTIONS without fields get 204 if the address exists."""
    try:
        # First: for a guessed address, nothing is read.
        return _received(request, checkout_of(token))
    except Checkout.DoesNotExist:
        logger.info("postback refused: to an unknown address")  # scanners try many
        return HttpResponse(status=404)
    except DatabaseError:
        logger.exception("postback not stored")
        return HttpResponse(status=503, headers={"Retry-After": "30"})


def _received(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """Returns the response to a postback of this checkout."""
    if getattr(request, "is_at_foreign_host", False):
        known = {"biller": checkout.biller.slug, "checkout": checkout.pk}
        logger.warning("postback at a host name that is not in ALLOWED_HOSTS", extra=known)
    query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    body, fault = _body(request)
    said = {
        "method": "POST" if request.method == "PUT" else str(request.method),
        "content_type": request.META.get("CONTENT_TYPE", ""),
    }
    try:
        try:
            receive(checkout, query=query, body=body, part=fault and fault.reason, **said)
        except TooLarge:
            fault = TOO_LARGE
            receive(checkout, query=query, body=body, part=fault.reason, **said)
    except MethodNotExpected:
        return _not_expected(request, checkout, query=query, body=body)
    if fault:
        return _refused(fault.status, fault.why, checkout)
    _record_form(request, checkout, query=query, body=body)
    return HttpResponse("OK", content_type="text/plain; charset=utf-8")


def _not_expected(
    request: HttpRequest, checkout: Checkout, *, query: bytes, body: bytes
) -> HttpResponse:
    methods = checkout.biller.wire.postback.methods
    asking, sending = {"HEAD", "OPTIONS"}, {*methods, *({"PUT"} if "POST" in methods else ())}
    allowed = ", ".join(sorted(asking | sending))
    if request.method in asking and not query and not body:
        return HttpResponse(status=204, headers={"Allow": allowed})
    if request.method in {"GET", "POST", "PUT"} and (query or body):
        _record_form(request, checkout, query=query, body=body)
    refused = _refused(405, f"by {request.method}", checkout)
    refused.headers["Allow"] = allowed
    return refused


def _refused(status: int, why: str, checkout: Checkout) -> HttpResponse:
    """A warning, because nothing of the postback is stored, or only a part."""
    known = {"biller": checkout.biller.slug, "checkout": checkout.pk}
    logger.warning("postback refused: %s", why, extra=known)
    return HttpResponse(status=status)


def _record_form(request: HttpRequest, checkout: Checkout, *, query: bytes, body: bytes) -> None:
    """For onboarding, which shows how the first postbacks of a biller came. Never raises."""
    samples.record(
        checkout.biller,
        method=str(request.method),
        content_type=request.META.get("CONTENT_TYPE", ""),
        query=query,
        body=body,
    )


def _body(request: HttpRequest) -> tuple[bytes, Fault | None]:
    """Returns the body, or what is kept of it, and what is wrong with it. No more is read than a
    postback may have."""
    is_chunked = "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH")
    # Django itself reads no body without a length. Gunicorn marks the end of a chunked one; from
    # another server, the postback would pass for an empty one.
    if is_chunked and not request.META.get("wsgi.input_terminated"):
        return b"", UNKNOWN_LENGTH
    source = request.META["wsgi.input"] if is_chunked else request
    try:
        body: bytes = source.read(MOST_BYTES + 1)
    except BadRequest:
        return request.META["wsgi.input"].part, BROKEN_OFF
    return (body[:MOST_BYTES], TOO_LARGE) if len(body) > MOST_BYTES else (body, None)
