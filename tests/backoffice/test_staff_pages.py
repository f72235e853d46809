"""The door to staff pages: who gets in, and what the page is given."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from accounts.models import StaffUser, User
from backoffice.staff_pages import StaffRequest, staff_page
from tests.cast import Cast, other_biller, staff


@staff_page("payments.view_reports", "payments.export_payment")
def page(request: StaffRequest[StaffUser], word: str) -> HttpResponse:
    names = ", ".join(biller.name for biller in request.billers)
    return HttpResponse(f"{word}: {request.staff.email} for {names}")


def request_of(user: User | AnonymousUser, *, is_verified: bool = True) -> HttpRequest:
    """is_verified: whether the second factor was given in this session (django-otp's word)."""
    request = RequestFactory().get("/admin/")
    request.user = user.as_proxy() if isinstance(user, User) else user
    request.user.is_verified = lambda: is_verified
    return request


def test_it_opens_with_its_permissions_and_knows_the_staff_users_billers(cast: Cast) -> None:
    other_biller()
    shown = page(request_of(staff("finance", cast.biller)), word="Hello").content.decode()
    assert shown == "Hello: finance@springfield-water.example for Springfield Water"


@pytest.mark.parametrize("lost", ["view_reports", "export_payment"])
def test_every_one_of_its_permissions_is_needed(cast: Cast, lost: str) -> None:
    clerk = staff("finance", cast.biller)
    group = clerk.groups.get()
    group.permissions.remove(group.permissions.get(codename=lost))
    with pytest.raises(PermissionDenied):
        page(request_of(clerk), word="Hello")


def test_nobody_else_gets_in(cast: Cast, settings: Settings) -> None:
    former = staff("finance", cast.biller)
    former.is_active = False
    settings.STAFF_SECOND_FACTOR = True
    without_code = request_of(staff("support", cast.biller), is_verified=False)
    for refused in (*map(request_of, (AnonymousUser(), cast.laundry, former)), without_code):
        answer = page(refused, word="Hello")
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/admin/login/")


def test_no_cache_keeps_it(cast: Cast) -> None:
    answer = page(request_of(staff("finance", cast.biller)), word="Hello")
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_page_is_known_by_the_views_name_and_permissions() -> None:
    assert page.__name__ == "page"
    assert page.permissions == ("payments.view_reports", "payments.export_payment")
