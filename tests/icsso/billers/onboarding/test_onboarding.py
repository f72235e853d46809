"""The page “Going live”: what a biller still needs, each done right there, and the one switch."""

import re
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from icsso.billers.branding.models import Logo
from icsso.billers.branding.style_sheet import preview_css
from icsso.billers.models import Biller, BillerHost
from icsso.billers.onboarding import connection_test as connection
from icsso.billers.onboarding import steps as readiness
from icsso.billers.onboarding.connection_test import Finding, try_connection
from icsso.billers.onboarding.forms import CredentialsForm, SupportForm
from icsso.billers.onboarding.models import SettingCheck
from tests import cast as people
from tests.icsso.billers.onboarding.going_live import (
    act,
    all_of_billers,
    make_ready,
    page,
    saw,
    signed_in,
)
from tests.sandbox_process import SandboxProcess

KEPT = {"base_url": "https://www.invoicecloud.com", "biller_guid": str(people.BILLER_GUID)}


def test_it_says_what_is_missing_and_leads_there(operator: Client, new: Biller) -> None:
    assert readiness.missing(new) == [
        "host name",
        "API key",
        "biller GUID",
        "successful connection test",
        "setting 129 confirmed",
        "confirmation that customers can't change their password at Invoice Cloud",
        "support phone or email",
        "customers from the billing system",
    ]
    shown = page(operator, new)
    assert "Not open to customers" in shown
    needed = ("names", "credentials", "connection", *SettingCheck.Setting, "support", "customers")
    for step in needed:
        assert f'<a href="#{step}">' in shown
    assert "Open the site</button>" not in shown


def test_a_host_that_the_server_does_not_let_in_is_missing(new: Biller) -> None:
    BillerHost.objects.create(biller=new, host="power.example")
    assert readiness.missing(new)[0] == "power.example in ALLOWED_HOSTS"


def test_a_biller_that_lacks_something_is_not_opened(operator: Client, new: Biller) -> None:
    act(operator, new, "open")
    new.refresh_from_db()
    assert not new.is_active
    assert "open yet. Still missing: host name, API key" in page(operator, new)


def test_a_ready_one_is_opened_and_closed(operator: Client, new: Biller) -> None:
    make_ready(new, User.objects.get())
    assert "Everything required is in place." in page(operator, new)
    assert act(operator, new, "open").status_code == 302
    assert Client().get("/", headers={"host": "localhost"}).status_code == 200
    assert "Open to customers" in page(operator, new)
    act(operator, new, "close")
    assert Client().get("/", headers={"host": "localhost"}).status_code == 503


def test_names_and_hosts(operator: Client, new: Biller) -> None:
    BillerHost.objects.create(biller=new, host="old.localhost")
    act(operator, new, "names", name="Shelbyville Light", hosts="Power.localhost\nlight.localhost")
    new.refresh_from_db()
    assert new.name == "Shelbyville Light"
    assert {host.host for host in new.hosts.all()} == {"light.localhost", "power.localhost"}


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ("https://power.localhost", "A host name in lowercase"),
        ("taken.localhost", "taken.localhost is already in use."),
        ("", "This field is required."),
    ],
)
def test_hosts_that_cannot_be(operator: Client, new: Biller, hosts: str, said: str) -> None:
    other = Biller.objects.create(slug="other", name="Ogdenville Gas")
    BillerHost.objects.create(biller=other, host="taken.localhost")
    answer = act(operator, new, "names", name="Power", hosts=hosts)
    assert said in answer.content.decode()
    assert "Ogdenville" not in answer.content.decode()
    assert not new.hosts.exists()


