"""The step “Invoice Cloud's API”: the differences of a biller, and the whole wire below."""

import json
from typing import Any

import pytest
from auditlog.models import LogEntry as AuditLogEntry
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from icsso.billers.models import Biller
from icsso.billers.onboarding import steps as readiness
from icsso.billers.onboarding.forms import STEP_FORMS
from icsso.billers.onboarding.wire_table import Part, wire_table
from icsso.client.contract import OPERATIONS
from icsso.client.wire.profile import WireProfile
from tests.icsso.billers.onboarding.going_live import (
    act,
    all_of_billers,
    make_ready,
    page,
    signed_in,
)

SSO_BY_GET = {"sso": {"method": "GET"}}
ELSEWHERE = {"operations": {"account": {"host": "https://api.invoicecloud.example"}}}


@pytest.fixture(autouse=True)
def names_lead_to_a_public_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.INVOICE_CLOUD_PUBLIC_ONLY = True
    found = [(0, 0, 0, "", ("93.184.216.34", 443))]
    monkeypatch.setattr("icsso.billers.validators.getaddrinfo", lambda *args, **kwargs: found)


def enter(client: Client, biller: Biller, profile: object, **entered: str) -> HttpResponse:
    text = profile if isinstance(profile, str) else json.dumps(profile)
    return act(client, biller, "wire", wire_profile=text, **entered)


def part(profile: dict[str, Any], key: str) -> Part:
    table = wire_table(WireProfile.parse(profile), base_url="https://www.invoicecloud.com")
    return next(one for one in table if one.key == key)


def marked(profile: dict[str, Any], key: str) -> dict[str, str]:
    rows = part(profile, key).rows
    return {entry.words: entry.contract for row in rows for entry in row.entries if entry.differs}


def test_a_profile_is_saved_and_shown(operator: Client, new: Biller) -> None:
    assert "Everything is as in the contract." in page(operator, new)
    profile = {"operations": {"account": {"path": "/api/v2/{CustomerGuid}/balance"}}}
    assert enter(operator, new, profile).status_code == 302
    new.refresh_from_db()
    assert new.wire_profile == profile
    assert new.wire.operation("account").path == "/api/v2/{CustomerGuid}/balance"
    shown = page(operator, new)
    assert "1 difference from the contract" in shown
    assert '<strong translate="no">GET /api/v2/{CustomerGuid}/balance</strong>' in shown
    assert "contract: GET /api/v1/cp/{CustomerGuid}/account" in shown
    assert enter(operator, new, "").status_code == 302
    new.refresh_from_db()
    assert new.wire_profile == {}


def test_what_invoice_cloud_tells_needs_no_json(operator: Client, new: Biller) -> None:
    profile = {"postback": {"time_zone": "America/Chicago"}}
    told = {
        "sso_address": "/sso/connect.aspx",
        "approved": "Y\r\nPAID, IN FULL \r\n",
        "declined": "",
    }
    assert enter(operator, new, profile, **told).status_code == 302
    new.refresh_from_db()
    both = {
        "sso": {"address": "/sso/connect.aspx"},
        "postback": {"approved": ["Y", "PAID, IN FULL "], "time_zone": "America/Chicago"},
    }
    assert new.wire_profile == both
    assert ">\nY\nPAID, IN FULL </textarea>" in page(operator, new)
    changed = both | {"sso": {"address": "/sso/other"}}  # in the JSON, and not in its field
    assert enter(operator, new, changed, **told, new_api_key="").status_code == 302
    new.refresh_from_db()
    assert new.wire_profile == changed
    gone = dict.fromkeys(told, "")
    assert enter(operator, new, changed, **gone).status_code == 302
    new.refresh_from_db()
    assert new.wire_profile == profile
    refused = enter(operator, new, "", sso_address="connect")
    assert "sso.address" in refused.content.decode()


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("{", "The profile is not JSON"),
        ("[]", "The profile must be a JSON object"),
        ({"operation": {}}, "operation: is not a name of the wire profile."),
        ({"operations": {"pay": {}}}, "operations.pay: there is no such operation."),
        ({"operations": {"account": {"path": "x"}}}, "must start with a slash"),
        (
            {"operations": {"account": {"read": {"Owes": "B"}}}},
            "Owes is not a name of the contract",
        ),
        ({"hosts": ["https://10.0.0.1"]}, "This is not a public server: https://10.0.0.1"),
        ({"sso": {"address": "https://127.0.0.1/sso"}}, "This is not a public server"),
        ("[" * 20_001, "at most 20000 characters"),
    ],
)
def test_a_fault_is_said_and_nothing_is_saved(
    operator: Client, new: Biller, profile: object, said: str
) -> None:
    refused = enter(operator, new, profile)
    assert said in refused.content.decode()
    new.refresh_from_db()
    assert new.wire_profile == {}


