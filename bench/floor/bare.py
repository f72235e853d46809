"""The floor: a new Django project, with the session in cached_db, a user, and a page with three
queries; and a view that keeps one row. For `python -m bench.floor`."""

import os
from pathlib import Path
from typing import Any

import environ
from django.conf import settings

MIDDLEWARE = [  # those that `startproject` gives
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]

settings.configure(
    ALLOWED_HOSTS=["localhost"],
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": os.environ["REDIS_URL"],
            "KEY_PREFIX": "floor",
        }
    },
    DATABASES={"default": {**environ.Env().db("DATABASE_URL"), "CONN_MAX_AGE": 60}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
    ],
    LOGGING_CONFIG=None,
    MIDDLEWARE=MIDDLEWARE,
    ROOT_URLCONF=__name__,
    SECRET_KEY="floor" * 10,
    SESSION_ENGINE="django.contrib.sessions.backends.cached_db",
    STATIC_URL="/static/",
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [Path(__file__).parent / "templates"],
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": PROCESSORS},
        }
    ],
    USE_TZ=True,
)

import django

django.setup()

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from bench.floor.meter import Call, request, serve

ROWS = 20  # on the page


@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Three queries, besides the one for the user."""
    context = {
        "number": Permission.objects.count(),
        "rows": list(Permission.objects.select_related("content_type")[:ROWS]),
        "newest": Group.objects.order_by("-pk").first(),
    }
    return render(request, "page.html", context)


@csrf_exempt
def insert(request: HttpRequest) -> HttpResponse:
    """One row with what was sent, committed."""
    Group.objects.create(name=request.POST["name"])
    return HttpResponse("OK", content_type="text/plain")


urlpatterns = [path("", page, name="page"), path("insert", insert)]


def main() -> None:
    call_command("migrate", verbosity=0)
    application: Any = get_wsgi_application()
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_user("somebody", "somebody@example.com"))
    cookies = {"sessionid": client.cookies["sessionid"].value}
    names = (f"group {number}" for number in range(10**9))

    def pages(times: int) -> list[Call]:
        return [request(application, "/", cookies=cookies) for _ in range(times)]

    def inserts(times: int) -> list[Call]:
        return [request(application, "/insert", data={"name": next(names)}) for _ in range(times)]

    serve({"page": pages, "insert": inserts})


if __name__ == "__main__":
    main()
