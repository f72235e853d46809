"""Settings of a portal that fails on purpose, without a database, so that everything about it can
be told to servers of the test."""

from inhance.settings import *  # noqa: F403
from inhance.settings import TRACES_URL

ROOT_URLCONF = "tests.inhance.monitoring.failing_urls"
MIDDLEWARE = ["inhance.middleware.RequestIdMiddleware", "inhance.health.HealthMiddleware"]
MIDDLEWARE[:0] = ["inhance.monitoring.traces.RequestSpans"] if TRACES_URL else []
ALLOWED_HOSTS = ["*"]
DEBUG = False
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
