"""Sign-up: requested with proof or with an existing login, finished with the emailed link and the
password."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.linked_accounts.services import check_still_proved
from accounts.models import (
    LinkedAccount,
    Member,
    SentEmail,
    Signup,
    UndeliveredEmail,
    UtilityAccount,
)
from accounts.notifications import messages as notifications
from accounts.tokens import digest, new_secret
from icsso.billers.absolute_urls import absolute_url
from icsso.billers.models import Biller
from icsso.client.parsing import email_address

Kind = Signup.Kind
# The email of each kind of sign-up, and the page that its link leads to.
LINKS = {
    Kind.PROOF: (notifications.finish_signup, "accounts:finish"),
    Kind.EXISTING_LOGIN: (notifications.finish_existing_login, "accounts:existing_login_finish"),
}
BATCH = 500  # linked accounts created in one statement


class AddressTaken(Exception):
    """The email has become a member's in the meantime."""


class AlreadyFinished(Exception):
    """The link was already used, maybe just now in another tab."""


def ask(*, account: UtilityAccount, email: str, password: str, language: str) -> Signup:
    """Records a sign-up, whether or not the email is already a member's: it takes the same time, so
    it reveals nothing. A member gets an email without a link.

    account: as it was when it was proved. Raises NoLongerProved.
    """
    hashed = make_password(password)  # slow, so not while the account is locked
    with transaction.atomic():
        check_still_proved(account)
        return Signup.objects.create(
            biller=account.biller,
            account=account,
            email=email_address(email),
            password=hashed,
            language=language,
            link_digest=digest(new_secret()),
        )


def ask_with_existing_login(*, biller: Biller, email: str, language: str) -> Signup:
    """Like `ask`, for a login that Invoice Cloud has just accepted (`existing_login`)."""
    return Signup.objects.create(
        kind=Kind.EXISTING_LOGIN,
        biller=biller,
        email=email_address(email),
        language=language,
        link_digest=digest(new_secret()),
    )


def renew_link(signup: Signup) -> str:
    """Ends the previous link. Returns the secret of a new one that lasts the full time."""
    secret = new_secret()
    signup.link_digest, signup.link_sent_at = digest(secret), timezone.now()
    signup.save(update_fields=["link_digest", "link_sent_at"])
    return secret


def send_link(request: HttpRequest, signup: Signup) -> None:
    """Emails a new link, or just a notice if the email is already a member's. Both take the same
    time, so it reveals nothing."""
    secret = renew_link(signup)
    members = Member.objects.select_related("biller")
    holder = members.filter(biller=signup.biller, email=signup.email).first()
    origin = absolute_url(request, signup.biller, "")
    notification, page = LINKS[Kind(signup.kind)]
    if holder:
        send = notifications.already_member(
            holder,
            language=signup.language,
            sign_in=origin + reverse("accounts:login"),
            reset=origin + reverse("accounts:password_reset"),
        )
    else:
        send = notification(signup, link=origin + reverse(page, args=[secret]))
    send()


def signups_at(biller: Biller) -> QuerySet[Signup]:
    """Returns the biller's sign-ups, without those with an existing login if it no longer offers
    that."""
    signups = Signup.objects.filter(biller=biller).select_related("account", "biller")
    offered = list(Kind) if biller.offers_existing_login else [Kind.PROOF]
    return signups.filter(kind__in=offered)


def find(secret: str, *, biller: Biller, kinds: Sequence[Kind] = tuple(Kind)) -> Signup | None:
    """Returns the sign-up of a link, open or not."""
    return signups_at(biller).filter(kind__in=kinds, link_digest=digest(secret)).first()


def finish(signup: Signup) -> Member:
    """Creates the member with the account linked."""
    links = [LinkedAccount(account=signup.account)]
    with transaction.atomic():
        # Accounts before members, as with an existing login: else two for the same address and
        # account could wait for each other.
        accounts = UtilityAccount.objects.select_for_update(of=("self",))
        list(accounts.filter(signup=signup).values_list("pk"))
        return create_member(signup, password=signup.password, links=links)


def create_member(
    signup: Signup,
    *,
    password: str,
    links: Sequence[LinkedAccount],
    registered_at: datetime | None = None,
) -> Member:
    """Creates the member with these accounts linked, all or nothing. The first one becomes
    the main account.

    password: hashed. links: without their member. registered_at: when Invoice Cloud accepted the
    member's email and password. Raises AlreadyFinished and AddressTaken.
    """
    try:
        with transaction.atomic():
            open_ones = Signup.objects.filter(pk=signup.pk, finished_at=None)
            # The member has the hash now; a copy would outlive the next password change.
            if not open_ones.update(finished_at=timezone.now(), password=""):
                raise AlreadyFinished
            member = Member.objects.create(
                biller=signup.biller,
                email=signup.email,
                password=password,
                language=signup.language,
                registered_at=registered_at,
            )
            Signup.objects.filter(pk=signup.pk).update(member=member)
            for model in (SentEmail, UndeliveredEmail):
                model.objects.filter(signup=signup).update(member=member)
            _link(member, links)
    except IntegrityError:
        raise AddressTaken from None
    return member


def _link(member: Member, links: Sequence[LinkedAccount]) -> None:
    for place, link in enumerate(links):
        link.member, link.is_first = member, place == 0
    if len(links) == 1:
        links[0].save()  # with an entry in the audit log
    else:
        LinkedAccount.objects.bulk_create(links, batch_size=BATCH)