def test_each_fault_has_its_sentence_and_the_text_stays(operator: Client, new: Biller) -> None:
    profile = {"operations": {"pay": {}, "account": {"read": {"Owes": "B"}}}, "hosts": []}
    shown = enter(operator, new, profile).content.decode()
    assert "operations.pay: there is no such operation." in shown
    assert "operations.account.read: Owes is not a name of the contract." in shown
    assert "&quot;Owes&quot;" in shown


def test_a_change_clears_the_connection_test_and_is_logged(operator: Client, new: Biller) -> None:
    make_ready(new, User.objects.get())
    enter(operator, new, {})
    new.refresh_from_db()
    assert new.connection_works
    enter(operator, new, SSO_BY_GET)
    new.refresh_from_db()
    assert new.connection_tested_at is None
    assert readiness.missing(new) == ["successful connection test"]
    entry = AuditLogEntry.objects.filter(content_type__model="biller").latest("pk")
    assert "GET" in str(entry.changes["wire_profile"])
    assert entry.actor_email == "operator@example.com"


def test_the_same_profile_in_other_words_is_no_change(operator: Client, new: Biller) -> None:
    make_ready(new, User.objects.get())
    Biller.objects.update(wire_profile=SSO_BY_GET)
    enter(operator, new, '{"sso":\r\n {"method": "get"}}')
    new.refresh_from_db()
    assert new.connection_works


def test_a_token_in_an_address_is_warned_of(operator: Client, new: Biller) -> None:
    assert "Sign-on by GET" not in page(operator, new)
    enter(operator, new, SSO_BY_GET)
    assert "Sign-on by GET" in page(operator, new)


@pytest.mark.parametrize(
    "profile", [ELSEWHERE, {"sso": {"address": "https://sso.invoicecloud.example/connect"}}]
)
def test_another_server_gets_no_key_that_was_not_entered_for_it(
    operator: Client, new: Biller, profile: dict[str, Any]
) -> None:
    make_ready(new, User.objects.get())
    refused = enter(operator, new, profile).content.decode()
    summary = refused.partition('class="error-summary"')[2].partition("</div>")[0]
    assert 'href="#id_wire-new_api_key">API key: Enter the API key again' in summary
    new.refresh_from_db()
    assert new.wire_profile == {}
    assert enter(operator, new, profile, new_api_key="a-key").status_code == 302
    new.refresh_from_db()
    assert new.wire_profile == profile
    renamed = profile | {"postback": {"fields": {"PaymentGUID": "TransactionGUID"}}}
    assert enter(operator, new, renamed).status_code == 302


def test_a_key_rotated_meanwhile_stays_and_one_entered_for_a_server_goes_with_it(
    operator: Client, new: Biller
) -> None:
    make_ready(new, User.objects.get())
    for profile, key, kept in ((SSO_BY_GET, "", "rotated"), (ELSEWHERE, "a-key", "a-key")):
        stale = Biller.objects.get()
        Biller.objects.update(api_key="a-key")
        stale.refresh_from_db()
        entered = {"wire-wire_profile": json.dumps(profile), "wire-new_api_key": key}
        form = STEP_FORMS["wire"](entered, instance=stale, prefix="wire")
        assert form.is_valid()
        Biller.objects.update(api_key="rotated")
        form.save()
        assert Biller.objects.get().api_key == kept


