"""manage.py seed_demo: Springfield Water and its people, as often as you like."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import LinkedAccount, User, UtilityAccount
from icsso.billers.models import Biller, BillerHost

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.django_db


def test_loads_the_biller_the_accounts_the_members_and_an_operator() -> None:
    assert "46 new accounts" in _run()
    biller = Biller.objects.get()
    assert (biller.slug, biller.base_url) == ("springfield-water", "http://127.0.0.1:8001")
    assert biller.api_key == "demo-api-key-springfield-water"
    assert str(biller.biller_guid) == "5f0c1d7e-3b52-4c1e-9a44-0d1f6c2b8e10"
    assert biller.css_url == "https://www.invoicecloud.com/ssotest/sso-gmp.css"
    assert all(check.is_right for check in biller.setting_checks.all())
    assert biller.setting_checks.count() == 2
    laundry = User.objects.get(email="laundry@example.com")
    assert laundry.check_password("copper kettle on the porch")
    assert laundry.registered_at is None
    assert laundry.links.get().account.name == "Willows Laundry"
    manager = User.objects.get(email="manager@example.com")
    assert manager.check_password("forty front doors to paint")
    assert manager.links.count() == 40
    assert manager.links.get(is_first=True).account.account_number == "10000201"
    operator = User.objects.get(email="operator@example.com")
    assert operator.is_superuser
    assert operator.biller is None
    assert operator.check_password("quiet lanterns along the pier")


def test_agrees_with_the_sandbox_which_does_not_know_harold_becker() -> None:
    _run()
    with (ROOT / "sandbox" / "demo.json").open() as facts:
        there = {customer["account_number"]: customer for customer in json.load(facts)["customers"]}
    with (ROOT / "demo" / "springfield-water.csv").open() as file:
        here = {row["account_number"]: row for row in csv.DictReader(file)}
    assert here.keys() - there.keys() == {"10000105"}
    for number, customer in there.items():
        assert here[number] == {column: customer[column] for column in here[number]}


def test_again_keeps_what_was_changed_and_follows_the_sandbox() -> None:
    _run()
    biller = Biller.objects.get()
    biller.name, biller.accent = "Springfield Water & Light", "#7a1f5c"
    biller.save()
    laundry = User.objects.get(email="laundry@example.com")
    laundry.set_password("another kettle altogether")
    laundry.save()
    laundry.links.all().delete()
    assert "0 new accounts, 46 known ones" in _run("--sandbox", "http://127.0.0.1:9001/")
    biller.refresh_from_db()
    assert (biller.name, biller.accent) == ("Springfield Water & Light", "#7a1f5c")
    assert biller.base_url == "http://127.0.0.1:9001"
    laundry.refresh_from_db()
    assert laundry.check_password("another kettle altogether")
    assert laundry.links.count() == 0
    assert (Biller.objects.count(), BillerHost.objects.count()) == (1, 1)
    assert (User.objects.count(), UtilityAccount.objects.count()) == (3, 46)


def test_localhost_stays_the_demos_beside_a_second_biller(client: Client) -> None:
    _run()
    Biller.objects.create(slug="second", name="Second", is_active=True)
    assert "Springfield Water" in client.get("/", headers={"Host": "localhost"}).content.decode()


def test_says_no_password() -> None:
    assert "kettle" not in _run()


def test_refuses_in_production(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="load it in production"):
        _run()
    assert not Biller.objects.exists()
    assert not LinkedAccount.objects.exists()


def _run(*arguments: str) -> str:
    said = StringIO()
    call_command("seed_demo", *arguments, stdout=said)
    return said.getvalue()
