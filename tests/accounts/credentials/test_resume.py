"""What the clock does to changes and registrations that broke off, and what operators see of it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.credentials.email_move import note_no_answer
from accounts.credentials.resume import resume_by_clock
from accounts.models import Signup, User
from accounts.models.credential_change import CredentialChange, Kind, Reason, State
from tests import cast as people
from tests.accounts.there import There
from tests.cast import Cast

NEW = "willow@example.com"


def run(command: str) -> str:
    said = StringIO()
    call_command(command, stdout=said)
    return said.getvalue().strip()


def confirmed(member: User, new_email: str = NEW) -> CredentialChange:
    """Approved and confirmed, and then the process died."""
    now = timezone.now()
    return CredentialChange.objects.create(
        member=member,
        kind=Kind.EMAIL,
        state=State.IN_PROGRESS,
        new_email=new_email,
        approved_at=now,
        confirmed_at=now,
    )


def test_moves_whom_invoice_cloud_can_move(
    there: There, cast: Cast, mailoutbox: list[EmailMessage]
) -> None:
    change = confirmed(cast.laundry)
    assert run("settle_changes") == "1 email changes completed."
    change.refresh_from_db()
    assert change.state == State.COMPLETED
    assert str(change.standing) == "completed"
    assert User.objects.get(pk=cast.laundry.pk).email == NEW
    assert there.user(NEW)["accounts"] == ["10000101"]
    assert [mail.to for mail in mailoutbox] == [[people.LAUNDRY_EMAIL], [NEW]]
    there.calls()
    assert run("settle_changes") == "0 email changes completed."
    assert there.operations() == []


def test_with_invoice_cloud_away_it_is_asked_once_for_all(there: There, cast: Cast) -> None:
    changes = [confirmed(cast.laundry), confirmed(cast.manager, "other@example.com")]
    there.fault("*", "unavailable")
    assert resume_by_clock() == 0
    assert there.operations().count("update_email_address") == 1
    for change in changes:
        change.refresh_from_db()
    assert [change.state for change in changes] == [State.UNKNOWN_OUTCOME, State.IN_PROGRESS]
    assert str(changes[0].standing) == "Invoice Cloud did not answer"
    there.heal()
    assert resume_by_clock() == 2


def test_one_that_cannot_be_is_given_up_and_the_others_go_on(there: There, cast: Cast) -> None:
    taken = confirmed(cast.laundry, people.NEIGHBOUR_EMAIL)
    confirmed(cast.manager, "other@example.com")
    assert resume_by_clock() == 1
    taken.refresh_from_db()
    assert str(taken.standing) == "not completed: the new email belongs to someone else"
    assert there.user("other@example.com")


def test_what_waits_for_a_link_is_left_alone_and_given_up_in_time(there: There, cast: Cast) -> None:
    asked = timezone.now() - timedelta(minutes=90)
    waiting = CredentialChange.objects.create(
        member=cast.laundry,
        kind=Kind.EMAIL,
        state=State.AWAITING_CONFIRMATION,
        new_email=NEW,
        approved_at=asked,
        asked_at=asked,
    )
    CredentialChange.objects.create(member=cast.laundry, kind=Kind.RESET, asked_at=asked)
    resume_by_clock()
    assert CredentialChange.objects.waiting().count() == 2
    assert str(waiting.standing) == "waiting for the new email to be confirmed"
    CredentialChange.objects.update(asked_at=timezone.now() - timedelta(hours=3))
    resume_by_clock()
    assert set(CredentialChange.objects.values_list("reason", flat=True)) == {Reason.EXPIRED}
    assert there.operations() == []
    assert there.user(people.LAUNDRY_EMAIL)


def test_a_password_waits_for_its_member_however_long(there: There, cast: Cast) -> None:
    long_ago = timezone.now() - timedelta(days=90)
    change = CredentialChange.objects.create(
        member=cast.laundry,
        kind=Kind.PASSWORD,
        state=State.IN_PROGRESS,
        asked_at=long_ago,
        approved_at=long_ago,
    )
    resume_by_clock()
    assert CredentialChange.objects.open().get() == change
    assert there.operations() == []
    assert str(change.standing) == "in progress or interrupted"


def test_operators_see_what_is_open_and_why(cast: Cast, client: Client) -> None:
    note_no_answer(confirmed(cast.laundry))
    CredentialChange.objects.create(member=cast.neighbour, kind=Kind.RESET)
    staff = User.objects.create_superuser("operator@example.com", people.STAFF_PASSWORD)
    client.force_login(staff)
    page = client.get("/admin/accounts/credentialchange/?standing=open").content.decode()
    page = page.replace("<wbr>", "")
    assert people.LAUNDRY_EMAIL in page
    assert "Invoice Cloud did not answer" in page
    assert people.NEIGHBOUR_EMAIL not in page
    page = client.get("/admin/accounts/credentialchange/?standing=waiting").content.decode()
    page = page.replace("<wbr>", "")
    assert people.NEIGHBOUR_EMAIL in page
    assert people.LAUNDRY_EMAIL not in page


@pytest.mark.parametrize(("days", "is_kept"), [(6, True), (8, False)])
def test_registrations_nobody_came_back_to_are_forgotten(
    cast: Cast, days: int, is_kept: bool
) -> None:
    asked = timezone.now() - timedelta(days=days)
    rows = [
        Signup.objects.create(
            biller=cast.biller,
            account=cast.account("10000104"),
            email=email,
            password="a hash",
            link_digest=email,
            link_sent_at=asked,
            finished_at=finished_at,
        )
        for email, finished_at in (("rosa@example.com", None), ("mei@example.com", asked))
    ]
    said = run("apply_retention")
    assert f"{0 if is_kept else 1} deleted: sign-ups whose link" in said
    assert Signup.objects.filter(pk=rows[0].pk).exists() == is_kept
    assert Signup.objects.filter(pk=rows[1].pk).exists()