def test_further_hosts_of_pages_get_no_key(operator: Client, new: Biller) -> None:
    make_ready(new, User.objects.get())
    assert enter(operator, new, {"hosts": ["https://pay.example"]}).status_code == 302
    assert "https://pay.example" in Biller.objects.get().origins


def test_who_may_only_look_sees_the_table_and_no_form(new: Biller) -> None:
    clerk = User.objects.create_user("clerk@example.com", is_staff=True)
    clerk.billers.add(new)
    clerk.user_permissions.set(all_of_billers().filter(codename="view_biller"))
    client = signed_in(clerk)
    assert "remote_authentication" in page(client, new)
    assert "wire-wire_profile" not in page(client, new)
    assert enter(client, new, SSO_BY_GET).status_code == 403


def test_a_profile_of_an_older_release_stops_no_page(operator: Client, new: Biller) -> None:
    Biller.objects.update(wire_profile={"what": "was once"})
    assert "Everything is as in the contract." in page(operator, new)
    assert enter(operator, new, {}).status_code == 302


def test_the_table_has_everything() -> None:
    table = wire_table(WireProfile(), base_url="https://www.invoicecloud.com")
    keys = [f"operations.{name}" for name in OPERATIONS]
    keys += ["operations.view_customer_record", "sso", "postback", "hosts"]
    assert [one.key for one in table] == keys
    assert all(one.differences == 0 for one in table)
    shown = str(table)
    for known in OPERATIONS.values():
        assert f"{known.method} {known.path}" in shown
        assert all(name in shown for name in known.sends)


@pytest.mark.parametrize(
    ("profile", "key", "expected"),
    [
        (
            {"operations": {"account": {"host": "https://api.example", "method": "POST"}}},
            "operations.account",
            {
                "POST https://api.example/api/v1/cp/{CustomerGuid}/account": (
                    "GET /api/v1/cp/{CustomerGuid}/account"
                )
            },
        ),
        (
            {"operations": {"retrieve_users": {"send": {"EmailAddress": "Login"}}}},
            "operations.retrieve_users",
            {"Login": "EmailAddress"},
        ),
        (
            {"operations": {"retrieve_users": {"send": {"EmailAddress": None}}}},
            "operations.retrieve_users",
            {"EmailAddress: not sent": "EmailAddress"},
        ),
        (
            {"operations": {"cloud_payments": {"set": {"AllowSwipe": False}}}},
            "operations.cloud_payments",
            {"AllowSwipe = false": ""},
        ),
        (
            {"operations": {"retrieve_users": {"read": {"Users.Registered": "!Unregistered"}}}},
            "operations.retrieve_users",
            {"!Unregistered": "Users.Registered"},
        ),
        (
            {"operations": {"account": {"succeeded": {"Result.Status": "OK"}}}},
            "operations.account",
            {"Result.Status = OK": ""},
        ),
        (
            {"operations": {"account": {"refused": [{"status": 422, "means": "rejected"}]}}},
            "operations.account",
            {"status 422 → refused": ""},
        ),
        (
            {"sso": {"fields": {"ViewMode": None, "RedirectID": "Page"}, "address": "/sso"}},
            "sso",
            {
                "POST https://www.invoicecloud.com/sso": (
                    "POST https://www.invoicecloud.com/cloudssoconnect"
                ),
                "ViewMode: not sent": "ViewMode",
                "Page": "RedirectID",
            },
        ),
        (
            {"postback": {"approved": ["Y"], "time_zone": "America/Chicago"}},
            "postback",
            {"Y": "", "America/Chicago": "America/New_York"},
        ),
        ({"hosts": ["https://pay.example"]}, "hosts", {"https://pay.example": ""}),
    ],
)
def test_each_difference_is_marked(
    profile: dict[str, Any], key: str, expected: dict[str, str]
) -> None:
    assert marked(profile, key) == expected
    assert part(profile, key).differences == len(expected)
