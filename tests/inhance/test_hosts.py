"""The host name decides whose portal this is; a wrong one gets a page, not a biller."""

import pytest
from django.test import Client

from icsso.billers.models import Biller
from tests.cast import other_biller

pytestmark = pytest.mark.django_db


def test_each_host_shows_its_own_biller(client: Client, biller: Biller):
    other_biller()
    here = client.get("/", HTTP_HOST="localhost:8000").content.decode()
    there = client.get("/", HTTP_HOST="power.localhost:8000").content.decode()
    assert "Springfield Water" in here
    assert "Shelbyville Power" not in here
    assert "Shelbyville Power" in there
    assert "Springfield Water" not in there


def test_the_only_biller_needs_no_host_name(client: Client, biller: Biller):
    assert "Springfield Water" in client.get("/", HTTP_HOST="127.0.0.1").content.decode()
    assert "Springfield Water" in client.get("/", HTTP_HOST="[::1]:8000").content.decode()


def test_an_unknown_host_among_several_billers_is_told_so(client: Client, biller: Biller):
    other_biller()
    response = client.get("/", HTTP_HOST="gas.localhost")
    assert response.status_code == 404
    assert "one of them." in response.content.decode()
    assert "Springfield" not in response.content.decode()


def test_staff_health_and_language_need_no_biller(client: Client, db: None):
    assert client.get("/admin/login/", HTTP_HOST="localhost").status_code == 200
    assert client.get("/healthz", HTTP_HOST="localhost").status_code == 200
    assert client.get("/readyz", HTTP_HOST="localhost").status_code == 200
    assert client.get("/robots.txt", HTTP_HOST="localhost").status_code == 200
    switched = client.post("/language/setlang/", {"language": "es"}, HTTP_HOST="localhost")
    assert switched.status_code == 302


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "local host", "a@b"])
def test_a_host_that_is_not_ours_is_refused(client: Client, biller: Biller, host: str):
    response = client.get("/", HTTP_HOST=host)
    assert response.status_code == 400
    assert "We couldn't understand that request" in response.content.decode()
    assert host not in response.content.decode()
    assert "Springfield" not in response.content.decode()
