"""A biller's time zone: what can be chosen, and who decides what today is."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.linked_accounts.balance import Balance
from accounts.linked_accounts.received import of_member
from accounts.models import User
from accounts.templatetags.balance_words import due_in_words
from icsso.billers.announcements.models import Announcement
from icsso.billers.models import Biller
from icsso.billers.time_zones import UNITED_STATES, choices
from payments.models import Payment
from tests.cast import Cast, other_biller, staff
from tests.icsso.billers.announcements.test_announcements import posted
from tests.whole_dates import whole

CALIFORNIA = "America/Los_Angeles"
DUE = date(2026, 11, 28)
ELEVEN_PM = datetime(2026, 11, 29, 7, 0, tzinfo=UTC)  # in California, on the due date


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(timezone, "now", lambda: ELEVEN_PM)
    return ELEVEN_PM


def balance(zone: str) -> Balance:
    return Balance(amount=Decimal("84.20"), due_date=DUE, zone=ZoneInfo(zone))


@pytest.mark.usefixtures("night")
def test_a_bill_is_overdue_when_the_day_is_over_where_the_biller_is() -> None:
    here = balance(CALIFORNIA)
    assert (here.kind, here.days_left) == ("due", 0)
    assert due_in_words(here) == whole("Due today, Nov 28, 2026")
    assert balance("America/New_York").kind == "overdue"
    assert balance("America/Phoenix").kind == "overdue"  # midnight there
    assert balance("Pacific/Guam").days_left == -1


@pytest.mark.usefixtures("night")
def test_today_begins_at_the_billers_midnight_and_what_was_paid_before_is_not_forgotten(
    cast: Cast,
) -> None:
    Biller.objects.update(time_zone=CALIFORNIA)
    cast.laundry.biller.refresh_from_db()
    assert cast.laundry.biller.today() == DUE
    pk = cast.account("10000101").pk
    for number, (hours, is_today) in enumerate(((22, True), (23.5, False), (24, False)), 1):
        payment = Payment.objects.create(
            biller=cast.biller,
            account=cast.account("10000101"),
            source=Payment.Source.RECONCILIATION,
            payment_guid=f"0b8e3f6e-6f0d-4a57-8f6a-00000000000{number}",
            paid_at=ELEVEN_PM - timedelta(hours=hours),
        )
        payment.lines.create(invoice_number="1", amount=Decimal(number), fee=0)
        received = of_member(cast.laundry).received[pk]
        assert received.is_today == is_today
    assert received.amount == Decimal(3)


def test_the_usual_zones_come_first_and_all_others_after() -> None:
    (_usual, first), (_other, others) = choices()
    assert [name for name, _label in first] == list(UNITED_STATES)
    assert {"Pacific/Honolulu", "America/Phoenix", "America/Puerto_Rico", "Pacific/Guam"} <= {
        *UNITED_STATES
    }
    assert ("America/Indiana/Knox", "America/Indiana/Knox") in others
    assert ("UTC", "UTC") in others
    assert not {*UNITED_STATES} & {name for name, _label in others}


@pytest.mark.django_db
def test_a_new_biller_has_the_portals_zone(settings: Settings) -> None:
    settings.TIME_ZONE = "America/Denver"
    assert other_biller().time_zone == "America/Denver"


@pytest.mark.parametrize("name", ["Eastern", "EST5", "../../etc/passwd", "", "America/new york"])
def test_what_is_no_zone_is_refused(biller: Biller, name: str) -> None:
    biller.time_zone = name
    with pytest.raises(ValidationError) as fault:
        biller.full_clean()
    assert "time_zone" in fault.value.message_dict


@pytest.mark.django_db
def test_no_page_fails_because_this_server_does_not_know_the_zone(
    biller: Biller, client: Client
) -> None:
    Biller.objects.update(time_zone="Mars/Olympus")
    biller.refresh_from_db()
    assert biller.zone == ZoneInfo("America/New_York")
    assert client.get("/").status_code == 200


def test_the_command_sets_it_and_says_so(biller: Biller) -> None:
    out = StringIO()
    call_command("onboard_biller", biller.slug, "--time-zone", CALIFORNIA, stdout=out)
    assert f"time zone: America/New_York → {CALIFORNIA}" in out.getvalue()
    with pytest.raises(CommandError, match="--time-zone"):
        call_command("onboard_biller", biller.slug, "--time-zone", "Pacific", stdout=out)
    assert Biller.objects.get().time_zone == CALIFORNIA


def test_it_is_chosen_on_the_page_going_live(cast: Cast, client: Client) -> None:
    client.force_login(staff("administrator", cast.biller))
    page = f"/admin/icsso/biller/{cast.biller.pk}/going-live/"
    assert "Pacific (Los Angeles)" in client.get(page).text
    data = {"names-name": "Springfield Water", "names-hosts": "localhost"}
    client.post(f"{page}names/", {**data, "names-time_zone": CALIFORNIA})
    assert Biller.objects.get().time_zone == CALIFORNIA


# ── Announcements are entered in the biller's zone ──


@pytest.fixture
def administrator(cast: Cast, client: Client) -> Client:
    """For Springfield in California, and for another biller in New York."""
    Biller.objects.update(time_zone=CALIFORNIA)
    client.force_login(staff("administrator", cast.biller, other_biller()))
    return client


def announce(client: Client, *billers: Biller, **changes: str) -> str:
    begins = datetime(2027, 3, 1, 2, 0, tzinfo=timezone.get_current_timezone())
    data = posted(begins, begins + timedelta(hours=1), billers=[one.pk for one in billers])
    return client.post("/admin/icsso/announcement/add/", {**data, **changes}).text


def begin() -> set[datetime]:
    return {one.starts_at for one in Announcement.objects.all()}


def test_the_times_of_one_biller_are_in_its_zone(administrator: Client, cast: Cast) -> None:
    announce(administrator, cast.biller)
    assert begin() == {datetime(2027, 3, 1, 10, 0, tzinfo=UTC)}
    page = f"/admin/icsso/announcement/{Announcement.objects.get().pk}/change/"
    assert 'value="2027-03-01T02:00"' in administrator.get(page).text


def test_for_billers_of_several_zones_staff_say_in_which(administrator: Client) -> None:
    billers = list(Biller.objects.all())
    assert "These billers are in several time zones" in announce(administrator, *billers)
    assert begin() == set()
    announce(administrator, *billers, time_zone=CALIFORNIA)
    assert begin() == {datetime(2027, 3, 1, 10, 0, tzinfo=UTC)}
    assert Announcement.objects.count() == 2


def test_staff_of_one_zone_are_not_asked(administrator: Client) -> None:
    page = "/admin/icsso/announcement/add/"
    assert "Times are in the time zone of the billers that you choose." in (
        administrator.get(page).text
    )
    Biller.objects.update(time_zone=CALIFORNIA)
    text = administrator.get(page).text
    assert "Times are in this time zone: Pacific (Los Angeles)." in text
    assert 'name="time_zone"' not in text
    assert User.objects.get(is_staff=True).billers.count() == 2
