"""What production's own settings do with cookies, transport and other origins."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.inhance.test_production import SAFE

# Asked in a process of its own, which has production's settings, at addresses without a database.
ASK = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "inhance.settings"
import django
django.setup()
from django.conf import settings
from django.test import Client
host = {"host": "pay.springfield-water.example", "origin": "https://evil.example"}
secure = Client(headers=host | {"x-forwarded-proto": "https"})
answers = [secure.get(path) for path in ("/healthz", "/robots.txt")]
plain = Client(headers=host).get("/accounts/login/?next=/pay/")
names = [name for name in dir(settings) if "COOKIE" in name]
print(json.dumps({
    "cookies": {name: getattr(settings, name) for name in names},
    "answers": [dict(answer.headers) for answer in answers],
    "plain": [plain.status_code, plain.headers.get("Location")],
    "health": Client(headers=host).get("/healthz").status_code,
    "by address": Client(headers={"host": "10.0.3.7"}).get("/healthz").status_code,
}, default=str))
"""


@pytest.fixture(scope="module")
def told() -> Any:
    return asked_with()


def asked_with(**further: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASK],
        env={"PATH": os.environ["PATH"], "LOG_LEVEL": "CRITICAL"} | SAFE | further,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_cookies_are_of_this_host_alone_and_hidden_from_scripts(told: Any) -> None:
    cookies = told["cookies"]
    for name in ("SESSION", "CSRF", "LANGUAGE"):
        assert cookies[f"{name}_COOKIE_SECURE"] is True
        assert cookies[f"{name}_COOKIE_HTTPONLY"] is True
        assert cookies[f"{name}_COOKIE_SAMESITE"] == "Lax"
        assert cookies[f"{name}_COOKIE_DOMAIN"] is None
        assert cookies[f"{name}_COOKIE_PATH"] == "/"
    assert cookies["SESSION_COOKIE_NAME"] == "__Host-session"
    assert cookies["CSRF_COOKIE_NAME"] == "__Host-csrf"


def test_every_answer_demands_https_for_a_year(told: Any) -> None:
    for answer in told["answers"]:
        assert answer["Strict-Transport-Security"] == "max-age=31536000"  # of this host alone


def test_of_subdomains_and_of_browsers_lists_only_on_demand() -> None:
    told = asked_with(SECURE_HSTS_INCLUDE_SUBDOMAINS="yes", SECURE_HSTS_PRELOAD="yes")
    for answer in told["answers"]:
        demand = answer["Strict-Transport-Security"]
        assert demand == "max-age=31536000; includeSubDomains; preload"


def test_http_is_led_to_https(told: Any) -> None:
    status, place = told["plain"]
    assert status == 301
    assert place == "https://pay.springfield-water.example/accounts/login/?next=/pay/"
    assert told["health"] == 200


def test_a_load_balancer_may_ask_for_its_health_by_address(told: Any) -> None:
    assert told["by address"] == 200


def test_no_other_origin_may_read_answers(told: Any) -> None:
    for answer in told["answers"]:
        assert [name for name in answer if name.startswith("Access-Control")] == []
