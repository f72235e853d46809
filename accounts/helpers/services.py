"""Inviting a helper, and what becomes of the invitation. Each action is a conditional update, an
entry in the audit log, and an email to both sides: all three or none.

The inviting member learns nothing about the invited address.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Helper, HelperAccount, LinkedAccount, Member, Signup
from accounts.models.helpers.models import MOST_ACCOUNTS, MOST_HELPERS, Ended
from accounts.notifications import messages as notifications
from accounts.notifications.delivery import Later
from accounts.notifications.messages import News
from accounts.signup.services import create_member
from accounts.tokens import digest, new_secret
from backoffice.audit.events import Event, note
from icsso.billers.absolute_urls import absolute_reverse, biller_address

BATCH = 500  # accounts written in one statement
NAMED = 5  # accounts of one helper


class AlreadyInvited(Exception):
    """This address is already invited, or is already a helper."""


class OtherTerms(AlreadyInvited):
    """This address already helps with other accounts, but on other terms."""


class TooManyAccounts(Exception):
    """The helper would have more accounts than allowed."""


class TooMany(Exception):
    """The member has the maximum number of helpers."""


class Shared(NamedTuple):
    """Whether there is a new helper, and how many more accounts were shared."""

    is_new: bool
    number: int


class Over(Exception):
    """The invitation was accepted, replaced, or ended, or its day has passed."""


def invite(  # noqa: PLR0913 - keyword-only, so none can be swapped
    request: HttpRequest,
    *,
    owner: Member,
    email: str,
    links: Sequence[LinkedAccount],
    right: str,
    ends_on: date,
    language: str,
) -> Shared:
    """If the person already helps or is invited, shares more accounts with them, on the same terms.
    Raises AlreadyInvited, TooMany, and TooManyAccounts. links: of the owner."""
    end_over(owner)
    if known := owner.helpers.open().filter(email=email).first():
        return Shared(is_new=False, number=add(request, known, links, on=(right, ends_on)))
    try:
        with transaction.atomic():
            # Locked, so that two tabs don't exceed the limit.
            Member.objects.select_for_update().get(pk=owner.pk)
            if owner.helpers.open().count() >= MOST_HELPERS:
                raise TooMany
            helper = Helper.objects.create(
                owner=owner, email=email, right=right, ends_on=ends_on, language=language
            )
            HelperAccount.objects.bulk_create(
                (HelperAccount(helper=helper, link=link) for link in links), batch_size=BATCH
            )
            note(helper, Event.HELPER_INVITED, request=request)
            send = [_invitation(request, helper), *_news(request, helper, News.INVITED)]
    except IntegrityError:
        raise AlreadyInvited from None
    _send(send)
    return Shared(is_new=True, number=len(links))


def add(
    request: HttpRequest,
    helper: Helper,
    links: Sequence[LinkedAccount],
    *,
    on: tuple[str, date],
) -> int:
    """Shares more accounts, and returns how many. Raises AlreadyInvited if the helper has them all
    or has just ended, OtherTerms, and TooManyAccounts. links: of the owner. on: what the helper may
    do, and until when."""
    with transaction.atomic():
        loaded = Helper.objects.select_related("owner__biller", "person__biller")
        locked = Helper.objects.open().select_for_update().filter(pk=helper.pk)
        if not locked:
            raise AlreadyInvited
        helper = loaded.get(pk=helper.pk)
        before = helper.terms()
        shared = set(helper.accounts.values_list("link", flat=True))
        new = [HelperAccount(helper=helper, link=link) for link in links if link.pk not in shared]
        if not new:
            raise AlreadyInvited
        if (helper.right, helper.ends_on) != on:
            raise OtherTerms
        if len(shared) + len(new) > MOST_ACCOUNTS:
            raise TooManyAccounts
        HelperAccount.objects.bulk_create(new, batch_size=BATCH, ignore_conflicts=True)
        note(helper, Event.HELPER_CHANGED, request=request, before=before)
        send = _news(request, helper, News.MORE)
    _send(send)
    return len(new)


def send_again(request: HttpRequest, helper: Helper) -> bool:
    """Returns False if it was accepted or ended meanwhile. Ends the previous link."""
    with transaction.atomic():
        waiting = Helper.objects.open().select_for_update().filter(pk=helper.pk, accepted_at=None)
        found = waiting.first()
        if found is None or helper.is_over:
            return False
        helper.link_digest = found.link_digest
        send = _invitation(request, helper)
        note(helper, Event.MAIL_SENT, request=request)
    send()
    return True


def find(secret: str, *, biller: int) -> Helper | None:
    """Returns the invitation of a link that still works. biller: its primary key."""
    waiting = Helper.objects.waiting().filter(link_digest=digest(secret), owner__biller=biller)
    helper = waiting.select_related("owner__biller").first()
    return None if helper is None or helper.is_over else helper


class Named(NamedTuple):
    """The ends of the numbers of a helper's first accounts, and how many more there are."""

    endings: list[str]
    further: int


