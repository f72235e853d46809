"""What `manage.py apply_retention` deletes, and why everything else is kept.

Every model is either here or in `kept.KEPT`; a test fails for a model that is in neither.
docs/privacy.md has both as a table.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from auditlog.models import LogEntry
from django.contrib.admin.models import LogEntry as AdminLogEntry
from django.contrib.sessions.models import Session
from django.db.models import Model, QuerySet
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import (
    AccountSync,
    CredentialChange,
    CustomerChange,
    FailedSignIn,
    Helper,
    SentEmail,
    Signup,
    StaffInvitation,
    UndeliveredEmail,
    UnknownAccount,
)
from cis.models import AccountImport
from icsso.billers.metrics.models import CallMeasure
from icsso.billers.probe_runs.models import ProbeRun
from inhance.retention.holds import KeptBy, everything, marked, nothing, whose
from inhance.retention.old_rows import (
    about_money,
    before,
    ended_changes,
    finished_tasks,
    never_paid,
    old_cells,
    old_entries,
    old_lists,
    over_invitations,
)
from payments.models import Checkout, FailedAttempt
from payments.models.reconciliation import Reconciliation
from payments.models.reconciliation_line import ReconciliationLine
from posting.models import WebhookAttempt
from reminders.models import PastReminder


class Rule(NamedTuple):
    """kind: its name in `RETENTION_DAYS`. data: what it is, for docs/privacy.md. counted: when the
    days start. old: the rows whose days are over. emptied: the fields that are emptied, with their
    new values; None if the rows are deleted. kept_by: what legal holds protect of them."""

    kind: str
    model: type[Model]
    data: str
    counted: str
    old: Callable[[], QuerySet[Any]]
    kept_by: KeptBy
    emptied: Callable[[], Mapping[str, Any]] | None = None


OF_OWNER, OF_HELPER = whose("owner__biller", "owner"), whose("owner__biller", "person")
RULES = (
    Rule(
        "sessions",
        Session,
        "sessions, and where members are signed in (device, shortened network address)",
        "end of the session",
        lambda: before(Session, "sessions", "expire_date"),
        nothing,
    ),
    Rule(
        "background_tasks",
        DBTaskResult,
        "finished background tasks; those of emails contain the email, encrypted",
        "end of the task",
        finished_tasks,
        nothing,
    ),
    Rule(
        "sign_ups_unfinished",
        Signup,
        "sign-ups whose link was never used (email, password hash)",
        "last link",
        lambda: before(Signup, "sign_ups_unfinished", "link_sent_at", finished_at=None),
        whose("biller", "member"),
    ),
    Rule(
        "sign_ups_finished",
        Signup,
        "sign-ups that were finished (email)",
        "end of the sign-up",
        lambda: before(Signup, "sign_ups_finished", "finished_at"),
        whose("biller", "member"),
    ),
    Rule(
        "credential_changes",
        CredentialChange,
        "changes of email addresses and passwords that have ended (new address)",
        "end of the change",
        ended_changes,
        whose("member__biller", "member"),
    ),
    Rule(
        "account_syncs",
        AccountSync,
        "account syncs of members; of each, the last ten at most",
        "start of the sync",
        lambda: before(AccountSync, "account_syncs", "started_at"),
        whose("member__biller", "member"),
    ),
    Rule(
        "unknown_accounts",
        UnknownAccount,
        "accounts that Invoice Cloud lists for a member and the CIS doesn't know",
        "last sync that listed it",
        lambda: before(UnknownAccount, "unknown_accounts", "seen_at"),
        whose("member__biller", "member"),
    ),
    Rule(
        "customer_changes",
        CustomerChange,
        "names of the customers before and after an account changed hands",
        "change",
        lambda: before(CustomerChange, "customer_changes", "at"),
        whose("account__biller"),
    ),
    Rule(
        "undelivered_emails",
        UndeliveredEmail,
        "emails that reached nobody (address, kind, answer of the mail server)",
        "last attempt",
        lambda: before(UndeliveredEmail, "undelivered_emails", "at"),
        whose("biller", "member"),
    ),
    Rule(
        "sent_emails",
        SentEmail,
        "emails that the mail server accepted (address, kind)",
        "sending",
        lambda: before(SentEmail, "sent_emails", "at"),
        whose("biller", "member"),
    ),
    Rule(
        "failed_sign_ins",
        FailedSignIn,
        "wrong passwords of members (device, shortened network address, no email)",
        "attempt",
        lambda: before(FailedSignIn, "failed_sign_ins", "at"),
        whose("biller", "member"),
    ),
    Rule(
        "staff_invitations",
        StaffInvitation,
        "invitations of staff that were accepted or revoked, or are over (email)",
        "invitation",
        over_invitations,
        whose("billers"),
    ),
    Rule(
        "helpers",
        Helper,
        "helpers whose access has ended, or whose invitation: the latest 30 days after its newest "
        "link (invited email, which accounts, when last used)",
        "end of the access",
        lambda: before(Helper, "helpers", "ended_at"),
        lambda rows, holds: OF_HELPER(OF_OWNER(rows, holds), holds),
    ),
    Rule(
        "audit_log",
        LogEntry,
        "audit log: who changed what, staff sign-ins, failed ones included; entries about money, "
        "exports, and erasures are kept",
        "entry",
        old_entries,
        marked,
    ),
    Rule(
        "audit_log",
        AdminLogEntry,
        "history of records in the admin; entries about money are kept",
        "entry",
        lambda: before(AdminLogEntry, "audit_log", "action_time").exclude(about_money()),
        everything,
    ),
    Rule(
        "import_rejects",
        AccountImport,
        "rejected rows of account files",
        "import",
        lambda: before(AccountImport, "import_rejects", "started_at").exclude(rejects=""),
        whose("biller"),
        lambda: {"rejects": ""},
    ),
    # The lists first: after that, the cells of their lines are not read again.
    Rule(
        "list_cells",
        Reconciliation,
        "first rows of these lists",
        "upload",
        lambda: old_lists().filter(emptied_at=None),
        whose("biller"),
        lambda: {"top": [], "emptied_at": timezone.now()},
    ),
    Rule(
        "list_cells",
        ReconciliationLine,
        "cells of Invoice Cloud's lists as they were uploaded; what was read from them is kept",
        "upload",
        old_cells,
        whose("reconciliation__biller"),
        lambda: {"cells": []},
    ),
    Rule(
        "checkouts_never_paid",
        Checkout,
        "checkouts without payment or postback",
        "start of the checkout",
        never_paid,
        whose("biller", "member"),
    ),
    Rule(
        "failed_attempts",
        FailedAttempt,
        "attempts to pay that failed (account, balance and due date then)",
        "attempt",
        lambda: before(FailedAttempt, "failed_attempts", "at"),
        whose("biller", "member"),
    ),
    Rule(
        "webhook_attempts",
        WebhookAttempt,
        "attempts to send webhooks (status, beginning of the answer); the delivery and its last "
        "result are kept",
        "attempt",
        lambda: before(WebhookAttempt, "webhook_attempts", "at"),
        whose("delivery__endpoint__biller"),
    ),
    Rule(
        "reminders",
        PastReminder,
        "reminders that were emailed, or closed on the dashboard",
        "reminder",
        lambda: before(PastReminder, "reminders", "at"),
        whose("member__biller", "member"),
    ),
    Rule(
        "probe_runs",
        ProbeRun,
        "runs of the probe (who started it)",
        "start of the run",
        lambda: before(ProbeRun, "probe_runs", "started_at"),
        whose("biller"),
    ),
    Rule(
        "call_metrics",
        CallMeasure,
        "response times of Invoice Cloud calls",
        "hour",
        lambda: before(CallMeasure, "call_metrics", "hour"),
        nothing,
    ),
)
