"""The back office answers where its operator wants it, and its links lead there."""

import re

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from accounts.models import StaffUser
from accounts.staff.password_links import send_link
from icsso.billers.absolute_urls import absolute_reverse, biller_address
from icsso.billers.models import BillerHost
from tests.accounts.staff.test_invitations import invite
from tests.cast import Cast, staff

HERE, ELSEWHERE = "staff.localhost", "localhost"


@pytest.fixture(autouse=True)
def _apart(settings: Settings) -> None:
    settings.STAFF_HOSTS = [HERE]


def test_it_is_at_no_other_host_name(cast: Cast, client: Client) -> None:
    client.force_login(staff("administrator", cast.biller))
    for address in ("/admin/", "/admin/login/", "/admin/accounts/member/", "/admin/jsi18n/"):
        asked = [client.get(address, headers={"host": host}) for host in (HERE, ELSEWHERE)]
        assert [answer.status_code for answer in asked] == [asked[0].status_code, 404], address
        assert asked[0].status_code < 400
        assert "/admin/" not in asked[1].text
    for host in (f"{HERE}:31337", f"{HERE}.", HERE.upper()):
        assert client.get("/admin/", headers={"host": host}).status_code == 200
    forged = {"host": ELSEWHERE, "x-forwarded-host": HERE}
    assert client.get("/admin/", headers=forged).status_code == 404


def test_customers_stay_where_they_are(cast: Cast, client: Client) -> None:
    assert client.get("/", headers={"host": ELSEWHERE}).status_code == 200
    answer = client.get("/accounts/session/", headers={"host": ELSEWHERE})
    assert answer.json() == {"signed_in": False}


def test_links_of_staff_lead_there(
    cast: Cast,
    client: Client,
    mailoutbox: list[EmailMultiAlternatives],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    client = Client(headers={"host": HERE})
    client.force_login(staff("administrator", cast.biller))
    invite(client, django_capture_on_commit_callbacks, cast.biller)
    request = client.get("/admin/").wsgi_request
    send_link(request, StaffUser.objects.get(email__startswith="administrator"))()
    for mail in mailoutbox:
        assert set(re.findall(r"https?://([^/\s]+)/admin/", str(mail.body))) == {HERE}
    assert len(mailoutbox) == 2


def test_a_billers_own_one_of_them_comes_first(cast: Cast, settings: Settings) -> None:
    settings.STAFF_HOSTS = [HERE, "office.localhost"]
    request = Client().get("/admin/login/", headers={"host": HERE}).wsgi_request
    login = reverse("admin:login")
    assert absolute_reverse(request, cast.biller, "admin:login") == f"http://{HERE}{login}"
    BillerHost.objects.create(biller=cast.biller, host="office.localhost")
    own = f"http://office.localhost{login}"
    assert absolute_reverse(request, cast.biller, "admin:login") == own
    assert biller_address(cast.biller, login) == own
    assert biller_address(cast.biller, "/") == "http://localhost/"
