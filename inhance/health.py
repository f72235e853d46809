"""Liveness and readiness of this process. Neither fails because of Invoice Cloud."""

import logging
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache

from icsso.billers.availability import last_known
from icsso.billers.clients import held_back, limited
from icsso.billers.models import Biller

logger = logging.getLogger(__name__)
ANSWER_WITHIN = 2.0  # seconds
MOST_BILLERS = 500


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    checks = {"database": _database_answers, "cache": _cache_answers}
    answers = {name: _begun(check) for name, check in checks.items()}
    failing = [name for name, answer in answers.items() if not _arrived(answer)]
    if failing:
        return JsonResponse({"status": "not ready", "failing": failing}, status=503)
    return JsonResponse({"status": "ready", "invoice_cloud": _invoice_cloud(request)})


def _invoice_cloud(request: HttpRequest) -> dict[str, str] | dict[str, int]:
    """Returns the last known state, from the cache: at a biller's host that biller's state,
    elsewhere only counts, because the list of billers is confidential."""
    here = Biller.objects.for_host(request.get_host().rsplit(":", 1)[0])
    if here:
        return {here.slug: _state(here.slug)}
    slugs = Biller.objects.filter(is_active=True).values_list("slug", flat=True)[:MOST_BILLERS]
    known = [last_known(slug) for slug in slugs]
    return {"billers": len(known), "away": sum(bool(k and not k.available) for k in known)}


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


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    finally:
        connection.close()  # this thread's own


def _cache_answers() -> bool:
    # A unique key: other processes may be probing at the same time.
    key = f"readyz:{get_random_string(12)}"
    cache.set(key, True, timeout=10)
    return cache.get(key) is True
