"""Counts requests by route, never by path: a path can hold a secret, and there are too many."""

from http import HTTPMethod

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

from inhance.logging.json_lines import route_of

METHODS = frozenset(HTTPMethod)
UPPER_BOUNDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
REQUESTS = Counter(
    "portal_requests", "Requests answered, by status class", ["route", "method", "status"]
)
SECONDS = Histogram(
    "portal_request_seconds", "Seconds until the answer", ["route"], buckets=UPPER_BOUNDS
)


def method_of(request: HttpRequest) -> str:
    """Returns one of a few values, because a client may send any method."""
    return request.method if request.method in METHODS else "other"


def count(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    route = route_of(request) or "unknown"
    REQUESTS.labels(route, method_of(request), _status_of(response)).inc()
    SECONDS.labels(route).observe(seconds)


def _status_of(response: HttpResponse) -> str:
    """Returns the class of the status, or `closed` for a closed biller's intended 503."""
    is_closed = getattr(response, "is_of_closed_biller", False)
    return "closed" if is_closed else f"{response.status_code // 100}xx"
