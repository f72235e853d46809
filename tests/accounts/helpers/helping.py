"""What tests of helpers share: an invitation by its own page, and an access that was accepted."""

from datetime import date, timedelta
from typing import Any

from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import Helper, HelperAccount, Member
from tests.accounts.one_time_links import link_in
from tests.cast import Cast

ROSA = "rosa@example.com"
PASSWORD = "seven quiet herons at dawn"


def client_of(member: Member, **headers: str) -> Client:
    client = Client(headers=headers)
    client.force_login(member)
    return client


def in_days(cast: Cast, days: int) -> date:
    return cast.biller.today() + timedelta(days=days)


def row(cast: Cast, **changes: Any) -> dict[str, Any]:
    """The form of an invitation to see and pay the laundry's account."""
    return {"email": ROSA, "right": "pay", "ends_on": in_days(cast, 90).isoformat(), **changes}


def invited(cast: Cast, **changes: Any) -> str:
    """Invites as the laundry does. Returns the path of the emailed link."""
    mail.outbox.clear()
    answer = client_of(cast.laundry).post("/accounts/helpers/invite/", row(cast, **changes))
    assert answer.status_code == 302, answer.content.decode()
    [message] = [one for one in mail.outbox if "/accounts/helpers/invitation/" in str(one.body)]
    assert message.to == [changes.get("email", ROSA)]
    return link_in(message).split("?")[0]


def helped(
    cast: Cast,
    *numbers: str,
    owner: Member | None = None,
    person: Member | None = None,
    right: str = "pay",
    days: int = 90,
) -> Helper:
    """The neighbor helps the laundry, or whoever is named."""
    owner, person = owner or cast.laundry, person or cast.neighbour
    helper = Helper.objects.create(
        owner=owner,
        person=person,
        email=person.email,
        right=right,
        ends_on=in_days(cast, days),
        accepted_at=timezone.now(),
    )
    Member.objects.filter(pk=person.pk).update(has_helped=True)
    for link in owner.links.filter(account__account_number__in=numbers or ["10000101"]):
        HelperAccount.objects.create(helper=helper, link=link)
    return helper
