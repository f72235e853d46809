"""One line per request, which tells what happened and no secret."""

import json
import logging

import pytest
from django.test import Client

from accounts.models import User
from icsso.billers.models import Biller
from inhance.logging.json_lines import JsonFormatter, RequestFilter
from tests.cast import Cast


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture):
    """What production would write, as JSON."""
    caplog.set_level(logging.INFO)
    caplog.handler.addFilter(RequestFilter())

    def read() -> list[dict[str, object]]:
        return [json.loads(JsonFormatter().format(record)) for record in caplog.records]

    yield read
    caplog.handler.filters.clear()


def of_requests(lines) -> list[dict[str, object]]:
    return [line for line in lines() if line["logger"] == "inhance.requests"]


def test_one_line_per_request(client: Client, cast: Cast, lines):
    client.force_login(cast.laundry)
    response = client.get("/?q=mill+street", HTTP_HOST="localhost")
    (line,) = of_requests(lines)
    assert line["method"] == "GET"
    assert line["route"] == "/"
    assert line["status"] == 200
    assert line["biller"] == "springfield-water"
    assert line["member"] == User.objects.get(email="laundry@example.com").pk
    assert line["request"] == response["X-Request-ID"]
    assert isinstance(line["milliseconds"], int)
    assert "street" not in json.dumps(line)


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/finish/hush-hush-secret/",
        "/accounts/reconnect/hush-hush-secret/",
        "/pay/postback/hush-hush-secret/",
        "/pay/return/hush-hush-secret/",
        "/nothing/hush-hush-secret/?q=hush-hush-secret",
        "/nothing/hush-hush-secret/%00/%0a/%C3%A9/",
    ],
)
def test_no_line_holds_the_secret_of_an_address(
    client: Client, biller: Biller, lines, address: str
):
    client.get(address, HTTP_HOST="localhost")
    client.post(address, {"note": "hush-hush-secret"}, HTTP_HOST="localhost")
    assert of_requests(lines)
    assert "hush-hush-secret" not in json.dumps(lines())


def test_a_refused_form_is_logged_without_its_address(biller: Biller, lines):
    strict = Client(enforce_csrf_checks=True, HTTP_HOST="localhost")
    response = strict.post("/accounts/finish/hush-hush-secret/", {"password": "hush-hush-secret"})
    assert response.status_code == 403
    refused = [line for line in lines() if line["logger"] == "django.security.csrf"]
    assert refused[0]["message"].endswith("/accounts/finish/<secret>/")
    assert "hush-hush-secret" not in json.dumps(lines())


def test_a_line_of_django_bears_the_request_too(client: Client, biller: Biller, lines):
    response = client.get("/nothing/", HTTP_HOST="localhost")
    told = [line for line in lines() if line["logger"] == "django.request"]
    assert told[0]["request"] == response["X-Request-ID"]


def test_the_row_that_postgres_quotes_is_left_out():
    quoted = "duplicate key\nDETAIL:  Key (email)=(laundry@example.com) exists."
    try:
        raise ValueError(quoted)
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "failed", None, None)
        record.exc_info = (type(error), error, error.__traceback__)
    line = JsonFormatter().format(record)
    assert "duplicate key" in line
    assert "laundry" not in line


def test_a_line_stays_one_line():
    record = logging.LogRecord("x", logging.INFO, "x", 1, "two\nlines", None, None)
    assert "\n" not in JsonFormatter().format(record)


def test_too_many_attempts_are_told_without_who_tried(client: Client, cast: Cast, lines):
    for _ in range(6):
        answer = client.post(
            "/accounts/login/",
            {"username": "laundry@example.com", "password": "wrong wrong wrong"},
            HTTP_HOST="localhost",
        )
    assert answer.status_code == 429
    said = [str(line["message"]) for line in lines()]
    [locked] = [
        message for message in said if message.startswith("too many attempts: sign_in, name ")
    ]
    name = locked.rpartition(" ")[2]
    assert said.count(f"sign-in failed, name {name}") == 5
    told = json.dumps(lines())
    assert "laundry@example.com" not in told
    assert "wrong wrong wrong" not in told
