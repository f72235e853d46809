"""One real link of each kind, by the address that the URLconf has for it."""

from django.utils import timezone

from accounts.credentials.links import create_link
from accounts.models import Helper, Member
from accounts.models.credential_change import CredentialChange, Kind, State
from accounts.models.second_factor import Passkey, SecondFactor
from accounts.signup import services as signups
from payments.models import Checkout
from reminders.models import CalendarFeed
from reminders.unsubscribing import token_for
from tests.cast import Cast


def links(cast: Cast) -> dict[str, str]:
    """What stands in the place of `<secret>`."""
    asked = signups.ask(
        account=cast.account("10000104"),
        email="rosa@example.com",
        password="seven herons over the mill",
        language="en",
    )
    brought = signups.ask_with_existing_login(
        biller=cast.biller, email="brought@example.com", language="en"
    )
    moving = CredentialChange.objects.create(
        member=cast.neighbour,
        kind=Kind.EMAIL,
        state=State.AWAITING_CONFIRMATION,
        new_email="new@example.com",
        approved_at=timezone.now(),
    )
    passkey = Passkey.objects.create(member=cast.neighbour, name="x", credential_id="BBBB")
    factor = SecondFactor.objects.create(user=cast.neighbour, key="A" * 32)
    helper = Helper.objects.create(
        owner=cast.laundry,
        email="helper@example.com",
        right="view",
        ends_on=cast.biller.today(),
    )
    return {
        "/accounts/helpers/invitation/<secret>/": helper.new_link(),
        "/reminders/calendar/<secret>.ics": CalendarFeed.renew(cast.laundry),
        "/accounts/finish/<secret>/": signups.renew_link(asked),
        "/accounts/existing-login/<secret>/": signups.renew_link(brought),
        "/accounts/password-reset/<secret>/": create_link(cast.laundry, Kind.RESET),
        "/accounts/reconnect/<secret>/": create_link(cast.laundry, Kind.RECONNECT),
        "/accounts/sign-in/password/<secret>/": create_link(cast.laundry, Kind.PASSWORD),
        "/accounts/sign-in/email/approve/<secret>/": create_link(cast.laundry, Kind.EMAIL),
        "/accounts/sign-in/email/confirm/<secret>/": moving.new_link(),
        "/accounts/sign-in/two-step/undo/<secret>/": factor.new_undo_link(),
        "/accounts/sign-in/passkeys/undo/<secret>/": passkey.new_undo_link(),
    }


def tokens(checkout: Checkout) -> dict[str, str]:
    """What stands in the place of `<token>`."""
    member = Member.objects.filter(biller=checkout.biller).order_by("pk").first()
    assert member
    return {
        "/reminders/stop/<token>/": token_for(member),
        "/pay/return/<token>/": "r" + checkout.address,
        "/pay/postback/<token>/": "p" + checkout.address,
        "/pay/postback/<token>": "p" + checkout.address,
    }
