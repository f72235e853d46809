"""Who may see a member's page: members of this biller, and nobody else."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts.models import User
from icsso.billers.decorators import member_required
from icsso.billers.models import Biller
from tests.cast import other_biller


@member_required
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("the page")


def visit(user: User | AnonymousUser, biller: Biller | None, method: str = "GET") -> HttpResponse:
    request = RequestFactory().generic(method, "/billing/bills/?from=mail")
    request.user, request.biller = user, biller  # type: ignore[attr-defined]
    return page(request)


def test_a_member_gets_in_and_the_page_is_kept_nowhere(biller: Biller) -> None:
    member = User.objects.create_user("laundry@example.com", biller=biller)
    response = visit(member, biller)
    assert response.content == b"the page"
    assert "no-store" in response["Cache-Control"]


def test_others_are_sent_to_sign_in_and_back(biller: Biller) -> None:
    stranger = User.objects.create_user("stranger@example.com", biller=other_biller())
    operator = User.objects.create_user("operator@example.com", is_staff=True)
    helper = User.objects.create_user("helper@example.com", biller=biller)
    helper.is_staff = True  # which the database refuses
    for user in (AnonymousUser(), stranger, operator, helper):
        response = visit(user, biller)
        assert response.status_code == 302
        assert response["Location"] == ("/accounts/login/?next=/billing/bills/%3Ffrom%3Dmail"), user
        assert "no-store" in response["Cache-Control"]


def test_what_was_posted_is_not_come_back_to(biller: Biller) -> None:
    response = visit(AnonymousUser(), biller, "POST")
    assert response["Location"] == "/accounts/login/?next=/"


def test_a_host_of_no_biller_has_no_such_page(db: None) -> None:
    with pytest.raises(Http404):
        visit(AnonymousUser(), None)
    with pytest.raises(Http404):
        visit(User.objects.create_superuser("operator@example.com"), None)
