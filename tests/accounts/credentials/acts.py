"""What people and the clock do to the credentials of one member, and how it stood before."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.test import RequestFactory
from django.utils import timezone

from accounts.credentials import email_change, links, password_change
from accounts.credentials.resume import resume_by_clock
from accounts.invoice_cloud.connect import connect
from accounts.login.backends import BillerBackend
from accounts.models import Member
from accounts.models.credential_change import CredentialChange, Kind, State
from accounts.tokens import digest
from icsso.billers.models import Biller
from icsso.billing.session import State as Billing
from tests.accounts.credentials.interleaving import (
    InvoiceCloud,
    reach,
)

OLD, NEW = "old@example.com", "new@example.com"
FIRST, SECOND, THIRD, FOREIGN = "first", "second", "third", "set at Invoice Cloud by who knows whom"
PASSWORDS = FIRST, SECOND, THIRD


@dataclass
class World:
    biller: Biller
    pk: int
    invoice_cloud: InvoiceCloud
    history: list[str] = field(default_factory=list)

    @property
    def member(self) -> Member:
        member = Member.objects.get(pk=self.pk)
        member.biller = self.biller
        return member


Act = Callable[[World], object]


def untold(member: Member) -> Callable[[], object]:
    return lambda: None


# What people do. Each stands for a page and its forms, and asks what they ask.


def changes_password(world: World, new: str = SECOND) -> None:
    member = world.member
    if not member.check_password(FIRST):
        return
    change = password_change.change_password(member, current=FIRST, new=new, tell=untold)
    if change.state == State.AWAITING_APPROVAL:
        follow_link(world, change.new_link(), Kind.PASSWORD, new)


def changes_password_elsewhere(world: World) -> None:
    changes_password(world, THIRD)


def resets_password(world: World) -> None:
    follow_link(world, links.create_link(world.member, Kind.RESET), Kind.RESET, THIRD)


def follow_link(world: World, secret: str, kind: Kind, password: str) -> None:
    reach("waiting for an email")
    change = links.find(secret, kind=kind, biller=world.biller)
    if change:
        password_change.reset(change, password, tell=untold)


def reconnects(world: World) -> None:
    secret = links.create_link(world.member, Kind.RECONNECT)
    reach("waiting for an email")
    change = links.find(secret, kind=Kind.RECONNECT, biller=world.biller)
    for password in PASSWORDS:
        if change and change.member.check_password(password):
            password_change.reconnect(change, password)


def changes_email(world: World) -> None:
    member = world.member
    if not member.check_password(FIRST):
        return
    change = email_change.request_change(member, new_email=NEW, password=FIRST)
    if change.state == State.AWAITING_APPROVAL:
        secret = change.new_link()
        reach("waiting for an email")
        approved = links.find(secret, kind=Kind.EMAIL, biller=world.biller)
        if not approved:
            return
        email_change.approve(approved)
        change = approved
    if change.state == State.AWAITING_CONFIRMATION:
        secret = change.new_link()
        reach("waiting for an email")
        confirms_email(world, secret)


def confirms_email(world: World, secret: str = "the link of before") -> None:
    change = email_change.find(secret, biller=world.biller)
    if change and change.member.check_password(FIRST):
        email_change.confirm(change)


def signs_in(world: World, password: str = FIRST, email: str = OLD) -> Billing | None:
    request = RequestFactory().post("/")
    member = BillerBackend().authenticate(request, email, password, biller=world.biller)
    return connect(member, password).state if isinstance(member, Member) else None


def signs_in_with_the_second(world: World) -> None:
    signs_in(world, SECOND)


def clock_ticks(world: World) -> None:
    resume_by_clock()


ACTS = (
    changes_password,
    changes_password_elsewhere,
    resets_password,
    reconnects,
    changes_email,
    confirms_email,
    signs_in,
    signs_in_with_the_second,
    clock_ticks,
)


# How it begins.


def equal(world: World) -> None:
    """Both sides hold the same."""


def different(world: World) -> None:
    world.invoice_cloud.users = {OLD: FOREIGN}


def not_registered(world: World) -> None:
    world.invoice_cloud.users = {}
    Member.objects.filter(pk=world.pk).update(registered_at=None)


def password_unknown(world: World, *, carried_out: bool = False) -> None:
    """A change of the password to SECOND was never answered."""
    world.invoice_cloud.users = {OLD: SECOND if carried_out else FIRST}
    CredentialChange.objects.create(
        member=world.member,
        kind=Kind.PASSWORD,
        state=State.UNKNOWN_OUTCOME,
        approved_at=timezone.now(),
    )


def password_arrived(world: World) -> None:
    password_unknown(world, carried_out=True)


def email_unknown(world: World, *, carried_out: bool = False) -> None:
    """A change of the address was confirmed and never answered."""
    world.invoice_cloud.users = {NEW if carried_out else OLD: FIRST}
    now = timezone.now()
    CredentialChange.objects.create(
        member=world.member,
        kind=Kind.EMAIL,
        state=State.UNKNOWN_OUTCOME,
        new_email=NEW,
        link_digest=digest("the link of before"),
        approved_at=now,
        confirmed_at=now,
    )


def email_arrived(world: World) -> None:
    email_unknown(world, carried_out=True)


BEGINNINGS = (
    equal,
    different,
    not_registered,
    password_unknown,
    password_arrived,
    email_unknown,
    email_arrived,
)
