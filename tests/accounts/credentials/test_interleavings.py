"""Changes of email and password done at once, interrupted and left without an answer: in the end
both sides agree.

Beside this, tests/faults does the same with real HTTP, real pages and real processes.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from accounts.credentials import email_change, links, password_change
from accounts.credentials.calls import PasswordRefused
from accounts.credentials.email_move import NotMoved
from accounts.credentials.links import LinkUsed
from accounts.credentials.resume import resume_by_clock
from accounts.invoice_cloud.connect import connect
from accounts.login.backends import BillerBackend
from accounts.models import LinkedAccount, Member, UtilityAccount
from accounts.models.credential_change import OPEN, CredentialChange, Kind, State
from accounts.notifications import delivery
from icsso.billers.models import Biller
from icsso.billing.session import State as Billing
from tests.accounts.credentials.interleaving import (
    Actor,
    Answer,
    Crash,
    InvoiceCloud,
    reach,
    steps_at_commits,
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
        link_digest=links.digest("the link of before"),
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


@pytest.fixture
def world(biller: Biller, monkeypatch: pytest.MonkeyPatch) -> World:
    member = Member.objects.create_user(OLD, FIRST, biller=biller, registered_at=timezone.now())
    account = UtilityAccount.objects.filter(biller=biller).first()
    UtilityAccount.objects.update(customer_guid=uuid4())
    LinkedAccount.objects.create(member=member, account=account, is_first=True)
    world = World(biller, member.pk, InvoiceCloud({}))
    for module in ("credentials.calls", "invoice_cloud.connect"):
        monkeypatch.setattr(f"accounts.{module}.client_of", lambda biller: world.invoice_cloud)
    monkeypatch.setattr(delivery, "prepare", lambda *args, **kwargs: lambda: None)
    return world


class Undo(Exception):
    pass


def run(
    world: World,
    begin: Act,
    acts: Sequence[Act],
    *,
    order: Sequence[int] = (),
    answers: Sequence[Answer] = (),
    crashes: Mapping[int, int] | None = None,
) -> list[Actor]:
    """From this beginning, all is played, given a chance to finish, and checked."""
    actors: list[Actor] = []
    with suppress(Undo), transaction.atomic():
        world.invoice_cloud, world.history = InvoiceCloud({OLD: FIRST}), []
        begin(world)
        world.invoice_cloud.answers = list(answers)
        with steps_at_commits():
            actors = play(world, acts, order, crashes or {})
            finish(world)
        assert problems(world) == [], "\n".join([*map(by_name, (begin, *acts)), *world.history])
        raise Undo
    cache.clear()
    return actors


def actor(world: World, act: Act) -> Actor:
    def acting() -> None:
        try:
            act(world)
        except (Crash, LinkUsed, NotMoved, PasswordRefused):
            return

    return Actor(acting)


def finish(world: World) -> None:
    """Nobody acts any more, Invoice Cloud answers: the clock, and the member signs in."""
    for _ in range(2):
        resume_by_clock()
        member = world.member
        [password] = [each for each in PASSWORDS if member.check_password(each)]
        state = signs_in(world, password, member.email)
        assert state is not None, "locked out of the portal"
        if state == Billing.RECONNECT and FOREIGN in world.invoice_cloud.users.values():
            reconnects(world)  # an email asks for approval: story 10
        if not problems(world):
            return


def problems(world: World) -> list[str]:
    """What is not as it must be in the end."""
    member, [(email, password), *others] = world.member, world.invoice_cloud.users.items()
    changes = list(CredentialChange.objects.all())
    found = [f"{change} is open" for change in changes if change.state in OPEN]
    if others:
        found.append("two users at Invoice Cloud")
    if email != member.email:
        found.append(f"{email} at Invoice Cloud, {member.email} in the portal")
    if not member.check_password(password):
        found.append(f"{password} at Invoice Cloud, another password in the portal")
    new_passwords = [c.applied_at for c in changes if c.kind in {Kind.RESET, Kind.PASSWORD}]
    for change in changes:
        if change.kind == Kind.EMAIL and change.applied_at:
            between = [
                at for at in new_passwords if at and change.asked_at < at < change.applied_at
            ]
            found += ["an address won that a new password should have stopped"] * len(between)
    return found


def play(
    world: World, acts: Sequence[Act], order: Sequence[int], crashes: Mapping[int, int]
) -> list[Actor]:
    """order: who does the next step, by the place among those who have not ended. When it is used
    up, each goes on to the end in turn. crashes: after how many steps an actor's process ends."""
    actors = [actor(world, act) for act in acts]

    def step(one: Actor) -> None:
        one.step()
        place = actors.index(one)
        world.history.append(f"{place} {'ended' if one.dead else one.steps[-1]}")
        if crashes.get(place) == len(one.steps):
            world.history.append(f"{place} crashed")
            one.crash()

    try:
        for choice in order:
            if not (alive := [one for one in actors if not one.dead]):
                break
            step(alive[choice % len(alive)])
        for one in actors:
            while not one.dead:
                step(one)
    finally:
        for one in actors:
            one.crash()
    return actors


def by_name(each: object) -> str:
    return getattr(each, "__name__", str(each))


@pytest.mark.parametrize("begin", BEGINNINGS, ids=by_name)
def test_each_act_alone_interrupted_at_each_step_and_with_each_answer(
    world: World, begin: Act
) -> None:
    for act in ACTS:
        [whole] = run(world, begin, [act])
        for last in range(1, len(whole.steps) + 1):
            run(world, begin, [act], crashes={0: last})
        for place in range(sum(step.startswith("calling") for step in whole.steps)):
            for answer in Answer:
                run(world, begin, [act], answers=[*[Answer.GIVEN] * place, answer])


AT_ONCE = [
    (changes_password, changes_password_elsewhere),
    (changes_password, resets_password),
    (changes_password, signs_in),
    (resets_password, signs_in),
    (changes_email, resets_password),
    (changes_email, clock_ticks),
    (changes_email, signs_in),
]


@pytest.mark.parametrize("acts", AT_ONCE, ids=lambda acts: "-and-".join(map(by_name, acts)))
def test_two_at_once_in_every_order_of_three_turns(world: World, acts: tuple[Act, Act]) -> None:
    """The first is interrupted after some steps, the second does some, and the first goes on."""
    [one], [other] = run(world, equal, acts[:1]), run(world, equal, acts[1:])
    for first in range(1, len(one.steps) + 1):
        for second in range(1, len(other.steps) + 2):
            run(world, equal, acts, order=[0] * first + [1] * second + [0] * 100)


@settings(max_examples=600, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    begin=some.sampled_from(BEGINNINGS),
    acts=some.lists(some.sampled_from(ACTS), min_size=2, max_size=2),
    order=some.lists(some.integers(0, 1), max_size=40),
    answers=some.lists(some.sampled_from([*[Answer.GIVEN] * 4, *Answer]), max_size=12),
    crashes=some.dictionaries(some.integers(0, 1), some.integers(1, 12), max_size=1),
)
def test_anything_at_once(world: World, **chosen: Any) -> None:
    run(world, chosen.pop("begin"), chosen.pop("acts"), **chosen)
