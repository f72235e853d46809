"""Billers in the admin: keys go in and never come out; the connection can be tried."""

from typing import Any

import pytest
from auditlog.models import LogEntry as AuditEntry
from django.contrib.admin.models import LogEntry
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from icsso.billers.models import Biller
from tests.sandbox_process import SandboxProcess

KEY, WEB_KEY = "marker-api-key", "marker-web-key"
NAMED = {
    "name": "Shelbyville Power",
    "slug": "shelbyville-power",
    "time_zone": "America/Chicago",
}
ENTERED = NAMED | {
    "is_active": "on",
    "base_url": "https://www.invoicecloud.com",
    "signup_proof": "name",
    "accent": "#0b5cad",
}


@pytest.fixture
def operator(db: None) -> Client:
    client = Client(headers={"host": "localhost"})
    user = User.objects.create_superuser("operator@example.com")
    client.force_login(user)
    return client


def save(operator: Client, biller: Biller | None = None, **entered: Any) -> HttpResponse:
    """A biller that is not given is added first."""
    if not biller:
        operator.post("/admin/icsso/biller/add/", NAMED)
        biller = Biller.objects.get()
    return operator.post(f"/admin/icsso/biller/{biller.pk}/change/", ENTERED | entered)


def test_a_new_biller_has_a_name_and_going_live_asks_for_the_rest(operator: Client) -> None:
    form = operator.get("/admin/icsso/biller/add/").context["adminform"].form
    assert {*form.fields} == {*NAMED}
    response = operator.post("/admin/icsso/biller/add/", NAMED | {"new_api_key": KEY})
    biller = Biller.objects.get(slug="shelbyville-power")
    assert response.headers["Location"] == f"/admin/icsso/biller/{biller.pk}/going-live/"
    assert (biller.name, biller.api_key) == ("Shelbyville Power", "")


def test_an_operator_enters_the_keys(operator: Client) -> None:
    save(operator, new_api_key=KEY, new_web_service_key=WEB_KEY)
    biller = Biller.objects.get()
    assert (biller.api_key, biller.web_service_key) == (KEY, WEB_KEY)
    assert biller.api_key_set_at is not None


def test_keys_are_never_shown_again(operator: Client) -> None:
    save(operator, new_api_key=KEY, new_web_service_key=WEB_KEY)
    biller = Biller.objects.get()
    shown = [
        operator.get("/admin/icsso/biller/"),
        operator.get(f"/admin/icsso/biller/{biller.pk}/change/"),
        operator.get(f"/admin/icsso/biller/{biller.pk}/history/"),
        operator.get(f"/admin/icsso/biller/{biller.pk}/delete/"),
        save(operator, biller, new_api_key=f"{KEY}-of-a-form-with-a-fault", base_url="nonsense"),
    ]
    for page in shown:
        assert page.status_code == 200
        assert b"marker" not in page.content
    assert "Set on" in shown[1].content.decode()


def test_the_page_says_that_a_key_is_not_set(operator: Client) -> None:
    save(operator)
    page = operator.get(f"/admin/icsso/biller/{Biller.objects.get().pk}/change/")
    assert page.content.decode().count("Not set.") == 2


def test_an_empty_key_keeps_what_there_is(operator: Client) -> None:
    save(operator, new_api_key=KEY)
    before = Biller.objects.get()
    save(operator, before, name="Shelbyville Light", new_api_key="")
    after = Biller.objects.get()
    assert (after.name, after.api_key) == ("Shelbyville Light", KEY)
    assert after.api_key_set_at == before.api_key_set_at


@pytest.mark.parametrize(
    "elsewhere", ["https://www.elsewhere.example", "https://www.invoicecloud.com:8443"]
)
def test_the_key_is_asked_for_again_before_it_goes_elsewhere(
    operator: Client, elsewhere: str
) -> None:
    save(operator, new_api_key=KEY)
    biller = Biller.objects.get()
    page = save(operator, biller, base_url=elsewhere)
    assert page.status_code == 200
    assert "Enter the API key again" in str(page.context["adminform"].form.errors["new_api_key"])
    assert Biller.objects.get().base_url == "https://www.invoicecloud.com"
    save(operator, biller, base_url=elsewhere, new_api_key=KEY)
    assert Biller.objects.get().base_url == elsewhere


def test_the_web_service_key_is_asked_for_again_before_it_goes_elsewhere(operator: Client) -> None:
    save(operator, new_api_key=KEY, new_web_service_key=WEB_KEY)
    biller, elsewhere = Biller.objects.get(), "https://www.elsewhere.example"
    page = save(operator, biller, base_url=elsewhere, new_api_key=KEY)
    (error,) = page.context["adminform"].form.errors["new_web_service_key"]
    assert "Enter the web service key again" in error
    save(operator, biller, base_url=elsewhere, new_api_key=KEY, new_web_service_key=WEB_KEY)
    assert Biller.objects.get().base_url == elsewhere