def accounts_of(helpers: Collection[int]) -> dict[int, Named]:
    """Returns the accounts by the helpers' primary keys, without those that are not shown now."""
    own: Any = {"partition_by": "helper"}
    rows: Any = HelperAccount.objects.filter(helper__in=helpers, link__needs_proof_since=None)
    rows = rows.annotate(
        place=Window(RowNumber(), order_by="pk", **own), number=Window(Count("pk"), **own)
    )
    found: dict[int, Named] = {}
    for row in rows.filter(place__lte=NAMED).select_related("link__account"):
        named = found.setdefault(row.helper_id, Named([], max(0, row.number - NAMED)))
        named.endings.append(row.link.account.number_ending)
    return found


def invitations_of(person: Member) -> QuerySet[Helper]:
    """Returns the invitations to this person's confirmed address, which need no link."""
    waiting = Helper.objects.waiting().filter(email=person.email, owner__biller=person.biller_id)
    open_ones = waiting.filter(ends_on__gte=person.biller.today()).exclude(owner=person)
    return open_ones.select_related("owner__biller").order_by("pk")


def accept(request: HttpRequest, helper: Helper, person: Member) -> None:
    """For the invited person, who is signed in. Raises Over."""
    with transaction.atomic():
        send = _accepted(request, helper, person)
    _send(send)


def accept_as_new(request: HttpRequest, helper: Helper, password: str) -> Member:
    """Creates the invited person, whose address the link has proved, without any account and
    without asking Invoice Cloud. Raises Over, and AddressTaken if the address now belongs to a
    member."""
    hashed = make_password(password)  # slow, so not in the transaction
    with transaction.atomic():
        signup = Signup.objects.create(
            kind=Signup.Kind.HELPER,
            biller=helper.owner.biller,
            email=helper.email,
            language=helper.language,
            link_digest=digest(new_secret()),  # a digest of no existing link
        )
        person = create_member(signup, password=hashed, links=[])
        send = _accepted(request, helper, person)
    _send(send)
    return person


def _accepted(request: HttpRequest, helper: Helper, person: Member) -> list[Later]:
    if person == helper.owner or person.email != helper.email or not helper.accept(person):
        raise Over
    note(helper, Event.HELPER_ACCEPTED, request=request)
    return _news(request, helper, News.ACCEPTED)


def change(request: HttpRequest, helper: Helper, *, right: str, ends_on: date) -> None:
    """Raises Over."""
    with transaction.atomic():
        mine = Helper.objects.open().filter(pk=helper.pk, ends_on__gte=helper.owner.biller.today())
        was = mine.select_for_update().first()
        if was is None or not mine.update(right=right, ends_on=ends_on, reminded_at=None):
            raise Over
        before = {"access": str(was.right), "until": was.ends_on.isoformat()}
        helper.right, helper.ends_on = right, ends_on
        note(helper, Event.HELPER_CHANGED, request=request, before=before)
        send = _news(request, helper, News.CHANGED)
    _send(send)


def end(helper: Helper, by: Ended, *, request: HttpRequest | None = None) -> bool:
    """Returns whether this call has ended it. From then on the helper sees nothing."""
    with transaction.atomic():
        if not Helper.objects.filter(pk=helper.pk).end(by):
            return False
        helper.ended_by = by
        if by is not Ended.STAFF:  # the staff page writes it, with the reason
            note(helper, Event.HELPER_ENDED, request=request)
        send = _news(request, helper, News.ENDED)
    _send(send)
    return True


def end_over(owner: Member) -> None:
    """Ends helpers whose last day has passed, whether or not the periodic command has run since."""
    over = owner.helpers.open().filter(ends_on__lt=owner.biller.today())
    for helper in over.select_related("owner__biller", "person__biller"):
        end(helper, Ended.DATE)


def _invitation(request: HttpRequest, helper: Helper) -> Later:
    biller, secret = helper.owner.biller, helper.new_link()
    link = absolute_reverse(request, biller, "accounts:helper_invitation", secret)
    return notifications.helper_invitation(helper, link=link)


def _news(
    request: HttpRequest | None, helper: Helper, what: News, *, ending: str = ""
) -> list[Later]:
    biller = helper.owner.biller
    if request is None:
        link = biller_address(biller, reverse("accounts:helpers"))
    else:
        link = absolute_reverse(request, biller, "accounts:helpers")
    return notifications.helper_news(helper, what, link=link, ending=ending)


def note_of_account(helper: Helper, what: News, *, ending: str) -> list[Later]:
    """Records that an account is no longer shared, or is shared again. Call it in the transaction
    that changes this, and call its result after the commit. Nobody is told about an invitation."""
    note(helper, Event.HELPER_CHANGED, request=None)
    return _news(None, helper, what, ending=ending) if helper.person else []


def tell_of_end_soon(helper: Helper) -> list[Later]:
    """Call it in a transaction, and call its result after the commit."""
    return _news(None, helper, News.ENDING)


def _send(emails: Sequence[Later]) -> None:
    for send in emails:
        send()
