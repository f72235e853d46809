"""The least a Django view can do to store what it receives: one committed row. For bench/flood.

Run it with `gunicorn bench.flood.bare:application` and DATABASE_URL.
"""

import os

import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

TABLE = "CREATE TABLE bare (id bigserial PRIMARY KEY, at timestamptz DEFAULT now(), body text)"

if "BARE" in os.environ:
    database = environ.Env().db("DATABASE_URL")
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {**database, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}},
        ROOT_URLCONF=__name__,
        SECRET_KEY=os.environ["BARE"],
        USE_TZ=True,
    )
    application = get_wsgi_application()


@csrf_exempt
def keep(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bare (body) VALUES (%s)", [request.body.decode()])
    return HttpResponse("OK", content_type="text/plain")


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive")


urlpatterns = [path("", keep), path("healthz", healthz)]
