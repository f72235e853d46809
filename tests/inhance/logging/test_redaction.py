"""Whatever is logged, no card number, secret, email or password leaves; the line stays JSON."""

import json
import logging
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as portal_settings
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from inhance.logging.redaction import SafeFormatter, _known_secrets, redacted
from tests.payments.pans import written_pans

BOUNDED = settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# No digit, which would make another number of it, and no sign that is part of an address.
AROUND = st.text("abc xyz\n\t\"'{}:,;()/äß日", max_size=20)
SIGNS = st.characters(categories=["L", "N", "P", "S"], exclude_characters="\"'\\&,;})]")
TOKEN = "gH3-k9Zq_w0Xb7Lr5TnYc2Vd8MsJf4Pa6Ue1Ki-RoBhQ"
WITHOUT_DIGITS = "gHz-kaZq_wyXbnLrvTnYcuVdpMsJfcPasUexKi-RoBhQ"
PASSWORDS = st.lists(st.text(SIGNS, min_size=4), min_size=2, max_size=4).map(" ".join)
NAMED = (
    "password=%s",
    "/login/?next=/&password=%s&x=1",
    "{'password': '%s', 'a': 1}",
    '{"NewPassword": "%s"}',
    "Authorization: Basic %s",
    "api_key: %s",
    "RemoteAuthenticationToken='%s'",
    "Cookie: sessionid=%s",
)


def written(text: str, how: str) -> str:
    """A line of the log in which this text stands, as production writes it."""
    record = logging.LogRecord("x", logging.ERROR, "x", 1, "failed", None, None)
    if how == "message":
        record.msg = text.replace("%", "%%")
    if how == "args":
        record.msg, record.args = "it says %s, %r", (text, [text])
    if how == "args that do not fit":
        record.msg, record.args = "it says %d", (text,)
    if how == "extra":
        record.operation = text
    if how == "nested":
        record.checkout = {"of": [{"it": (text, {text})}, {text: 1}]}
    if how == "exception":
        try:
            raise ValueError(text) from KeyError(text)
        except ValueError:
            record.exc_info = sys.exc_info()
    line = SafeFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["level"] == "ERROR"
    return json.dumps(json.loads(line), ensure_ascii=False)


WAYS = ["message", "args", "args that do not fit", "extra", "nested", "exception"]


@pytest.mark.parametrize("how", WAYS)
@BOUNDED
@given(pan=written_pans(), before=AROUND, after=AROUND)
def test_no_card_number_comes_out(how: str, pan: tuple[str, str], before: str, after: str) -> None:
    number, groups = pan
    line = written(f"{before} {groups} {after}", how)
    assert groups not in line
    assert number not in line
    assert groups[-1] in line or how == "args that do not fit"


@pytest.mark.parametrize("how", WAYS)
@BOUNDED
@given(email=st.emails(), before=AROUND, after=AROUND)
def test_no_e_mail_comes_out(how: str, email: str, before: str, after: str) -> None:
    assume(json.dumps(email)[1:-1] == email)
    assert email not in written(f"{before} {email} {after}", how)


@pytest.mark.parametrize("how", WAYS)
@BOUNDED
@given(said=st.sampled_from(NAMED), password=PASSWORDS)
def test_no_password_comes_out_where_it_is_named(how: str, said: str, password: str) -> None:
    assert password not in written(f"it failed: {said % password}", how)


@pytest.mark.parametrize("how", WAYS)
def test_no_key_of_this_installation_and_no_token_comes_out(how: str) -> None:
    secrets = [
        portal_settings.SECRET_KEY,
        portal_settings.ENCRYPTION_KEYS[0],
        TOKEN,
        WITHOUT_DIGITS,
    ]
    for secret in [*secrets, "9x8w7v6u5t4s3r2q1p0o9n8m7l6k5j4i", "gAAAAAB" + TOKEN + "=="]:
        assert secret not in written(f"at https://x.example/a/{secret}/b?c={secret}.", how)


def test_the_password_of_the_outgoing_proxy_does_not_come_out(settings: Settings) -> None:
    settings.INVOICE_CLOUD_PROXY = "http://portal:hush-hush@proxy.example:3128"
    _known_secrets.cache_clear()
    try:
        assert redacted("at http://portal:hush-hush@proxy: refused").count("hush") == 0
        assert redacted("the password hush-hush was refused").count("hush") == 0
    finally:
        _known_secrets.cache_clear()


def test_what_stands_under_a_secrets_name_is_struck_out_whatever_it_is() -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "sent", None, None)
    record.account = {"Password": "short", "api_key": 12345, "ok": "short", "Set-Cookie": None}
    line = json.loads(SafeFormatter().format(record))
    assert line["account"] == {
        "Password": "[secret]",
        "api_key": "[secret]",
        "ok": "short",
        "Set-Cookie": "[secret]",
    }


@pytest.mark.parametrize(
    "text",
    [
        "postback approved",
        "breaker opened: springfield-water:rest failed 5 times in a row",
        "invoice cloud call: retrieve_users: not available (503)",
        "Not Found: /accounts/finish/<secret>/",
        "password right, name 263deabe4bab",
        'File "/srv/portal/payments/postbacks/views.py", line 39, in postback',
        "2026-11-23 07:49:22.926 took 12.5 ms on 2 cores",
    ],
)
def test_what_operators_need_stays(text: str) -> None:
    assert redacted(text) == text


def test_numbers_stay_numbers_and_odd_values_stay_json() -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "request", None, None)
    record.status, record.milliseconds, record.member = 200, float("nan"), 4111111111111111
    line = json.loads(SafeFormatter().format(record), parse_constant=pytest.fail)
    assert line["status"] == 200
    assert line["milliseconds"] == "nan"
    assert line["member"] == "************1111"


def test_the_moment_and_the_number_of_the_request_stay_as_they_are() -> None:
    """Of 1,000 moments a hundred hold 13 digits that pass for a card number."""
    for number in range(1_000):
        moment = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(milliseconds=61_001 * number)
        record = logging.LogRecord("x", logging.INFO, "x", 1, "request", None, None)
        record.created, record.request_id = moment.timestamp(), "4111111111111111"
        line = json.loads(SafeFormatter().format(record))
        assert datetime.fromisoformat(line["time"]) == moment
        assert (line["level"], line["request"]) == ("INFO", "4111111111111111")


def test_a_value_that_holds_itself_ends_somewhere() -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "request", None, None)
    itself: dict[str, Any] = {"password": "hush-hush"}
    itself["again"] = itself
    record.account = itself
    assert "hush-hush" not in SafeFormatter().format(record)
