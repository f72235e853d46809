"""What `manage.py check` says of an installation that is not safe."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as portal
from django.core.checks import run_checks

from icsso.billers.models import Biller


def ids(**kwargs: object) -> set[str]:
    return {str(message.id) for message in run_checks(**kwargs) if message.id}


def test_a_strict_policy_is_fine():
    assert "portal.E001" not in ids(include_deployment_checks=True)


@pytest.mark.parametrize("loose", ["'unsafe-inline'", "'unsafe-eval'", "*"])
def test_a_policy_that_lets_foreign_scripts_in_is_refused(settings, loose: str):
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"script-src": ["'self'", loose]}}
    assert "portal.E001" in ids(include_deployment_checks=True)


@pytest.mark.parametrize(("proxies", "warned"), [(0, True), (1, False)])
def test_https_by_a_proxy_that_is_not_counted(settings, proxies: int, warned: bool):
    settings.SECURE_SSL_REDIRECT = True
    settings.TRUSTED_PROXIES = proxies
    assert ("portal.W001" in ids(include_deployment_checks=True)) is warned


@pytest.mark.parametrize("demanded", [True, False])
def test_staff_without_a_second_factor(settings, demanded: bool):
    settings.STAFF_SECOND_FACTOR = demanded
    assert ("portal.W003" in ids(include_deployment_checks=True)) is not demanded


@pytest.mark.parametrize(
    ("hosts", "told"),
    [([], {"portal.W004"}), (["elsewhere.example"], {"portal.E003"}), (["localhost"], set())],
)
def test_a_back_office_beside_the_customers_or_nowhere(settings, hosts: list[str], told: set[str]):
    settings.STAFF_HOSTS = hosts
    settings.ALLOWED_HOSTS = ["localhost"]
    assert ids(include_deployment_checks=True) & {"portal.W004", "portal.E003"} == told


def test_invoice_cloud_by_http_is_refused_outside_development(biller: Biller):
    assert "portal.E002" in ids(databases=["default"])
    biller.base_url = "https://www.invoicecloud.com"
    biller.extra_hosts = "https://pay.invoicecloud.com"
    biller.save()
    assert "portal.E002" not in ids(databases=["default"])
    biller.extra_hosts = "http://pay.invoicecloud.com"
    biller.save()
    assert "portal.E002" in ids(databases=["default"])


def test_on_a_developers_machine_the_sandbox_is_fine(settings, biller: Biller):
    settings.DEBUG = True
    assert "portal.E002" not in ids(databases=["default"])


def test_an_empty_database_is_brought_up_to_date_outside_development(tmp_path: Path):
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite3"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0", "icsso"]
    subprocess.run(command, cwd=portal.BASE_DIR, env=environment | {"DEBUG": "false"}, check=True)