def test_no_billers_staff_claim_a_host_name(new: Biller) -> None:
    """Another biller may be about to open there: it is in ALLOWED_HOSTS and nobody's yet."""
    BillerHost.objects.create(biller=new, host="own.localhost")
    client = signed_in(people.staff("administrator", new))
    shown = page(client, new)
    assert re.search(r'<textarea name="names-hosts"[^>]* disabled', shown)
    assert "Only superusers add and remove host names." in shown
    for hosts in ("own.localhost\nunclaimed.localhost", ""):
        assert act(client, new, "names", name="Power", hosts=hosts).status_code == 302
    new.refresh_from_db()
    assert new.name == "Power"
    assert new.hosts.get().host == "own.localhost"


def test_credentials_are_taken_and_never_shown(operator: Client, new: Biller) -> None:
    entered = {"base_url": "https://www.invoicecloud.com", "biller_guid": str(people.BILLER_GUID)}
    act(operator, new, "credentials", new_api_key="marker-key", **entered)
    new.refresh_from_db()
    assert (new.api_key, new.biller_guid) == ("marker-key", people.BILLER_GUID)
    assert "Set on" in page(operator, new)
    assert "marker" not in page(operator, new)
    wrong = act(operator, new, "credentials", base_url="nonsense", new_api_key="marker-2")
    assert "marker" not in wrong.content.decode()
    assert "API key" in LogEntry.objects.latest("pk").get_change_message()
    assert "marker" not in repr(list(LogEntry.objects.values()))


@pytest.mark.parametrize(("number", "is_taken"), [("1-800-GET-HELP", True), ("office", False)])
def test_customers_can_dial_the_support_phone(
    operator: Client, new: Biller, number: str, is_taken: bool
) -> None:
    answer = act(operator, new, "support", support_phone=number)
    new.refresh_from_db()
    assert (new.support_phone == number) is is_taken
    assert ("Enter a phone number, like" in answer.content.decode()) is not is_taken


def test_a_fault_of_another_step_does_not_stop_this_one(operator: Client, new: Biller) -> None:
    Biller.objects.update(base_url="http://10.0.0.1", css_url="style.css")
    act(operator, new, "support", support_phone="(217) 555-0199")
    new.refresh_from_db()
    assert new.support_phone == "(217) 555-0199"
    refused = act(operator, new, "look", accent="#ffee00").content.decode()
    assert "The closest readable color is" in refused


def test_the_connection_is_tried_and_the_finding_kept(
    operator: Client, sandbox: SandboxProcess, biller: Biller
) -> None:
    act(operator, biller, "connection")
    biller.refresh_from_db()
    assert biller.connection_works
    assert biller.connection_tested_at
    assert page(operator, biller).count("The connection works. The address, API key,") == 2
    assert page(operator, biller).count("The connection works. The address, API key,") == 1
    Biller.objects.update(biller_guid="00000000-0000-4000-8000-000000000001")
    act(operator, biller, "connection")
    biller.refresh_from_db()
    assert not biller.connection_works
    assert "it belongs to another biller" in page(operator, biller)


@pytest.mark.parametrize(
    "entered",
    [
        {"base_url": "https://www.invoicecloud.com", "new_api_key": "another"},
        {"base_url": "https://new.invoicecloud.com", "new_api_key": "a-key"},
        {"base_url": "https://www.invoicecloud.com", "biller_guid": str(people.BILLER_GUID)[::-1]},
    ],
)
def test_a_test_of_other_credentials_says_nothing_about_these(
    operator: Client, new: Biller, entered: dict[str, str]
) -> None:
    make_ready(new, User.objects.get())
    kept = {"biller_guid": str(people.BILLER_GUID)}
    act(operator, new, "credentials", **(kept | entered))
    new.refresh_from_db()
    assert new.connection_tested_at is None
    assert readiness.missing(new) == ["successful connection test"]


def test_what_customers_need_is_not_taken_from_them(operator: Client, new: Biller) -> None:
    make_ready(new, User.objects.get())
    new.serve(True)
    refused = act(operator, new, "support", support_phone="", support_email="")
    assert (
        "The site is open to customers, which requires: support phone" in refused.content.decode()
    )
    new.refresh_from_db()
    assert new.support_phone
    act(operator, new, "support", support_phone="", support_email="help@power.example")
    new.refresh_from_db()
    assert (new.support_phone, new.support_email) == ("", "help@power.example")


