"""Changes of email and password done at once, interrupted and left without an answer: in the end
both sides agree.

Beside this, tests/faults does the same with real HTTP, real pages and real processes.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from accounts.credentials.calls import PasswordRefused
from accounts.credentials.email_move import NotMoved
from accounts.credentials.links import LinkUsed
from accounts.credentials.resume import resume_by_clock
from accounts.models import LinkedAccount, Member, UtilityAccount
from accounts.models.credential_change import OPEN, CredentialChange, Kind
from accounts.notifications import delivery
from icsso.billers.models import Biller
from icsso.billing.session import State as Billing
from tests.accounts.credentials.acts import (
    ACTS,
    BEGINNINGS,
    FIRST,
    FOREIGN,
    OLD,
    PASSWORDS,
    Act,
    World,
    changes_email,
    changes_password,
    changes_password_elsewhere,
    clock_ticks,
    email_unknown,
    equal,
    not_registered,
    reconnects,
    resets_password,
    signs_in,
    signs_in_with_the_second,
)
from tests.accounts.credentials.interleaving import (
    Actor,
    Answer,
    Crash,
    InvoiceCloud,
    answers_but_the_given,
    steps_at_commits,
)
from tests.faults.flows.operations import is_as_before

pytestmark = pytest.mark.any_database


@pytest.fixture
def world(biller: Biller, monkeypatch: pytest.MonkeyPatch) -> World:
    member = Member.objects.create_user(OLD, FIRST, biller=biller, registered_at=timezone.now())
    UtilityAccount.objects.update(customer_guid=uuid4())
    account = UtilityAccount.objects.filter(biller=biller)[0]
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
            left = finish(world)
        assert left == [], "\n".join([*map(by_name, (begin, *acts)), *world.history])
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


def finish(world: World) -> list[str]:
    """Nobody acts any more, Invoice Cloud answers: the clock, and the member signs in. Returns the
    problems that are left."""
    for _ in range(2):
        resume_by_clock()
        member = world.member
        [password] = [each for each in PASSWORDS if member.check_password(each)]
        state = signs_in(world, password, member.email)
        assert state is not None, "locked out of the portal"
        if state == Billing.RECONNECT and FOREIGN in world.invoice_cloud.users.values():
            reconnects(world)  # an email asks for approval: story 10
        if not (left := problems(world)):
            break
    return left


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
    found += [f"{change} came back" for change in changes if came_back(change, changes)]
    return found


def came_back(change: CredentialChange, changes: list[CredentialChange]) -> bool:
    """Applied, although a new password came in between, which should have stopped it. A password
    that was approved by email may: there the one that is saved last counts."""
    if change.applied_at is None or change.kind not in {Kind.EMAIL, Kind.PASSWORD}:
        return False
    if change.kind == Kind.PASSWORD and change.link_digest:
        return False
    set_at = [c.applied_at for c in changes if c.kind in {Kind.RESET, Kind.PASSWORD}]
    return any(at and change.asked_at < at < change.applied_at for at in set_at)


def play(
    world: World, acts: Sequence[Act], order: Sequence[int], crashes: Mapping[int, int]
) -> list[Actor]:
    """order: who does the next step; whoever has ended does none. When it is used up, each goes on
    to the end in turn. crashes: after how many steps an actor's process ends."""
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
            if not actors[choice].dead:
                step(actors[choice])
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
        for last, step in enumerate(whole.steps, start=1):
            if last == 1 or not is_as_before(step):
                run(world, begin, [act], crashes={0: last})
        calls = [step for step in whole.steps if step.startswith("calling")]
        for place, call in enumerate(calls):
            for answer in answers_but_the_given(call):
                run(world, begin, [act], answers=[*[Answer.GIVEN] * place, answer])


AT_ONCE = [
    (equal, changes_password, changes_password_elsewhere),
    (equal, changes_password, resets_password),
    (equal, changes_password, signs_in),
    (equal, resets_password, signs_in),
    (equal, changes_email, resets_password),
    (equal, changes_email, clock_ticks),
    (equal, changes_email, signs_in),
    (not_registered, signs_in, changes_password),
]


@pytest.mark.parametrize("chosen", AT_ONCE, ids=lambda chosen: "-".join(map(by_name, chosen)))
def test_two_at_once_in_every_order_of_three_turns(
    world: World, chosen: tuple[Act, Act, Act]
) -> None:
    """The first is interrupted after some steps, the second does some, and the first goes on."""
    begin, *acts = chosen
    [one], [other] = run(world, begin, acts[:1]), run(world, begin, acts[1:])
    for first in range(1, len(one.steps) + 1):
        for second in range(1, len(other.steps) + 2):
            run(world, begin, acts, order=[0] * first + [1] * second + [0] * 100)


def test_a_second_change_crashes_within_the_first(world: World) -> None:
    """The first has read the member before the second gives them another address."""
    acts = changes_password, changes_email
    [one], [other] = run(world, email_unknown, acts[:1]), run(world, email_unknown, acts[1:])
    for first in range(1, len(one.steps) + 1):
        for second in range(1, len(other.steps) + 1):
            order = [0] * first + [1] * second + [0] * 100
            run(world, email_unknown, acts, order=order, crashes={1: second})


@pytest.mark.parametrize(
    "acts",
    [
        (changes_password, resets_password, signs_in_with_the_second),
        (changes_email, resets_password, clock_ticks),
    ],
    ids=lambda acts: "-".join(map(by_name, acts)),
)
def test_a_reset_while_a_thief_changes_something(world: World, acts: Sequence[Act]) -> None:
    """The owner resets the password while a call of the thief's is on its way, any answer is lost,
    and the thief tries what may have come of it."""
    [thief] = run(world, equal, acts[:1])
    for first in range(1, len(thief.steps) + 1):
        order = [0] * first + [1] * 30
        for place in range(8):
            for answer in (Answer.LOST, Answer.AWAY):
                answers = [*[Answer.GIVEN] * place, answer]
                run(world, equal, acts, order=order, answers=answers)
            if world.invoice_cloud.answers:
                break  # nobody called that often, so the next place would play the same again


# While the first sign-in registers the member, Invoice Cloud is told what the portal had when it
# began: that is not a change of credentials, and not played here with everything else.
REGISTERED = [begin for begin in BEGINNINGS if begin is not not_registered]
ANSWERS = some.lists(some.sampled_from([*[Answer.GIVEN] * 4, *Answer]), max_size=12)
bounded = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])


@bounded
@given(
    begin=some.sampled_from(REGISTERED),
    acts=some.lists(some.sampled_from(ACTS), min_size=2, max_size=2),
    order=some.lists(some.integers(0, 1), max_size=40),
    answers=ANSWERS,
    crashes=some.dictionaries(some.integers(0, 1), some.integers(1, 14), max_size=1),
)
def test_two_at_once_of_whom_one_may_crash(world: World, **chosen: Any) -> None:
    run(world, chosen.pop("begin"), chosen.pop("acts"), **chosen)


@bounded
@given(
    begin=some.sampled_from(REGISTERED),
    acts=some.lists(some.sampled_from(ACTS), min_size=3, max_size=3),
    order=some.lists(some.integers(0, 2), max_size=60),
    answers=ANSWERS,
)
def test_three_at_once(world: World, **chosen: Any) -> None:
    run(world, chosen.pop("begin"), chosen.pop("acts"), **chosen)
