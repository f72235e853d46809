"""`manage.py onboard_biller`: once, again, and refused."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from icsso.billers.management.commands import onboard_biller
from icsso.billers.models import Biller, BillerHost

pytestmark = pytest.mark.django_db
GUID = "5f0c1d7e-3b52-4c1e-9a44-0d1f6c2b8e10"
FULL = ("--name", "Springfield Water", "--host", "water.example", "--host", "www.water.example",
        "--base-url", "https://www.invoicecloud.com", "--biller-guid", GUID)  # fmt: skip


@pytest.fixture(autouse=True)
def _nobody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())
    monkeypatch.delenv("BILLER_API_KEY", raising=False)
    monkeypatch.delenv("BILLER_WEB_SERVICE_KEY", raising=False)


def onboard(*arguments: str, slug: str = "springfield-water") -> str:
    out = StringIO()
    call_command("onboard_biller", slug, *arguments, stdout=out)
    return out.getvalue()


def test_a_biller_is_made_with_its_hosts_and_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLER_API_KEY", "marker-api-key")
    monkeypatch.setenv("BILLER_WEB_SERVICE_KEY", "marker-web-key")
    said = onboard(*FULL)
    biller = Biller.objects.get(slug="springfield-water")
    assert (biller.name, str(biller.biller_guid)) == ("Springfield Water", GUID)
    assert (biller.api_key, biller.web_service_key) == ("marker-api-key", "marker-web-key")
    assert sorted(biller.hosts.values_list("host", flat=True)) == [
        "water.example",
        "www.water.example",
    ]
    assert "springfield-water: new" in said
    assert "api key: set" in said
    assert "host name: water.example added" in said
    assert "setting 129 confirmed, confirmation that customers can't change their password" in said
    assert "support phone or email, customers from the billing" in said
    assert "not open to customers yet" in said
    assert not biller.is_active
    assert "marker" not in said


def test_the_same_again_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLER_API_KEY", "one")
    onboard(*FULL)
    before = Biller.objects.values().get()
    said = onboard(*FULL)
    assert said.startswith("springfield-water: nothing to change\n")
    assert Biller.objects.values().get() | {"api_key": ""} == before | {"api_key": ""}
    assert BillerHost.objects.count() == 2


def test_what_is_not_named_stays_and_what_changed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLER_API_KEY", "one")
    onboard(*FULL, "--support-phone", "(217) 555-0100")
    monkeypatch.setenv("BILLER_API_KEY", "two")
    said = onboard("--name", "Springfield Water & Sewer")
    assert said.splitlines()[:2] == [
        "springfield-water: name: Springfield Water → Springfield Water & Sewer",
        "springfield-water: api key: replaced",
    ]
    biller = Biller.objects.get()
    assert (biller.support_phone, str(biller.biller_guid)) == ("(217) 555-0100", GUID)
    assert biller.api_key == "two"


def test_without_keys_the_old_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLER_API_KEY", "one")
    onboard(*FULL)
    monkeypatch.delenv("BILLER_API_KEY")
    onboard("--accent", "#005500")
    assert Biller.objects.get().api_key == "one"


def test_whoever_sits_there_is_asked_for_keys_that_are_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "typed-key"

    terminal: Any = type("Terminal", (StringIO,), {"isatty": lambda self: True})()
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr(onboard_biller, "getpass", answer)
    onboard(*FULL)
    onboard(*FULL)
    assert Biller.objects.get().api_key == "typed-key"
    assert len(asked) == 2, "each key once, and no more when it is there"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--name", "W", "--base-url", "http://evil.example"),
            "--base-url: The address must start with",
        ),
        (("--name", "W", "--biller-guid", "one"), "--biller-guid: "),
        (("--name", "W", "--accent", "#ffff00"), "--accent: Text in #ffff00 is hard to read."),
        (("--name", "W", "--registration-proof", "shoe"), "--registration-proof: "),
        (("--name", "W", "--host", "https://water.example"), "--host https://water.example: "),
        ((), "--name: "),
    ],
)
def test_what_is_refused_is_named_and_nothing_is_written(
    arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(CommandError) as caught:
        onboard(*arguments)
    assert said in str(caught.value)
    assert not Biller.objects.exists()


def test_a_host_of_another_biller_is_refused() -> None:
    onboard(*FULL)
    with pytest.raises(CommandError, match="belongs to springfield-water"):
        onboard("--name", "Power", "--host", "Water.example", slug="power")
    assert Biller.objects.count() == 1


def test_a_key_that_cannot_be_one_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BILLER_API_KEY", "marker key:with spaces")
    with pytest.raises(CommandError) as caught:
        onboard(*FULL)
    assert "BILLER_API_KEY: " in str(caught.value)
    assert "marker" not in str(caught.value)


def test_a_host_this_installation_refuses_is_told(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = [".water.example", "localhost"]
    said = onboard(*FULL, "--host", "other.example", "--host", "localhost")
    assert "still missing: other.example in ALLOWED_HOSTS, " in said
    assert said.count("ALLOWED_HOSTS") == 1
    settings.ALLOWED_HOSTS = ["*"]
    assert "ALLOWED_HOSTS" not in onboard(*FULL)


def test_the_key_goes_to_no_other_address_unless_it_is_given_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BILLER_API_KEY", "one")
    onboard(*FULL)
    monkeypatch.delenv("BILLER_API_KEY")
    with pytest.raises(CommandError, match="BILLER_API_KEY: Enter the API key again"):
        onboard("--base-url", "https://www.elsewhere.example")
    assert Biller.objects.get().base_url == "https://www.invoicecloud.com"


def test_keys_are_no_arguments() -> None:
    with pytest.raises(CommandError):
        onboard(*FULL, "--api-key", "one")