def test_the_list_says_who_is_ready(operator: Client, new: Biller) -> None:
    listed = operator.get("/admin/icsso/biller/").content.decode()
    assert f'<a href="/admin/icsso/biller/{new.pk}/going-live/">8 items missing</a>' in listed
    make_ready(new, User.objects.get())
    assert 'going-live/">Ready</a>' in operator.get("/admin/icsso/biller/").content.decode()


def test_the_preview_shows_the_look_in_both_schemes(operator: Client, new: Biller) -> None:
    Biller.objects.update(accent="#7a1f5c")
    Logo.objects.create(biller=new, image=b"a logo")
    address = f"/admin/icsso/biller/{new.pk}/preview/"
    shown = operator.get(f"{address}light/")
    assert 'src="data:image/png;base64,YSBsb2dv"' in shown.content.decode()
    policy = shown["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "img-src 'self' data:" in policy
    assert "X-Frame-Options" not in shown
    light, dark = (operator.get(f"{address}{s}.css").content.decode() for s in ("light", "dark"))
    assert "--accent:#7a1f5c" in light
    assert light != dark
    assert operator.get(f"{address}pink/").status_code == 404
    assert operator.get(f"{address}pink.css").status_code == 404


def test_a_scheme_of_the_preview_does_not_ask_the_browser() -> None:
    found = finders.find("css/base.css")
    assert found
    styles = Path(found).read_text()
    assert "prefers-color-scheme" in styles
    for scheme in ("light", "dark"):
        assert "prefers-color-scheme" not in preview_css(styles, "#0b5cad", scheme)


def test_staff_of_another_biller_find_nothing(new: Biller, biller: Biller) -> None:
    User.objects.create_superuser("operator@example.com")
    clerk = User.objects.create_user("clerk@example.com", is_staff=True)
    clerk.billers.add(biller)
    clerk.user_permissions.set(all_of_billers())
    client = signed_in(clerk)
    assert client.get(f"/admin/icsso/biller/{biller.pk}/going-live/").status_code == 200
    for path in ("going-live/", "preview/light/", "preview/light.css"):
        assert client.get(f"/admin/icsso/biller/{new.pk}/{path}").status_code == 404
    for path in ("open", "close", "connection", "postbacks", "names", "wire"):
        assert act(client, new, path, name="Mine").status_code == 404
    assert saw(client, new, "setting-129", "right").status_code == 404
    new.refresh_from_db()
    assert new.name == "Shelbyville Power"


def test_who_may_only_look_changes_nothing(new: Biller) -> None:
    clerk = User.objects.create_user("clerk@example.com", is_staff=True)
    clerk.billers.add(new)
    clerk.user_permissions.set(all_of_billers().filter(codename="view_biller"))
    client = signed_in(clerk)
    assert '<form class="step-form"' not in page(client, new)
    for path in ("open", "close", "connection", "postbacks", "support"):
        assert act(client, new, path, support_phone="1").status_code == 403
    assert saw(client, new, "setting-129", "right").status_code == 403


def test_acts_are_posted(operator: Client, new: Biller) -> None:
    for path in ("open", "close", "connection", "settings/setting-129", "postbacks", "names"):
        address = f"/admin/icsso/biller/{new.pk}/going-live/{path}/"
        assert operator.get(address).status_code == 405
    assert act(operator, new, "nonsense").status_code == 404


def test_what_others_change_at_the_same_moment_stays(operator: Client, new: Biller) -> None:
    make_ready(new, User.objects.get())
    new.serve(True)
    stale = Biller.objects.get()
    form = SupportForm({"support-support_phone": "311"}, instance=stale, prefix="support")
    assert form.is_valid()
    Biller.objects.get().serve(False)
    act(operator, new, "credentials", **KEPT, new_api_key="rotated")
    form.save()
    new.refresh_from_db()
    assert (new.support_phone, new.api_key, new.is_active) == ("311", "rotated", False)
    assert new.connection_tested_at is None


def test_a_new_address_goes_with_the_key_that_was_entered_for_it(
    operator: Client, new: Biller
) -> None:
    make_ready(new, User.objects.get())
    elsewhere = KEPT | {"base_url": "https://elsewhere.example", "new_api_key": "a-key"}
    entered = {f"credentials-{name}": value for name, value in elsewhere.items()}
    form = CredentialsForm(entered, instance=Biller.objects.get(), prefix="credentials")
    assert form.is_valid()
    act(operator, new, "credentials", **KEPT, new_api_key="rotated")
    form.save()
    new.refresh_from_db()
    assert (new.base_url, new.api_key) == ("https://elsewhere.example", "a-key")


def test_a_finding_about_other_credentials_is_not_kept(
    new: Biller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody enters another key while Invoice Cloud is answering about the one before."""
    make_ready(new, User.objects.create_superuser("operator@example.com"))
    tested = Biller.objects.get()
    new.take_keys(api_key="rotated")
    new.forget_connection_test()
    monkeypatch.setattr(connection, "_tried", lambda biller: new.save() or Finding(True, "Yes."))
    finding = try_connection(tested)
    new.refresh_from_db()
    assert (finding.works, new.connection_works, new.connection_tested_at) == (False, False, None)
    assert finding.words == "The credentials or API details changed during the test. Test again."
    assert try_connection(new).works
    new.refresh_from_db()
    assert new.connection_works


def test_one_that_serves_keeps_its_host(operator: Client, new: Biller) -> None:
    make_ready(new, User.objects.get())
    new.serve(True)
    host = new.hosts.get()
    form = {"hosts-TOTAL_FORMS": "1", "hosts-INITIAL_FORMS": "1", "hosts-0-DELETE": "on"}
    form |= {"hosts-0-id": str(host.pk), "hosts-0-biller": str(new.pk), "hosts-0-host": host.host}
    form |= {"name": "Power", "slug": new.slug, "base_url": new.base_url, "accent": new.accent}
    form |= {"biller_guid": str(new.biller_guid), "support_phone": "311", "signup_proof": "zip"}
    answer = operator.post(f"/admin/icsso/biller/{new.pk}/change/", form)
    assert answer.status_code == 302
    new.refresh_from_db()
    assert (new.name, new.hosts.get()) == ("Power", host)


def test_what_is_not_changed_is_not_looked_up(
    operator: Client, new: Biller, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.INVOICE_CLOUD_PUBLIC_ONLY = True
    Biller.objects.update(extra_hosts="https://pay.example")
    asked: list[str] = []

    def away(host: str, *args: object, **kwargs: object) -> None:
        asked.append(host)
        raise OSError

    monkeypatch.setattr("icsso.billers.validators.getaddrinfo", away)
    act(operator, new, "support", support_phone="(217) 555-0199")
    assert Biller.objects.get().support_phone
    assert asked == []
    act(operator, new, "credentials", base_url="https://new.example", new_api_key="a-key")
    assert asked == ["new.example"]


def test_further_addresses_need_the_key_since_the_probe_looks_there(
    operator: Client, new: Biller, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_ready(new, User.objects.get())
    found = [(0, 0, 0, "", ("93.184.216.34", 443))]
    monkeypatch.setattr("icsso.billers.validators.getaddrinfo", lambda *args, **kwargs: found)
    entered = KEPT | {"extra_hosts": "https://api.invoicecloud.example"}
    refused = act(operator, new, "credentials", **entered)
    assert "Enter the API key again" in refused.content.decode()
    assert not Biller.objects.get().extra_hosts
    assert act(operator, new, "credentials", **entered, new_api_key="a-key").status_code == 302
    assert Biller.objects.get().extra_hosts == "https://api.invoicecloud.example"
    assert act(operator, new, "credentials", **entered).status_code == 302
