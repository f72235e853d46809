"""The floor: a new Django project with sessions in cached_db, a user, a page with three queries,
and a view that stores one row. For `python -m bench.floor`."""

from typing import Any

from bench.floor.project import set_up

set_up(__name__)

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client
from django.urls import path

from bench.floor.meter import Call, request, serve

ROWS = 20  # on the page
SECRET = "a" * 32  # of the browser's CSRF cookie


@login_required
def page(request: HttpRequest) -> HttpResponse:
    """Three queries, besides the one for the user."""
    context = {
        "number": Permission.objects.count(),
        "rows": list(Permission.objects.select_related("content_type")[:ROWS]),
        "newest": Group.objects.order_by("-pk").first(),
    }
    return render(request, "page.html", context)


@login_required
def insert(request: HttpRequest) -> HttpResponse:
    """Stores what the user sent in one committed row."""
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
        sent = ({"name": next(names), "csrfmiddlewaretoken": SECRET} for _ in range(times))
        signed = cookies | {"csrftoken": SECRET}
        return [request(application, "/insert", data=data, cookies=signed) for data in sent]

    serve({"page": pages, "insert": inserts})


if __name__ == "__main__":
    main()
