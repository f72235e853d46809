"""Production does not start unsafe: it says which settings are at fault, never their values."""

import os
import subprocess
import sys

import pytest

SAFE = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "k3Vq9ZtY7mXw2Rb8Ld5Hf1Gs6Jn4Pc0TaUeIoQyBxMzKhWgSvD",
    "ENCRYPTION_KEYS": "q0cNnWnOqzFZ2mWJtVvA1mSgCq8oXn3b2T1r0sYkU5E=",
    "ALLOWED_HOSTS": "pay.springfield-water.example",
    "DATABASE_URL": "postgres://portal:hush-hush@127.0.0.1:9/portal",
    "REDIS_URL": "redis://:hush-hush@127.0.0.1:9/0",
    "EMAIL_URL": "smtp+tls://portal:hush-hush@mail.example:587",
    "DEFAULT_FROM_EMAIL": "portal@springfield-water.example",
    "TRUSTED_PROXIES": "1",
}
START = (
    "import django, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'inhance.settings';"
    "django.setup(); print('started')"
)


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START],
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_with_everything_told_it_starts():
    done = start(SAFE)
    assert (done.returncode, done.stdout.strip()) == (0, "started"), done.stderr


def test_with_nothing_told_every_setting_is_named():
    done = start({"ENVIRONMENT": "production"})
    assert done.returncode != 0
    assert "started" not in done.stdout
    for name in set(SAFE) - {"ENVIRONMENT", "TRUSTED_PROXIES"}:
        assert f"{name} is missing" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "hush-hush"),
        ("SECRET_KEY", "development-only-secret-key-which-production-refuses-to-start-with"),
        ("ENCRYPTION_KEYS", "hush-hush"),
        ("ENCRYPTION_KEYS", SAFE["ENCRYPTION_KEYS"] + ",hush-hush"),
        ("ENCRYPTION_KEYS", "ZGV2ZWxvcG1lbnQtb25seS1lbmNyeXB0aW9uLWtleS4="),
        ("ALLOWED_HOSTS", "pay.springfield-water.example,*"),
        ("DATABASE_URL", "sqlite:////tmp/hush-hush.sqlite3"),
        ("METRICS_TOKEN", "hush-hush"),
        ("DEBUG", "true"),
        ("INVOICE_CLOUD_PROXY", "http://portal:hush-hush@proxy.example:port"),
        ("INVOICE_CLOUD_CA_FILE", "/hush-hush/authority.pem"),
        ("SECURE_HSTS_PRELOAD", "true"),
        ("BREACHED_PASSWORDS", "/nowhere/hush-hush.txt"),
    ],
)
def test_what_is_unsafe_is_refused_by_name(name: str, value: str):
    done = start(SAFE | {name: value})
    assert done.returncode != 0
    assert "started" not in done.stdout
    assert name in done.stderr
    assert len(value) < 8 or value not in done.stderr
    assert "hush-hush" not in done.stderr


def test_all_faults_are_told_at_once():
    done = start(SAFE | {"ALLOWED_HOSTS": "*", "DEBUG": "1", "REDIS_URL": ""})
    for name in ("ALLOWED_HOSTS", "DEBUG", "REDIS_URL"):
        assert name in done.stderr
