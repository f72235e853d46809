"""/metrics, for Prometheus. There is none unless METRICS_TOKEN is set."""

import os

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from inhance.monitoring import waiting
from inhance.monitoring.breakers import billers, breakers
from inhance.monitoring.sources import Database, Source, Sources

# Together less than the ten seconds that Prometheus waits by default.
computed = CollectorRegistry()
computed.register(
    Sources(
        Database(
            "database",
            billers,
            waiting.tasks,
            waiting.periodic,
            waiting.payments,
            waiting.posting_files,
            waiting.webhooks,
            waiting.mails,
            seconds=4.0,
        ),
        Source("cache", breakers, seconds=2.0),
    )
)


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Returns all metrics, even while the database or Redis is unavailable: then fewer."""
    if not settings.METRICS_TOKEN:
        return HttpResponseNotFound()
    given = request.headers.get("Authorization", "")
    if not constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    text = generate_latest(_counted()) + generate_latest(computed)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _counted() -> CollectorRegistry:
    """Returns the counts of all web processes of this machine, or of this one if it is the only one
    (deploy/gunicorn.conf.py)."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # registers itself
    return registry
