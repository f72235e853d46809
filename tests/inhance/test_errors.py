"""Error pages say calmly what went wrong, with the biller's logo and colors, and without the
database."""

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from django.utils.functional import SimpleLazyObject
from pytest_django.fixtures import Settings

from accounts.models import StaffUser
from icsso.billers.models import Biller
from inhance import errors, urls

PAGES = {
    "400": errors.bad_request,
    "403": errors.permission_denied,
    "csrf": errors.csrf_failure,
    "404": errors.page_not_found,
    "unknown host": errors.unknown_host,
    "500": errors.server_error,
    "503": errors.unavailable,
}


def fault(request: HttpRequest) -> HttpResponse:
    raise KeyError("a fault of ours")


def no_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError("server closed the connection")


def keeps_something(request: HttpRequest) -> HttpResponse:
    request.session["kept"] = True
    return HttpResponse()


def is_ended_elsewhere(request: HttpRequest) -> HttpResponse:
    Session.objects.all().delete()
    return keeps_something(request)


urlpatterns = [
    *urls.urlpatterns,
    path("faulty/<secret>/", fault),
    path("records/", no_database),
    path("session/", keeps_something),
    path("session/ended/", is_ended_elsewhere),
]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


def asked(**headers: str) -> HttpRequest:
    request = RequestFactory().get("/somewhere/", **headers)
    request.id = "ABCDEF2345"
    return request


@pytest.mark.parametrize("name", PAGES)
def test_each_page_has_the_same_shape_without_a_database(name: str):
    """No `db` here: one query, and pytest-django fails the test."""
    request = asked()
    request.biller = Biller(name="Springfield Water", support_phone="(217) 555-0100")
    page = PAGES[name](request).content.decode()
    assert page.count("<h1>") == 1
    assert "What still works" in page
    assert "What you can do now" in page
    assert "(217) 555-0100" in page
    assert "ABCDEF2345" in page
    assert "Springfield Water" in page
    assert "/brand.css?v=" in page


@pytest.mark.parametrize("name", PAGES)
def test_each_page_works_before_anything_is_known(name: str):
    response = PAGES[name](asked(HTTP_ACCEPT_LANGUAGE="es"))
    assert '<html lang="es">' in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


def test_a_page_that_is_not_there(client: Client, biller: Biller):
    response = client.get("/nothing/", HTTP_HOST="localhost")
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()
    assert response["X-Request-ID"] in response.content.decode()


def test_an_address_that_only_takes_a_form(client: Client, biller: Biller):
    response = client.get("/accounts/logout/", HTTP_HOST="localhost")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    page = response.content.decode()
    assert "Page not found" in page
    assert "Springfield Water" in page
    assert response["X-Request-ID"] in page
    assert "no-store" in response["Cache-Control"]


@pytest.mark.urls("tests.inhance.test_errors")
def test_a_fault_of_ours_gets_its_number_and_its_headers(client: Client, biller: Biller):
    client.raise_request_exception = False
    response = client.get("/faulty/hush/", HTTP_HOST="localhost")
    assert response.status_code == 500
    assert response["X-Request-ID"] in response.content.decode()
    assert "unsafe-inline" not in response["Content-Security-Policy"]
    assert "Springfield Water" in response.content.decode()


@pytest.mark.urls("tests.inhance.test_errors")
def test_a_database_that_went_away_is_not_a_fault(client: Client, biller: Biller):
    response = client.get("/records/", HTTP_HOST="localhost")
    assert response.status_code == 503
    assert response["Retry-After"] == "60"


@pytest.mark.urls("tests.inhance.test_errors")
@pytest.mark.parametrize("visits", [1, 2], ids=["a new session", "a session that is there"])
def test_a_database_that_went_away_after_the_view(
    visits: int, biller: Biller, monkeypatch: pytest.MonkeyPatch
):
    """The session is saved around the view, and Django takes any failure for its end."""

    def gone(*args: object, **kwargs: object) -> None:
        raise OperationalError("server closed the connection")

    client = Client(raise_request_exception=False, HTTP_HOST="localhost")
    for _ in range(1, visits):
        assert client.get("/session/").status_code == 200
    monkeypatch.setattr("django.contrib.sessions.models.Session.save", gone)
    response = client.get("/session/")
    assert response.status_code == 503
    assert response["Retry-After"] == "60"


@pytest.mark.urls("tests.inhance.test_errors")
def test_a_session_that_was_ended_elsewhere_meanwhile(biller: Biller):
    client = Client(HTTP_HOST="localhost")
    client.get("/session/")
    response = client.get("/session/ended/")
    assert (response.status_code, response["Location"]) == (302, "/session/ended/")


def test_no_database_at_the_door(client: Client, monkeypatch: pytest.MonkeyPatch):
    def gone(*args: object) -> None:
        raise OperationalError("could not connect")

    monkeypatch.setattr("icsso.billers.models.Biller.for_host", gone)
    response = client.get("/", HTTP_HOST="localhost")
    assert response.status_code == 503
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert response["X-Request-ID"] in response.content.decode()
    assert client.get("/healthz", HTTP_HOST="localhost").status_code == 200


def test_a_form_without_its_cookie(biller: Biller):
    strict = Client(enforce_csrf_checks=True, HTTP_HOST="localhost")
    response = strict.post("/accounts/login/", {"email": "laundry@example.com"})
    assert response.status_code == 403
    assert "Please send the form again" in response.content.decode()
    assert "laundry@example.com" not in response.content.decode()


@pytest.mark.parametrize(("address", "status"), [("integration/", 404), ("icsso/biller/add/", 403)])
def test_staff_stay_in_the_back_office(support: Client, address: str, status: int) -> None:
    answer = support.get(f"/admin/{address}")
    page = answer.content.decode()
    assert answer.status_code == status
    assert 'id="site-nav"' in page
    assert 'href="/admin/">Open the back office' in page
    assert "What still works" not in page


@pytest.mark.parametrize("name", ["400", "413", "500", "503"])
def test_the_back_office_says_so_without_a_database(name: str) -> None:
    request = RequestFactory().get("/admin/payments/payment/")
    request.id = "ABCDEF2345"
    page = {**PAGES, "413": errors.too_large}[name](request).content.decode()
    assert 'href="/admin/">Open the back office' in page
    assert "ABCDEF2345" in page
    assert "bill" not in page


@pytest.mark.parametrize("host", ["localhost", "other.example"], ids=["customers'", "disallowed"])
@pytest.mark.parametrize("name", ["400", "404", "413", "503"])
def test_other_host_names_do_not_tell_of_the_back_office(
    name: str, host: str, settings: Settings
) -> None:
    settings.STAFF_HOSTS = ["staff.localhost"]
    request = RequestFactory().get("/admin/", headers={"host": host})
    page = {**PAGES, "413": errors.too_large}[name](request).content.decode()
    assert "What still works" in page
    assert "/admin/" not in page


def test_the_back_office_keeps_no_navigation_if_nobody_can_be_told() -> None:
    def gone() -> StaffUser:
        raise OperationalError("server closed the connection")

    request = RequestFactory().get("/admin/nothing/")
    request.user = SimpleLazyObject(gone)
    page = errors.page_not_found(request).content.decode()
    assert 'href="/admin/">Open the back office' in page
    assert 'id="site-nav"' not in page
