"""What support does for a member who calls, and what it does not."""

from auditlog.models import LogEntry
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import Signup, User
from accounts.models.second_factor import SecondFactor
from backoffice.audit.events import Event
from icsso.billers.models import BillerHost
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD, Cast, other_biller, staff
from tests.journeys.walks import link_in_mail
from tests.whole_dates import spaced


def act(user: User, slug: str) -> str:
    return f"/admin/accounts/member/{user.pk}/{slug}/"


def test_a_mail_for_a_new_password(support: Client, cast: Cast) -> None:
    page = support.get(act(cast.laundry, "send-reset")).content.decode()
    assert "The email goes to the member. Its link works once, for 1 hour." in spaced(page)
    assert mail.outbox == []
    answer = support.post(act(cast.laundry, "send-reset"), follow=True)
    assert "Done: Send password reset email." in answer.content.decode()
    assert mail.outbox[0].to == [LAUNDRY_EMAIL]
    entry = LogEntry.objects.get(additional_data__event=Event.MAIL_SENT)
    assert (str(entry.actor), entry.object_repr) == (
        "support@springfield-water.example",
        LAUNDRY_EMAIL,
    )


def test_its_link_leads_to_the_billers_own_host(support: Client, cast: Cast) -> None:
    """Wherever the admin is: also at another biller's host name."""
    other_biller()
    BillerHost.objects.filter(biller=cast.biller).exclude(host="localhost").delete()
    support.post(act(cast.laundry, "send-reset"), headers={"host": "power.localhost:8000"})
    link = link_in_mail(mail.outbox[0], "/accounts/password-reset/")
    assert link.startswith("http://localhost:8000/accounts/")
    assert Client(headers={"host": "localhost"}).get(link).status_code == 200


def test_one_mail_a_minute_together_with_those_the_member_asks_for(
    support: Client, cast: Cast
) -> None:
    Client().post("/accounts/password-reset/", {"email": LAUNDRY_EMAIL})
    answer = support.post(act(cast.laundry, "send-reset"), follow=True)
    assert "This was just done" in answer.content.decode()
    assert len(mail.outbox) == 1
    assert not LogEntry.objects.filter(additional_data__event=Event.MAIL_SENT).exists()


def test_the_mail_of_a_registration(support: Client, cast: Cast) -> None:
    asked = Signup.objects.create(
        biller=cast.biller,
        account=cast.account("10000104"),
        email="rosa@example.com",
        password="a hash",
        link_digest="of a mail that was lost",
    )
    support.post(f"/admin/accounts/signup/{asked.pk}/resend/")
    link = link_in_mail(mail.outbox[0], "/accounts/finish/")
    assert Client().get(link).status_code == 200
    Signup.objects.update(finished_at=timezone.now())
    assert support.post(f"/admin/accounts/signup/{asked.pk}/resend/").status_code == 403


def test_signs_a_member_out_everywhere(support: Client, cast: Cast) -> None:
    member = Client()
    member.force_login(cast.laundry)
    assert member.get("/accounts/").status_code == 200
    support.post(act(cast.laundry, "sign-out-everywhere"))
    assert member.get("/accounts/").status_code == 302


def test_lets_a_locked_out_member_try_again(support: Client, cast: Cast) -> None:
    member = Client()
    right = {"username": LAUNDRY_EMAIL, "password": LAUNDRY_PASSWORD}
    for _try in range(5):
        member.post("/accounts/login/", right | {"password": "a wrong one"})
    assert member.post("/accounts/login/", right).status_code == 429
    support.post(act(cast.laundry, "unlock"))
    assert member.post("/accounts/login/", right).status_code == 302


def test_nothing_happens_without_the_button(support: Client, cast: Cast) -> None:
    member = Client()
    member.force_login(cast.laundry)
    for slug in ("send-reset", "sign-out-everywhere", "unlock"):
        assert support.get(act(cast.laundry, slug)).status_code == 200
    assert member.get("/accounts/").status_code == 200
    assert mail.outbox == []


def test_each_needs_its_permission(client: Client, cast: Cast) -> None:
    client.force_login(staff("finance", cast.biller))
    for slug in ("send-reset", "sign-out-everywhere", "unlock"):
        assert client.get(act(cast.laundry, slug)).status_code in {403, 404}
        assert client.post(act(cast.laundry, slug)).status_code in {403, 404}
    assert mail.outbox == []


def test_a_member_of_another_biller_is_not_there(support: Client, cast: Cast) -> None:
    stranger = User.objects.create(email="stranger@example.com", biller=other_biller())
    for slug in ("send-reset", "sign-out-everywhere", "unlock"):
        assert support.post(act(stranger, slug)).status_code == 404
    assert mail.outbox == []


def test_a_superuser_takes_away_what_was_lost(client: Client, cast: Cast) -> None:
    clerk = staff("support", cast.biller)
    SecondFactor.objects.create(user=clerk, key="A" * 32)
    address = f"/admin/accounts/staffuser/{clerk.pk}/take-second-factor/"
    client.force_login(staff("administrator", cast.biller))
    assert client.post(address).status_code == 403
    client.force_login(User.objects.create_superuser("boss@example.com"))
    client.post(address)
    assert not SecondFactor.objects.exists()
    entry = LogEntry.objects.filter(content_type__model="secondfactor").latest("timestamp")
    assert (str(entry.actor), entry.action) == ("boss@example.com", LogEntry.Action.DELETE)
    assert "AAAA" not in repr(entry.changes)
