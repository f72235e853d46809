"""Liveness and readiness of this process. Neither fails because of Invoice Cloud.

Load balancers ask for both by IP address and without TLS, and Prometheus for `/metrics`:
`HealthMiddleware` answers before anything looks at the host name.
"""

import logging
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread

from django.core.cache import cache
from django.core.exceptions import DisallowedHost
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import resolve
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache

from icsso.billers.availability import last_known
from icsso.billers.clients import held_back, limited
from icsso.billers.models import Biller

logger = logging.getLogger(__name__)
ANSWER_WITHIN = 2.0  # seconds
MOST_BILLERS = 500
ADDRESSES = ("/healthz", "/readyz", "/metrics")


class HealthMiddleware:
    """Answers at any host name, also at one that is nobody's."""

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
    answers = {name: _begun(check) for name, check in checks.items()}
    failing = [name for name, answer in answers.items() if not _arrived(answer)]
    if failing:
        return JsonResponse({"status": "not ready", "failing": failing}, status=503)
    return JsonResponse({"status": "ready", "invoice_cloud": _invoice_cloud(request)})


def _invoice_cloud(request: HttpRequest) -> dict[str, str] | dict[str, int]:
    """Returns the last known state, from the cache: at a biller's host that biller's state,
    elsewhere only counts, because the list of billers is confidential."""
    if here := _biller_here(request):
        return {here.slug: _state(here.slug)}
    slugs = Biller.objects.filter(is_active=True).values_list("slug", flat=True)[:MOST_BILLERS]
    known = [last_known(slug) for slug in slugs]
    return {"billers": len(known), "away": sum(bool(k and not k.available) for k in known)}


def _biller_here(request: HttpRequest) -> Biller | None:
    try:
        return Biller.objects.for_host(request.get_host().rsplit(":", 1)[0])
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


def _begun(check: Callable[[], bool]) -> SimpleQueue[bool]:
    """Runs the check in its own thread, so that a hanging server does not delay the answer."""
    answer: SimpleQueue[bool] = SimpleQueue()

    def ask() -> None:
        try:
            answer.put(check())
        except Exception:  # any failure at all means "not ready"
            logger.exception("not ready")
            answer.put(False)

    Thread(target=ask, daemon=True).start()
    return answer


def _arrived(answer: SimpleQueue[bool]) -> bool:
    try:
        return answer.get(timeout=ANSWER_WITHIN)
    except Empty:
        return False


def _database_writes() -> bool:
    """Returns True if the database accepts a write: a former primary, or a file on a disk that was
    mounted again, may only be read."""
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA busy_timeout = 0")
            cursor.execute("UPDATE django_migrations SET app = app WHERE 1 = 0")
    except OperationalError as error:
        if "database is locked" not in str(error):  # SQLite, while someone else is writing
            raise
    finally:
        connection.close()  # this thread's own
    return True


def _cache_answers() -> bool:
    # A unique key: other processes may be probing at the same time.
    key = f"readyz:{get_random_string(12)}"
    cache.set(key, True, timeout=10)
    return cache.get(key) is True
