"""What Invoice Cloud calls: PostBackURL from its servers, ReturnURL in the customer's browser."""

import logging

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments.models import Checkout
from payments.postbacks import services as postbacks
from payments.postbacks.fields import LARGEST_CALL, TooMuch

logger = logging.getLogger(__name__)


@csrf_exempt
@never_cache
@require_POST
def postback(request: HttpRequest, token: str) -> HttpResponse:
    """200 only when the call is stored; 503 when it cannot be, so that it comes again."""
    if _is_of_unknown_length(request):
        return HttpResponse(status=411)
    query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    try:
        # Measured before it is read: the body of somebody who sends gigabytes is left alone.
        if _announced(request) > LARGEST_CALL:
            raise TooMuch
        postbacks.receive(token=token, query=query, body=request.body)
    except TooMuch:
        return HttpResponse(status=413)
    except Checkout.DoesNotExist:
        return HttpResponse(status=404)
    except DatabaseError:
        logger.exception("a call about a payment could not be stored")
        return HttpResponse(status=503, headers={"Retry-After": "30"})
    return HttpResponse("OK", content_type="text/plain; charset=utf-8")


def _is_of_unknown_length(request: HttpRequest) -> bool:
    """Django reads nothing of a chunked body: its call would be lost and answered with 200."""
    return "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH")


def _announced(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0
