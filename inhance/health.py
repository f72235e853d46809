"""Liveness and readiness of this process. Neither fails because of Invoice Cloud.

Load balancers ask for both by IP address and without TLS, and Prometheus for `/metrics`:
`HealthMiddleware` answers before anything looks at the host name.
"""

import time
from collections.abc import Callable
from functools import lru_cache
from queue import Empty, SimpleQueue

from django.core.cache import cache
from django.core.exceptions import DisallowedHost
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import resolve
from django.views.decorators.cache import never_cache

from icsso.billers.availability import last_known, last_known_of
from icsso.billers.clients import held_back, limited
from icsso.billers.hosts import kept
from icsso.billers.models import Biller
from inhance import probing

ANSWER_WITHIN = 2.0  # seconds
COUNTED_EVERY = 5.0  # seconds
MOST_BILLERS = 500
ADDRESSES = ("/healthz", "/readyz", "/metrics")


class HealthMiddleware:
    """Answers at any host name, even one that belongs to no biller."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in ADDRESSES or request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        request.resolver_match = match = resolve(request.path_info)  # for the log
        response: HttpResponse = match.func(request)
        return response


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    checks = {"database": _database_writes, "cache": _cache_answers}
    answers = {name: probing.begun(check) for name, check in checks.items()}
    failing = [name for name, answer in answers.items() if not _arrived(answer)]
    if failing:
        return JsonResponse({"status": "not ready", "failing": failing}, status=503)
    return JsonResponse({"status": "ready", "invoice_cloud": _invoice_cloud(request)})


def _invoice_cloud(request: HttpRequest) -> dict[str, str] | dict[str, int]:
    """Returns the last known state, from the cache: at a biller's host that biller's state,
    elsewhere only counts, because the list of billers is confidential."""
    if here := _biller_here(request):
        return {here.slug: _state(here.slug)}
    return _counts(int(time.monotonic() // COUNTED_EVERY))


@lru_cache(maxsize=1)
def _counts(_period: int) -> dict[str, int]:
    """Reports only what is known, and fails nothing, so it may be a few seconds old."""
    slugs = Biller.objects.filter(is_active=True).order_by().values_list("slug", flat=True)
    served = list(slugs[:MOST_BILLERS])
    known = last_known_of(served)
    return {"billers": len(served), "away": sum(not each.available for each in known.values())}


def _biller_here(request: HttpRequest) -> Biller | None:
    try:
        name = request.get_host().rsplit(":", 1)[0]
        return kept.of_host(name, Biller.for_host)
    except DisallowedHost:
        return None


def _state(slug: str) -> str:
    known = last_known(slug)
    if known is None:
        return "not called yet"
    state = f"{'answers' if known.available else 'away'} since {known.since.isoformat()}"
    lists = {"breaker open": held_back(slug), "wants fewer calls": limited(slug)}
    named = ((title, ", ".join(names)) for title, names in lists.items())
    return "; ".join([state, *(f"{title}: {names}" for title, names in named if names)])


def _arrived(answer: SimpleQueue[bool]) -> bool:
    try:
        return answer.get(timeout=ANSWER_WITHIN)
    except Empty:
        return False


def _database_writes() -> bool:
    """Returns True if the database accepts a write: a former primary, or a file on a remounted
    disk, may be read-only."""
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA busy_timeout = 0")
            cursor.execute("UPDATE django_migrations SET app = app WHERE 1 = 0")
    except OperationalError as error:
        if "database is locked" not in str(error):  # SQLite, while someone else is writing
            raise
    return True


def _cache_answers() -> bool:
    """Returns True if the cache accepts writes. What was written is read back once a minute: until
    it ends, `add` writes nothing over it, but a server that is full or read-only refuses it all
    the same."""
    return not cache.add("readyz", True, timeout=60) or cache.get("readyz") is True
