"""PostBackURL, which Invoice Cloud's servers call."""

import logging

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from icsso.billers.postback_samples import recording as samples
from payments.models import Checkout
from payments.postbacks.fields import MOST_BYTES, TooLarge
from payments.postbacks.services import receive

logger = logging.getLogger(__name__)


@csrf_exempt
@never_cache
@require_POST
def postback(request: HttpRequest, token: str) -> HttpResponse:
    """Responds with 200 only if the postback is stored, and with 503 if it must be sent again."""
    if _is_of_unknown_length(request):
        return HttpResponse(status=411)
    query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    try:
        # Checked before the body is read, so that gigabytes stay unread.
        if _announced_length(request) > MOST_BYTES:
            raise TooLarge
        checkout = receive(token=token, query=query, body=request.body)
    except TooLarge:
        return HttpResponse(status=413)
    except Checkout.DoesNotExist:
        return HttpResponse(status=404)
    except DatabaseError:
        logger.exception("postback not stored")
        return HttpResponse(status=503, headers={"Retry-After": "30"})
    samples.record(
        checkout.biller,
        method=request.method or "",
        content_type=request.META.get("CONTENT_TYPE", ""),
        query=query,
        body=request.body,
    )
    return HttpResponse("OK", content_type="text/plain; charset=utf-8")


def _is_of_unknown_length(request: HttpRequest) -> bool:
    """Django does not read a chunked body: the postback would be lost with a 200 response."""
    return "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH")


def _announced_length(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0
