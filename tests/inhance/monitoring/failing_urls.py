"""What the portal of `failing` answers."""

import logging
import os
import sys

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.urls import path

from icsso.billers.metrics.recorder import tally
from icsso.client.errors import Heard, Outcome
from inhance import health
from inhance.monitoring.endpoint import metrics

logger = logging.getLogger("tests.failing")
OPTIONAL = ("sentry_sdk", "inhance.monitoring.traces", "opentelemetry.exporter")


def fail(request: HttpRequest, secret: str) -> HttpResponse:
    person = f"canary-local {secret}"
    request.user = AnonymousUser()
    tally.note("springfield-water", Heard("account", Outcome.NO_ANSWER, 120, available=False))
    logger.error("not delivered to %s", "canary-argument", extra={"member": "canary-member"})
    try:
        int(request.POST["name"])
    except ValueError as error:
        raise RuntimeError(f"canary-words {person}") from error
    return HttpResponse()


def process(request: HttpRequest) -> HttpResponse:
    """Says which process answers, and what nobody asked for but is imported all the same."""
    return HttpResponse(" ".join([str(os.getpid()), *(n for n in OPTIONAL if n in sys.modules)]))


urlpatterns = [
    path("fail/<secret>/", fail),
    path("process/", process),
    path("healthz", health.healthz),
    path("metrics", metrics),
]
