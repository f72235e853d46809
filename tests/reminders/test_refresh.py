"""Members with a few accounts are reminded of bills that they have not looked at."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.linked_accounts import balances, kept, refresh
from accounts.linked_accounts.balance import Balance
from accounts.models import LinkedAccount, Member
from icsso.client.errors import InvoiceCloudUnavailable
from reminders import refresh as needed
from reminders.emails import send_reminders
from reminders.models import CalendarFeed, ReminderOptOut
from tests.cast import Cast
from tests.reminders.test_emails import morning

pytestmark = pytest.mark.django_db
LAUNDRY, NEIGHBOUR = "10000101", "10000102"


class There:
    """Stands for Invoice Cloud, where every bill is due in four days."""

    def __init__(self, cast: Cast) -> None:
        self.asked, self.error = list[str](), None
        self.due = cast.biller.today() + timedelta(days=4)

    def ask(self, account: Any, **_: Any) -> Balance:
        self.asked.append(account.account_number)
        if self.error:
            raise self.error
        zone = account.biller.zone
        balance = Balance(amount=Decimal("84.20"), due_date=self.due, zone=zone)
        kept.keep(account.pk, balance)
        return balance


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch, cast: Cast) -> There:
    there = There(cast)
    monkeypatch.setattr(balances, "ask", there.ask)
    Member.objects.update(last_login=timezone.now() - timedelta(days=100))
    cast.biller.sends_reminders = True
    cast.biller.save()
    ReminderOptOut.objects.create(member=cast.manager)
    return there


def test_a_bill_that_nobody_looked_at_is_reminded_of(there: There, cast: Cast) -> None:
    assert send_reminders(morning(cast)) == 0
    assert refresh.refresh_all() == 2
    assert set(there.asked) == {LAUNDRY, NEIGHBOUR}
    assert send_reminders(morning(cast)) == 2
    assert {sent.to[0] for sent in mail.outbox} == {cast.laundry.email, cast.neighbour.email}


def test_not_again_for_two_days_nor_while_it_is_due_later(there: There, cast: Cast) -> None:
    there.due += timedelta(days=2)
    assert [refresh.refresh_all() for _ in range(3)] == [2, 0, 0]
    three_days_ago = timezone.now() - timedelta(days=3)
    LinkedAccount.objects.update(asked_at=three_days_ago)
    assert refresh.refresh_all() == 0
    LinkedAccount.objects.update(due_on=cast.biller.today() + timedelta(days=5))
    assert refresh.refresh_all() == 2


def test_only_for_those_who_are_reminded(there: There, cast: Cast) -> None:
    ReminderOptOut.objects.create(member=cast.laundry)
    Member.objects.filter(pk=cast.neighbour.pk).update(is_active=False)
    assert refresh.refresh_all() == 0
    CalendarFeed.renew(cast.laundry)
    cast.biller.sends_reminders = False
    cast.biller.save()
    Member.objects.update(is_active=True)
    assert refresh.refresh_all() == 1
    assert there.asked == [LAUNDRY]


def test_after_the_managers_and_within_the_same_bound(
    there: There, cast: Cast, settings: Settings
) -> None:
    settings.BALANCES_PER_RUN = 41
    Member.objects.filter(pk=cast.manager.pk).update(last_login=timezone.now())
    assert refresh.refresh_all() == 41
    assert there.asked[-1] in {LAUNDRY, NEIGHBOUR}
    assert refresh.refresh_all() == 1
    assert len(set(there.asked)) == 42


def test_goes_on_where_it_ended(there: There, cast: Cast, settings: Settings) -> None:
    settings.BALANCES_PER_RUN = 1
    assert [refresh.refresh_all() for _ in range(3)] == [1, 1, 0]
    assert set(there.asked) == {LAUNDRY, NEIGHBOUR}


def test_some_members_in_each_run(
    there: There, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needed, "MEMBERS", 1)
    assert [refresh.refresh_all() for _ in range(3)] == [1, 1, 0]
    cache.clear()
    LinkedAccount.objects.update(asked_at=None)
    assert refresh.refresh_all() == 1  # from the beginning


def test_stops_when_invoice_cloud_is_not_available(there: There, cast: Cast) -> None:
    there.error = InvoiceCloudUnavailable("account", "not called")
    assert refresh.refresh_all() == 1
    there.error = None
    assert refresh.refresh_all() == 1  # the other one: this account counts as asked for
