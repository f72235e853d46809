"""What is deleted once its days are over, what is kept, and that nothing has been forgotten."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from accounts.models import (
    CredentialChange,
    CustomerChange,
    SignIn,
    Signup,
    StaffInvitation,
    UndeliveredEmail,
)
from accounts.privacy.services import erase
from backoffice.retention import kept_since
from cis.models import AccountImport
from icsso.billers.metrics.models import CallMeasure
from inhance.retention import services
from inhance.retention.kept import KEPT
from inhance.retention.periods import DEFAULTS, WrongRetention, retention_days
from inhance.retention.rules import RULES
from inhance.retention.table import table
from payments.models import Checkout, Payment, Postback
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from payments.reconciliation.stored_table import why_fixed
from tests.cast import Cast, staff
from tests.payments.paying import members, postback_fields, send_postback

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "privacy.md"


def ago(days: float) -> Any:
    return timezone.now() - timedelta(days=days)


def run(*options: str) -> str:
    said = StringIO()
    call_command("apply_retention", *options, stdout=said)
    return said.getvalue()


def test_every_model_has_a_rule_or_a_reason_to_be_kept() -> None:
    ruled = {rule.model._meta.label for rule in RULES}
    known = ruled | set(KEPT)
    models = {
        model._meta.concrete_model._meta.label  # type: ignore[union-attr]
        for model in apps.get_models()
    }
    assert models - known == set()
    assert set(KEPT) - models == set()
    assert not ruled & set(KEPT)


def test_every_kind_has_its_days() -> None:
    assert {rule.kind for rule in RULES} == set(DEFAULTS)


def test_the_document_says_the_same() -> None:
    assert table() in DOCUMENT.read_text()


def test_days_are_changed_by_the_setting() -> None:
    changed = retention_days({"audit_log": 30, "list_cells": None})
    assert changed == {**DEFAULTS, "audit_log": 30, "list_cells": None}


@pytest.mark.parametrize(
    "wrong", [[], {"no_such_kind": 1}, {"audit_log": -1}, {"audit_log": "1"}, {"audit_log": True}]
)
def test_a_wrong_setting_stops_the_start(wrong: object) -> None:
    with pytest.raises(WrongRetention):
        retention_days(wrong)


def test_what_is_kept_forever_has_no_end(settings: Settings) -> None:
    settings.RETENTION_DAYS = retention_days({"audit_log": None})
    assert kept_since("audit_log") < ago(50 * 365)


@pytest.mark.parametrize(("days", "is_kept"), [(6.9, True), (7.1, False)])
def test_sign_ups_that_nobody_finished(cast: Cast, days: float, is_kept: bool) -> None:
    for email, finished_at in (("rosa@example.com", None), ("mei@example.com", ago(days))):
        Signup.objects.create(
            biller=cast.biller,
            email=email,
            link_digest=email,
            link_sent_at=ago(days),
            finished_at=finished_at,
        )
    run()
    assert Signup.objects.filter(finished_at=None).exists() == is_kept
    assert Signup.objects.exclude(finished_at=None).exists()


def test_old_rows_of_each_kind_go_and_new_ones_stay(cast: Cast) -> None:
    change = {"member": cast.laundry, "kind": "reset"}
    for days in (1, 4000):
        CredentialChange.objects.create(**change, ended_at=ago(days))
        UndeliveredEmail.objects.create(
            biller=cast.biller, email="rosa@example.com", reason="refused", at=ago(days)
        )
        account = cast.account("10000103" if days == 1 else "10000104")
        CustomerChange.objects.create(account=account, before="A", after="B", at=ago(days))
        CallMeasure.objects.create(
            biller=cast.biller, operation="account", hour=ago(days), milliseconds=50, calls=1
        )
        DBTaskResult.objects.create(
            args_kwargs={}, run_after=ago(days), finished_at=ago(days), priority=0
        )
        invitation = StaffInvitation.objects.create(
            email="a@example.com", invited_at=ago(days), confirmed_at=ago(days)
        )
        StaffInvitation.objects.filter(pk=invitation.pk).update(accepted_at=ago(days))
    CredentialChange.objects.create(**change, asked_at=ago(4000))  # has not ended
    kinds = (UndeliveredEmail, CustomerChange, CallMeasure, DBTaskResult, StaffInvitation)
    run()
    assert {model.objects.count() for model in kinds} == {1}  # type: ignore[attr-defined]
    assert CredentialChange.objects.count() == 2


def test_the_audit_log_forgets_and_writes_nothing_about_it(cast: Cast) -> None:
    staff("support", cast.biller)
    number = LogEntry.objects.count()
    assert number
    LogEntry.objects.update(timestamp=ago(1094))
    run()
    assert LogEntry.objects.count() == number
    LogEntry.objects.update(timestamp=ago(1096))
    StaffInvitation.objects.create(email="a@example.com", invited_at=ago(400), revoked_at=ago(400))
    LogEntry.objects.filter(object_repr="a@example.com").delete()
    run()
    assert not LogEntry.objects.exists()


def test_an_invitation_that_waits_for_a_superuser_stays(db: None) -> None:
    StaffInvitation.objects.create(email="a@example.com", invited_at=ago(400), accepted_at=ago(399))
    run()
    assert StaffInvitation.objects.exists()


def test_sessions_go_when_they_have_ended_with_where_they_were(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.laundry)
    assert SignIn.objects.exists()
    run()
    assert Session.objects.exists()
    Session.objects.update(expire_date=ago(0.01))
    run()
    assert not Session.objects.exists()
    assert not SignIn.objects.exists()


def test_payments_and_what_proves_them_stay_however_old(cast: Cast) -> None:
    paid, abandoned = members(cast, "10000101"), members(cast, "10000103")
    send_postback(Client(), paid, postback_fields(paid))
    Checkout.objects.update(created_at=ago(5000))
    Payment.objects.update(created_at=ago(5000))
    Postback.objects.update(received_at=ago(5000))
    run()
    assert list(Checkout.objects.all()) == [paid]
    assert Payment.objects.exists()
    assert Postback.objects.exists()
    assert not Checkout.objects.filter(pk=abandoned.pk).exists()


def test_a_checkout_on_a_list_stays(cast: Cast) -> None:
    checkout = members(cast, "10000103")
    uploaded = a_list(cast, days=1)
    ReconciliationLine.objects.create(reconciliation=uploaded, number=2, checkout=checkout)
    Checkout.objects.update(created_at=ago(5000))
    run()
    assert Checkout.objects.exists()


def a_list(cast: Cast, *, days: int, **fields: Any) -> Reconciliation:
    boss = staff("finance", cast.biller)
    return Reconciliation.objects.create(
        **{"matched_at": ago(days), **fields},
        biller=cast.biller,
        first_day=ago(days).date(),
        last_day=ago(days).date(),
        header=["Account"],
        top=[[1, ["Account"]], [2, ["10000103"]]],
        uploaded_by=boss,
        uploaded_at=ago(days),
    )


def test_cells_of_an_old_list_go_and_what_was_read_stays(cast: Cast) -> None:
    old = a_list(cast, days=401)
    ReconciliationLine.objects.create(
        reconciliation=old, number=2, cells=["10000103"], account_number="10000103"
    )
    run()
    line = ReconciliationLine.objects.get()
    assert (line.cells, line.account_number) == ([], "10000103")
    old.refresh_from_db()
    assert old.top == []
    assert why_fixed(old)


@pytest.mark.parametrize("fields", [{"days": 399}, {"days": 401, "matched_at": None}])
def test_cells_that_may_be_read_again_stay(cast: Cast, fields: dict[str, Any]) -> None:
    ReconciliationLine.objects.create(
        reconciliation=a_list(cast, **fields), number=2, cells=["10000103"]
    )
    run()
    assert ReconciliationLine.objects.get().cells == ["10000103"]


def test_rejected_rows_of_old_imports_go(cast: Cast) -> None:
    for days in (29, 31, 300):
        AccountImport.objects.create(biller=cast.biller, started_at=ago(days), rejects="Carl")
    run()
    assert list(AccountImport.objects.values_list("rejects", flat=True)) == ["Carl", "", ""]


def test_a_dry_run_says_how_much_and_deletes_nothing(cast: Cast) -> None:
    for days in (1, 91, 92):
        UndeliveredEmail.objects.create(
            biller=cast.biller, email="rosa@example.com", reason="refused", at=ago(days)
        )
    said = run("--dry-run")
    assert "2 would be deleted: emails that reached nobody" in said
    assert UndeliveredEmail.objects.count() == 3
    assert "2 deleted: emails that reached nobody" in run()
    assert "0 deleted: emails that reached nobody" in run()


def test_many_go_in_batches(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    UndeliveredEmail.objects.bulk_create(
        UndeliveredEmail(biller=cast.biller, email="a@example.com", reason="refused", at=ago(91))
        for _number in range(5)
    )
    assert "5 deleted: emails that reached nobody" in run()
    assert not UndeliveredEmail.objects.exists()


def test_what_is_fresh_again_stays(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The link is sent again after its row was found and before the row is deleted."""
    signup = Signup.objects.create(
        biller=cast.biller, email="a@example.com", link_digest="a", link_sent_at=ago(8)
    )
    locked = services._locked

    def send_again(*found: Any) -> Any:
        Signup.objects.filter(pk=signup.pk).update(link_sent_at=timezone.now())
        return locked(*found)

    monkeypatch.setattr(services, "_locked", send_again)
    run()
    assert Signup.objects.exists()


def test_a_rule_that_fails_does_not_end_the_others(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Any:
        raise DatabaseError

    UndeliveredEmail.objects.create(
        biller=cast.biller, email="a@example.com", reason="refused", at=ago(91)
    )
    monkeypatch.setattr(services, "RULES", (RULES[0]._replace(old=fail), *RULES[1:]))
    with pytest.raises(CommandError, match="sessions"):
        run()
    assert not UndeliveredEmail.objects.exists()


def test_who_touched_money_and_that_data_was_erased_is_not_forgotten(cast: Cast) -> None:
    a_list(cast, days=1)
    erase(cast.neighbour)
    cast.laundry.email = "new@example.com"
    cast.laundry.save()
    LogEntry.objects.update(timestamp=ago(4000))
    run()
    kept = LogEntry.objects.values_list("content_type__model", "additional_data__event")
    assert set(kept) == {("reconciliation", None), ("user", "erased")}