def test_the_key_stays_while_the_address_means_the_same(operator: Client) -> None:
    save(operator, new_api_key=KEY)
    save(operator, Biller.objects.get(), base_url="https://www.invoicecloud.com/", name="Light")
    assert (Biller.objects.get().name, Biller.objects.get().api_key) == ("Light", KEY)


def test_who_changed_a_key_is_on_record_and_the_key_is_not(operator: Client) -> None:
    save(operator, new_api_key=KEY)
    save(operator, Biller.objects.get(), new_api_key=f"{KEY}-2")
    assert "API key" in LogEntry.objects.latest("action_time").get_change_message()
    record = repr(list(AuditEntry.objects.values())) + repr(list(LogEntry.objects.values()))
    assert "api_key_set_at" in record
    assert "marker" not in record
    assert "gAAAA" not in record, "not even encrypted"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("base_url", "http://www.invoicecloud.com", "The address must start with https://"),
        (
            "base_url",
            "https://www.invoicecloud.com/portal",
            "Enter only the server",
        ),
        ("extra_hosts", "https://*.invoicecloud.com", "This is not a web address"),
        ("accent", "#ffee00", "The closest readable color is #"),
        ("new_api_key", "with a:colon", "A key can contain letters, digits, and symbols"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(
    operator: Client, field: str, value: str, said: str
) -> None:
    response = save(operator, **{field: value})
    assert response.status_code == 200
    assert said in response.content.decode()
    assert Biller.objects.get().base_url == "https://www.invoicecloud.com"
    assert Biller.objects.get().api_key == ""


def test_an_address_without_its_scheme_is_an_https_one(operator: Client) -> None:
    save(operator, base_url="www.invoicecloud.com")
    assert Biller.objects.get().base_url == "https://www.invoicecloud.com"


def try_connection(operator: Client, biller: Biller) -> str:
    entered = {"action": "test_connection", "_selected_action": str(biller.pk)}
    page = operator.post("/admin/icsso/biller/", entered, follow=True)
    return "\n".join(str(message) for message in page.context["messages"])


def test_a_connection_that_works(operator: Client, sandbox: SandboxProcess, biller: Biller) -> None:
    said = try_connection(operator, biller)
    assert said.startswith("Springfield Water: The connection works. The address, API key, and")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("unauthorized", "accept the API key"),
        ("unavailable", "Nothing responds at "),
        ("reset", "Nothing responds at "),
        ("html", "not how Invoice Cloud responds"),
        ("redirect", "not how Invoice Cloud responds"),
        ("server_error", "not how Invoice Cloud responds"),
    ],
)
def test_a_connection_that_fails_says_how(
    operator: Client, sandbox: SandboxProcess, biller: Biller, kind: str, said: str
) -> None:
    fault = {"operation": "biller_status", "kind": kind, "times": None}
    sandbox.control("POST", "/_control/api/faults", fault)
    assert said in try_connection(operator, biller)


def test_a_key_or_a_guid_of_another_biller(
    operator: Client, sandbox: SandboxProcess, biller: Biller
) -> None:
    Biller.objects.update(biller_guid="00000000-0000-4000-8000-000000000001")
    assert "it belongs to another biller: 5f0c1d7e" in try_connection(operator, biller)
    Biller.objects.update(biller_guid=None)
    assert "Now enter the biller GUID. At Invoice Cloud, it's 5f0c1d7e" in try_connection(
        operator, biller
    )
    Biller.objects.get().take_keys(api_key="wrong")
    wrong = Biller.objects.get()
    wrong.api_key = "wrong"
    wrong.save()
    assert "accept the API key" in try_connection(operator, biller)
    wrong.api_key = ""
    wrong.save()
    assert "The API key is not set." in try_connection(operator, biller)


def test_an_inactive_biller_is_told(
    operator: Client, sandbox: SandboxProcess, biller: Biller
) -> None:
    there = {"api_key": biller.api_key, "biller_guid": str(biller.biller_guid), "name": "Water"}
    sandbox.control("POST", "/_control/api/billers", there | {"active": False})
    assert "the biller is inactive at Invoice Cloud" in try_connection(operator, biller)


def test_a_developer_may_enter_the_sandbox(operator: Client, settings: Settings) -> None:
    settings.DEBUG = True
    save(operator, base_url="http://127.0.0.1:8001")
    assert Biller.objects.get().base_url == "http://127.0.0.1:8001"


def test_members_and_staff_without_the_right_see_nothing(biller: Biller) -> None:
    for user in (
        User.objects.create_user("laundry@example.com", biller=biller),
        User.objects.create_user("clerk@example.com", is_staff=True),
    ):
        client = Client(headers={"host": "localhost"})
        client.force_login(user)
        assert client.get(f"/admin/icsso/biller/{biller.pk}/change/").status_code in {302, 403}
