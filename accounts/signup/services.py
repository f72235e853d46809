"""Sign-up: requested with proof, finished with the emailed link and the password."""

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.models import LinkedAccount, Member, Signup, UtilityAccount
from accounts.notifications import messages as letters
from accounts.tokens import digest, new_secret
from icsso.billers.absolute_urls import absolute_url
from icsso.billers.models import Biller


class AddressTaken(Exception):
    """The email has become a member's in the meantime."""


class AlreadyFinished(Exception):
    """The link was already used, maybe just now in another tab."""


def ask(*, account: UtilityAccount, email: str, password: str, language: str) -> Signup:
    """Records a sign-up, whether or not the email is already a member's: it takes the same time, so
    it reveals nothing. A member gets an email without a link."""
    return Signup.objects.create(
        biller=account.biller,
        account=account,
        email=email.strip().lower(),
        password=make_password(password),
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
    email, biller = signup.email, signup.biller
    is_member = Member.objects.filter(biller=biller, email=email).exists()
    origin = absolute_url(request, biller, "")
    if is_member:
        send = letters.already_member(
            to=email,
            biller=biller,
            language=signup.language,
            sign_in=origin + reverse("accounts:login"),
            reset=origin + reverse("accounts:password_reset"),
        )
    else:
        send = letters.finish_signup(
            to=email,
            biller=biller,
            language=signup.language,
            link=origin + reverse("accounts:finish", args=[secret]),
        )
    send()


def find(secret: str, *, biller: Biller) -> Signup | None:
    """Returns the sign-up of a link, open or not."""
    signups = Signup.objects.filter(biller=biller).select_related("account", "biller")
    return signups.filter(link_digest=digest(secret)).first()


def finish(signup: Signup) -> Member:
    """Creates the member with the account linked: all or nothing."""
    try:
        with transaction.atomic():
            open_ones = Signup.objects.filter(pk=signup.pk, finished_at=None)
            # The member has the hash now; a copy would outlive the next password change.
            if not open_ones.update(finished_at=timezone.now(), password=""):
                raise AlreadyFinished
            member = Member.objects.create(
                biller=signup.biller,
                email=signup.email,
                password=signup.password,
                language=signup.language,
            )
            LinkedAccount.objects.create(member=member, account=signup.account, is_first=True)
    except IntegrityError:
        raise AddressTaken from None
    return member


def forget_abandoned() -> int:
    """Deletes sign-ups whose last link is 7 days old and unused. Returns how many."""
    long_ago = timezone.now() - Signup.KEPT
    abandoned = Signup.objects.filter(finished_at=None, link_sent_at__lt=long_ago)
    number, _by_model = abandoned.delete()
    return number
