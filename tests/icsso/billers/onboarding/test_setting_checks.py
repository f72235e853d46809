"""What staff saw of the settings at Invoice Cloud that the portal depends on."""

import pytest
from auditlog.models import LogEntry as AuditLogEntry
from django.test import Client

from accounts.models import User
from icsso.billers.models import Biller
from icsso.billers.onboarding import steps as readiness
from icsso.billers.onboarding.models import SettingCheck
from tests.icsso.billers.onboarding.going_live import act, make_ready, page, saw


@pytest.mark.parametrize(
    ("setting", "right", "wrong"),
    [
        ("setting-129", "on", "off"),
        ("password-pages", "customers can't change it there", "customers can change it there"),
    ],
)
def test_a_setting_at_invoice_cloud_is_noted_with_who_and_when(
    operator: Client, new: Biller, setting: str, right: str, wrong: str
) -> None:
    make_ready(new, User.objects.get())
    new.setting_checks.filter(setting=setting).delete()
    assert "Not checked yet." in page(operator, new)
    assert len(readiness.missing(new)) == 1
    act(operator, new, "open")
    assert not Biller.objects.get().is_active
    saw(operator, new, setting, "wrong")
    assert f"Checked: {wrong}" in page(operator, new)
    assert len(readiness.missing(new)) == 1
    saw(operator, new, setting, "right")
    check = new.setting_checks.get(setting=setting)
    assert (check.is_right, check.checked_by) == (True, "operator@example.com")
    assert f"Checked: {right}" in page(operator, new)
    assert readiness.missing(new) == []


def test_what_was_seen_earlier_stays_in_the_audit_log(operator: Client, new: Biller) -> None:
    saw(operator, new, "password-pages", "wrong")
    saw(operator, new, "password-pages", "right")
    entries = AuditLogEntry.objects.filter(content_type__model="settingcheck").order_by("pk")
    assert [entry.changes["is_right"] for entry in entries] == [
        ["None", "False"],
        ["False", "True"],
    ]
    assert {entry.actor_email for entry in entries} == {"operator@example.com"}
    assert all(f"biller:{new.pk}" in entry.additional_data for entry in entries)


def test_only_what_can_be_seen_is_noted(operator: Client, new: Biller) -> None:
    assert saw(operator, new, "setting-130", "right").status_code == 404
    assert saw(operator, new, "setting-129", "perhaps").status_code == 400
    assert not SettingCheck.objects.exists()


def test_who_saw_a_setting_stays_when_the_person_goes(new: Biller) -> None:
    seer = User.objects.create_user("seer@example.com", is_staff=True)
    SettingCheck.record(new, "setting-129", is_right=True, by=seer.email)
    seer.delete()
    assert new.setting_checks.get().checked_by == "seer@example.com"
