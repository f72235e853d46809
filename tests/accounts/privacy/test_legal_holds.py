"""A legal hold keeps a member's data, or all data of a biller, from being erased or deleted with
age."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.linked_accounts.balances import Balance
from accounts.linked_accounts.kept import keep
from accounts.linked_accounts.services import unlink
from accounts.models import AccountSync, FailedSignIn, LegalHold, Member, StaffInvitation
from accounts.privacy import export, services
from backoffice.audit.events import Event
from inhance.retention.rules import RULES
from tests.cast import LAUNDRY_EMAIL, Cast, other_biller

pytestmark = pytest.mark.django_db
HOLDS = "/admin/accounts/legalhold/"
CASE = "Case 17 of the county court"


def today(days: int = 0) -> date:
    return timezone.localdate() + timedelta(days=days)


def hold(cast: Cast, member: Member | None = None, *, days: int = 30) -> LegalHold:
    return LegalHold.objects.create(
        biller=cast.biller, member=member, reason=CASE, ends_on=today(days)
    )


def old_failures(cast: Cast) -> None:
    long_ago = timezone.now() - timedelta(days=999)
    for member in (cast.laundry, cast.neighbour):
        FailedSignIn.objects.create(biller=member.biller, member=member, at=long_ago)
    FailedSignIn.objects.create(biller=other_biller(), at=long_ago)


def kept() -> int:
    call_command("apply_retention", verbosity=0)
    return FailedSignIn.objects.count()


def test_a_members_hold_keeps_what_is_theirs(cast: Cast) -> None:
    old_failures(cast)
    made = hold(cast, cast.laundry)
    assert kept() == 1
    assert FailedSignIn.objects.get().member == cast.laundry
    made.end()
    assert kept() == 0


def test_a_billers_hold_keeps_all_of_it_and_nothing_of_others(cast: Cast) -> None:
    old_failures(cast)
    hold(cast)
    assert kept() == 2


def test_it_ends_with_its_last_day(cast: Cast) -> None:
    old_failures(cast)
    hold(cast, days=-1)
    assert kept() == 0


@pytest.mark.parametrize(
    ("zone", "utc", "lasts"),
    [
        ("America/Los_Angeles", "2026-12-02T06:00:00", True),  # 10 p.m. on its last day
        ("America/Los_Angeles", "2026-12-02T08:00:00", False),
        ("Pacific/Guam", "2026-12-01T13:59:00", True),
        ("Pacific/Guam", "2026-12-01T14:00:00", False),
    ],
)
def test_the_last_day_is_the_billers(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, *, zone: str, utc: str, lasts: bool
) -> None:
    old_failures(cast)
    cast.biller.time_zone = zone
    cast.biller.save()
    made = LegalHold.objects.create(biller=cast.biller, reason=CASE, ends_on=date(2026, 12, 1))
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    assert made.is_in_effect is lasts
    assert LegalHold.objects.in_effect().exists() is lasts
    assert LegalHold.objects.holding(cast.laundry).exists() is lasts
    assert kept() == (2 if lasts else 0)


def test_every_rule_can_be_held(cast: Cast) -> None:
    """The lookups of all of them exist, and rows that belong to no single member are kept too."""
    hold(cast, cast.laundry)
    invitation = StaffInvitation.objects.create(
        email="new@example.com",
        invited_at=timezone.now() - timedelta(days=999),
        revoked_at=timezone.now(),
    )
    invitation.billers.add(cast.biller)
    entry = LogEntry.objects.get_for_object(cast.laundry).first()
    about_others = LogEntry.objects.log_create(other_biller(), force_log=True, action=0)
    LogEntry.objects.update(timestamp=timezone.now() - timedelta(days=9999))
    call_command("apply_retention", verbosity=0)
    assert StaffInvitation.objects.filter(pk=invitation.pk).exists()
    assert entry is None or LogEntry.objects.filter(pk=entry.pk).exists()
    assert about_others is not None
    assert not LogEntry.objects.filter(pk=about_others.pk).exists()
    assert len(RULES) > 10


@pytest.mark.parametrize("write", [export.as_json, export.as_html])
def test_an_export_does_not_tell_of_it(
    cast: Cast, write: Callable[[Member], Iterator[str]]
) -> None:
    hold(cast, cast.laundry)
    told = "".join(write(cast.laundry)).lower()
    assert LAUNDRY_EMAIL in told
    for words in ("legal_hold", "legal hold", CASE.lower()):
        assert words not in told


def test_a_member_may_go_on_and_the_log_keeps_what_was_linked(cast: Cast) -> None:
    hold(cast, cast.laundry)
    link = cast.laundry.links.get()
    key = link.pk
    unlink(link)
    link.pk = key
    entry = LogEntry.objects.get_for_object(link).get(action=LogEntry.Action.DELETE)
    assert {"account", "origin", "linked_at", "note"} <= entry.changes.keys()


def test_no_sync_is_deleted_meanwhile(cast: Cast) -> None:
    made = hold(cast, cast.laundry)
    for _ in range(AccountSync.KEPT + 2):
        AccountSync.objects.create(member=cast.laundry).end()
    assert AccountSync.objects.count() == AccountSync.KEPT + 2
    made.end()
    AccountSync.objects.create(member=cast.laundry).end()
    assert AccountSync.objects.count() == AccountSync.KEPT


@pytest.mark.parametrize("of_all", [False, True])
def test_nobody_is_erased_meanwhile(administrator: Client, cast: Cast, *, of_all: bool) -> None:
    made = hold(cast, None if of_all else cast.laundry)
    with pytest.raises(services.OnHold):
        services.erase(cast.laundry)
    page = f"/admin/accounts/member/{cast.laundry.pk}/erase/"
    shown = administrator.get(page).content.decode()
    assert CASE in shown
    assert "Erase this member" not in shown
    posted = {"reason": "asked by letter", "checked": "on", "stopped": "on"}
    assert CASE in administrator.post(page, posted, follow=True).content.decode()
    customer = administrator.get(f"/admin/accounts/member/{cast.laundry.pk}/change/")
    assert "legal hold" in customer.content.decode()
    made.end()
    assert services.erase(cast.laundry)


def test_one_is_placed_from_the_members_page_and_ended_with_a_reason(
    administrator: Client, cast: Cast
) -> None:
    page = administrator.get(f"{HOLDS}add/?member={cast.laundry.pk}").content.decode()
    assert f'value="{LAUNDRY_EMAIL}"' in page
    entered = {
        "biller": cast.biller.pk,
        "email": LAUNDRY_EMAIL.upper(),
        "reason": CASE,
        "ends_on": today(30).isoformat(),
    }
    administrator.post(f"{HOLDS}add/", entered)
    made = LegalHold.objects.get()
    assert (made.member, made.reason, made.is_in_effect) == (cast.laundry, CASE, True)
    assert str(made.by) == "administrator@springfield-water.example"
    assert "in effect" in administrator.get(HOLDS).content.decode()
    administrator.post(f"{HOLDS}{made.pk}/end/", {"reason": "The case is over."})
    made.refresh_from_db()
    assert not made.is_in_effect
    ended = LogEntry.objects.get(additional_data__event=Event.HOLD_ENDED)
    assert ended.additional_data["reason"] == "The case is over."
    assert LogEntry.objects.get_for_object(made).filter(action=LogEntry.Action.CREATE).exists()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"email": "nobody@example.com"}, "no member with this email"),
        ({"ends_on": "2001-01-01"}, "from today to ten years"),
        ({"reason": ""}, "This field is required"),
    ],
)
def test_what_is_refused(
    administrator: Client, cast: Cast, changes: dict[str, str], why: str
) -> None:
    entered = {"biller": cast.biller.pk, "reason": CASE, "ends_on": today(3).isoformat()}
    assert why in administrator.post(f"{HOLDS}add/", {**entered, **changes}).content.decode()
    assert not LegalHold.objects.exists()


def test_the_page_says_where_autopay_was_on(administrator: Client, cast: Cast) -> None:
    page = f"/admin/accounts/member/{cast.laundry.pk}/erase/"
    assert "AutoPay was on" not in administrator.get(page).content.decode()
    account = cast.laundry.all_links.first().account
    assert keep(account.pk, Balance(amount=Decimal(account.pk), autopay=True))
    shown = administrator.get(page).content.decode()
    warning = shown.split("AutoPay was on")[1].split("</div>")[0]
    assert account.account_number in warning
