"""Who did what: written down, without secrets, and read by those whose biller it concerns."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.admin import site
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import LegalHold, StaffInvitation, UnlinkedAccount, User
from backoffice.audit.changes import changes_of
from backoffice.audit.events import Event
from backoffice.audit.registry import Audited
from backoffice.roles import ROLES
from icsso.billers.models import Biller
from icsso.billers.onboarding.models import SettingCheck
from payments.models.reconciliation_line import Resolution
from tests.backoffice.admin_addresses import one_of_everything
from tests.cast import LAUNDRY_EMAIL, STAFF_PASSWORD, Cast, other_biller, staff
from tests.whole_dates import spaced

LOG = "/admin/auditlog/logentry/"
FIREFOX = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
def administrator(cast: Cast) -> User:
    return staff("administrator", cast.biller)


@pytest.fixture
def reader(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def sign_in(email: str, password: str, headers: Mapping[str, str] = FIREFOX) -> Client:
    client = Client(headers=headers)
    client.post("/admin/login/", {"username": email, "password": password})
    return client


def event(kind: Event) -> Any:
    return LogEntry.objects.get(additional_data__event=kind)


def test_signing_in_and_out_of_staff_is_written_down(administrator: User) -> None:
    sign_in(administrator.email, STAFF_PASSWORD).post("/admin/logout/")
    entry = event(Event.SIGNED_IN)
    assert entry.actor == administrator
    assert entry.additional_data["from"] == "Firefox · Windows · 127.0.0.x"
    assert event(Event.SIGNED_OUT).actor == administrator


def test_what_support_did_is_found_by_the_address_of_who_did_it(reader: Client, cast: Cast) -> None:
    clerk = staff("support", cast.biller)
    support = sign_in(clerk.email, STAFF_PASSWORD)
    support.post(f"/admin/accounts/member/{cast.laundry.pk}/unlock/")
    page = reader.get(f"{LOG}?q={clerk.email}").content.decode()
    assert f"user: {LAUNDRY_EMAIL}" in page.replace("<wbr>", "")


def test_a_wrong_password_is_found_by_the_address_and_is_not_in_the_log(
    administrator: User,
) -> None:
    sign_in(administrator.email, "not quite the right one")
    entry = event(Event.WRONG_PASSWORD)
    assert (entry.actor, entry.object_repr) == (None, administrator.email)
    assert "not quite" not in repr(LogEntry.objects.values())


def test_what_nobody_is_called_is_not_kept(administrator: User) -> None:
    sign_in("my own secret, typed into the wrong field", "x")
    assert event(Event.WRONG_PASSWORD).object_repr == "unknown user"
    assert "my own secret" not in repr(LogEntry.objects.values())


def test_members_signing_in_are_not_in_it(cast: Cast) -> None:
    Client().post("/accounts/login/", {"username": LAUNDRY_EMAIL, "password": "wrong"})
    Client().force_login(cast.laundry)
    assert not LogEntry.objects.filter(additional_data__has_key="event").exists()


def test_no_header_of_a_client_gets_into_it(administrator: User) -> None:
    headers = {"X-Correlation-ID": "x" * 400, "X-Forwarded-Port": "9" * 20}
    sign_in(administrator.email, STAFF_PASSWORD, headers)
    entry = event(Event.SIGNED_IN)
    assert "xxx" not in entry.cid
    assert entry.remote_port is None


def test_it_is_read_in_the_admin_and_never_written(reader: Client, cast: Cast) -> None:
    account = cast.account("10000101")
    account.name = "Willows & Sons"
    account.save()
    page = reader.get(f"{LOG}?q=10000101").content.decode()
    assert "utility account: 10000101" in page
    entry = LogEntry.objects.get_for_object(account).latest("timestamp")
    shown = reader.get(f"{LOG}{entry.pk}/change/").content.decode()
    assert "Willows &amp; Sons" in shown
    assert reader.get(f"{LOG}add/").status_code == 403
    assert reader.post(f"{LOG}{entry.pk}/change/", {"who": "me"}).status_code == 403
    assert reader.post(f"{LOG}{entry.pk}/delete/", {"post": "yes"}).status_code == 403


def test_entries_of_another_biller_are_not_there(reader: Client, cast: Cast) -> None:
    elsewhere = other_biller()
    stranger = User.objects.create(email="stranger@example.com", biller=elsewhere)
    staff("support", elsewhere)
    page = reader.get(LOG).content.decode().replace("<wbr>", "")
    assert LAUNDRY_EMAIL in page
    assert "stranger@example.com" not in page
    assert "shelbyville" not in page.lower()
    theirs = LogEntry.objects.get_for_object(stranger).first()
    assert reader.get(f"{LOG}{theirs.pk}/change/").status_code == 302


def test_who_works_for_two_billers_is_shown_to_each_without_the_other(
    reader: Client, cast: Cast
) -> None:
    both = staff("support", cast.biller)
    elsewhere = other_biller()
    both.billers.add(elsewhere)
    both.groups.add(Group.objects.get(name="finance"))
    for entry in LogEntry.objects.get_for_object(both):
        shown = reader.get(f"{LOG}{entry.pk}/change/", follow=True).content.decode()
        assert "Shelbyville" not in shown
    both.billers.remove(elsewhere)
    changes = [entry.changes for entry in LogEntry.objects.get_for_object(both)]
    assert {"billers": ["Shelbyville Power", ""]} in changes


def test_who_invited_a_staff_user_to_a_role_is_read_by_their_biller_alone(
    reader: Client, cast: Cast, administrator: User
) -> None:
    chosen = {"billers": cast.biller.pk, "roles": Group.objects.get(name="support").pk}
    person = {"email": "clerk@example.com", "language": "en"}
    reader.post("/admin/accounts/staffinvitation/add/", person | chosen)
    entries = LogEntry.objects.get_for_object(StaffInvitation.objects.get())
    elsewhere = Client()
    elsewhere.force_login(staff("administrator", other_biller()))
    made = entries.get(action=LogEntry.Action.CREATE)
    for entry in (made, entries.get(changes__has_key="roles")):
        assert entry.actor == administrator
        assert "clerk@example.com" in reader.get(f"{LOG}{entry.pk}/change/").content.decode()
        assert elsewhere.get(f"{LOG}{entry.pk}/change/").status_code == 302


def test_a_role_that_comes_with_another_biller_is_read_by_the_old_and_the_new_one(
    client: Client, cast: Cast
) -> None:
    clerk, elsewhere = staff("support", cast.biller), other_biller()
    client.force_login(User.objects.create_superuser("boss@example.com"))
    chosen = {"billers": elsewhere.pk, "groups": Group.objects.get(name="finance").pk}
    known = {"email": clerk.email, "language": "en", "is_active": "on", "is_staff": "on"}
    client.post(f"/admin/accounts/staffuser/{clerk.pk}/change/", known | chosen)
    given = LogEntry.objects.get_for_object(clerk).filter(changes__has_key="groups").first()
    assert set(given.additional_data) == {f"biller:{cast.biller.pk}", f"biller:{elsewhere.pk}"}


def test_entries_survive_what_they_are_about(reader: Client, cast: Cast) -> None:
    link = cast.laundry.links.get()
    reader.post(f"/admin/accounts/linkedaccount/{link.pk}/unlink/", {"reason": "Moved out"})
    page = reader.get(f"{LOG}?action__exact=2").content.decode()
    assert "linked account: 10000101" in page
    assert "administrator@springfield-water.example" in page


def test_a_key_is_told_by_its_name(reader: Client, cast: Cast) -> None:
    cast.biller.api_key = "marker-of-a-new-key"
    cast.biller.save()
    entry = LogEntry.objects.get_for_object(cast.biller).first()
    assert entry.changes["api_key"] == ["•••", "•••"]
    assert "API key" in reader.get(LOG).content.decode()
    assert "marker" not in repr(LogEntry.objects.values())


def test_it_can_be_asked_for_one_kind_of_event(reader: Client, administrator: User) -> None:
    sign_in(administrator.email, "wrong")
    with CaptureQueriesContext(connection) as queries:
        page = reader.get(f"{LOG}?event=wrong-password").content.decode()
    assert "sign-in failed: wrong password" in page
    assert "utility account" not in page
    assert len(queries) <= 12, [query["sql"][:90] for query in queries]


def test_support_and_finance_do_not_read_it(client: Client, cast: Cast) -> None:
    for role in ("support", "finance"):
        client.force_login(staff(role, cast.biller))
        assert client.get(LOG).status_code == 403


def test_what_a_role_may_change_is_written_down_and_read_by_its_billers() -> None:
    changed = {
        model
        for model in site._registry
        for role in ROLES.values()
        for act in ("add", "change", "delete")
        if f"{model._meta.app_label}.{act}_{model._meta.model_name}" in role
    }
    assert UnlinkedAccount in changed
    assert [model for model in changed if not auditlog.contains(model)] == []
    assert [model for model in changed if not issubclass(model, Audited)] == []


def test_its_biller_reads_that_an_account_may_come_back(
    reader: Client, cast: Cast, administrator: User
) -> None:
    unlinked = cast.laundry.unlinked_accounts.create(account=cast.account("10000104"))
    reader.post(f"/admin/accounts/unlinkedaccount/{unlinked.pk}/delete/", {"post": "yes"})
    assert not cast.laundry.unlinked_accounts.exists()
    entry = LogEntry.objects.get(action=LogEntry.Action.DELETE, actor=administrator)
    assert entry.object_repr == "10000104 · " + LAUNDRY_EMAIL
    assert entry.additional_data == {f"biller:{cast.biller.pk}": True}
    assert entry.object_repr in reader.get(LOG).content.decode()


def test_of_what_is_new_it_tells_the_fields_and_not_what_may_point_to_it(cast: Cast) -> None:
    changes = LogEntry.objects.get_for_object(cast.laundry).get(action=0).changes
    assert {"email", "password", "is_active"} <= set(changes)
    assert not {"checkouts", "links", "credential_changes"} & set(changes)


def test_values_and_the_heading_are_in_the_readers_language(reader: Client, cast: Cast) -> None:
    made = LogEntry.objects.get_for_object(cast.laundry).first()
    assert made
    address = f"/admin/auditlog/logentry/{made.pk}/change/"
    page = reader.get(address, headers={"accept-language": "es"}).content.decode()
    assert "<h1>Se agregó · usuario: laundry@example.com</h1>" in page
    assert '<td data-label="Después">Sí</td>' in page
    assert ">True</td>" not in page
    assert ">None</td>" not in page


@pytest.mark.parametrize(("language", "key"), [("en", "API key"), ("es", "Clave de API")])
def test_names_of_fields_keep_their_capital_letters(
    reader: Client, cast: Cast, language: str, key: str
) -> None:
    cast.biller.api_key = "marker-of-a-new-key"
    cast.biller.save()
    entry = LogEntry.objects.get_for_object(cast.biller).first()
    assert entry
    address = f"/admin/auditlog/logentry/{entry.pk}/change/"
    page = reader.get(address, headers={"accept-language": language}).content.decode()
    assert re.search(rf'<th scope="row">{key}</th><td data-label="\w+">•••</td>', page)
    made = LogEntry.objects.get_for_object(cast.biller).get(action=LogEntry.Action.CREATE)
    for change in changes_of(made):
        assert change.name in {str(field.verbose_name) for field in Biller._meta.fields}


def test_records_that_came_and_went_are_before_and_after(
    reader: Client, cast: Cast, administrator: User
) -> None:
    role = Group.objects.get(name="finance")
    administrator.groups.add(role)
    administrator.groups.remove(role)
    gone, came = LogEntry.objects.get_for_object(administrator).filter(changes__has_key="groups")[
        :2
    ]
    with translation.override("es"):
        assert [(each.before, each.after) for each in changes_of(came)] == [("–", "finanzas")]
        assert [(each.before, each.after) for each in changes_of(gone)] == [("finanzas", "–")]


@pytest.mark.parametrize(
    ("language", "day"), [("en", "Nov 12, 2027"), ("es", "12 de noviembre de 2027")]
)
def test_days_are_in_words(cast: Cast, language: str, day: str) -> None:
    hold = LegalHold.objects.create(
        biller=cast.biller, reason="Case 17", ends_on=date(2027, 11, 12)
    )
    entry = LogEntry.objects.get_for_object(hold).get()
    with translation.override(language):
        assert day in {spaced(change.after) for change in changes_of(entry)}


def test_records_are_stored_under_one_name_in_every_language(cast: Cast) -> None:
    """The log's search finds records by the name that was stored."""
    one_of_everything(cast)
    others = [
        SettingCheck(setting=SettingCheck.Setting.values[0]),
        Resolution(kind=Resolution.Kind.values[0]),
    ]
    audited = auditlog.get_models()
    records = [record for model in audited for record in model._base_manager.all()[:20]] + others
    for record in records:
        with translation.override("en"):
            name = str(record)
        with translation.override("es"):
            assert str(record) == name, record._meta.label
        assert "\N{NO-BREAK SPACE}" not in name, record._meta.label
    assert {type(record) for record in records} >= set(audited)
