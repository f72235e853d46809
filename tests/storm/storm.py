"""One storm from its seed: customers go through stories while everything breaks; then the audit."""

import itertools
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from random import Random

from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection

from accounts.models import User, UtilityAccount
from deploy import services
from payments.models import Postback, Reversal
from posting.models import PostedLine, PostingFile
from tests.cast import staff
from tests.sandbox_process import SandboxProcess
from tests.storm.audits.audit import audit
from tests.storm.audits.leaks import leaks
from tests.storm.audits.posted import posted
from tests.storm.billing_system import BillingSystem, billing_system, next_day, paid_by_phone
from tests.storm.disasters import DISASTERS, Ground
from tests.storm.healing import eventually, heal
from tests.storm.machines import servers
from tests.storm.machines.relay import Relay
from tests.storm.nature import VARIABLE
from tests.storm.people.clerk import Clerk
from tests.storm.people.person import Person
from tests.storm.people.stories import tell
from tests.storm.people.window import in_chromium
from tests.storm.surroundings import (
    CACHE,
    DATABASE_URL,
    HOME,
    HOSTS,
    NATURE,
    POOLED,
    PORT,
    POSTGRES,
    PROCESSES,
)
from tests.storm.town import Machines, Refused, Town
from tests.storm.weather import PAUSES, Weather

KEPT = servers.ROOT / "var" / "faults"  # logs of storms in which something was wrong
FEW = 20  # stories
DISASTER_NAMES = tuple(disaster.__name__ for disaster in DISASTERS)
TOLD = ("two-step", "recovery codes", "unlinked", "helpers", "helped", "imports")
Life = Callable[[float], None]  # of one customer, until a time of the monotonic clock


def storm(seed: int, seconds: float, *, people: int, chromium: bool) -> int:
    """Returns 0 if nothing is wrong. Prints what happened, and what is wrong."""
    print(f"seed {seed}, {seconds:g} seconds", flush=True)
    with ExitStack() as stack:
        town, ground = build(stack)
        cis = stack.enter_context(billing_system(HOME / "cis"))
        figures: dict[str, int] = {}
        try:
            wrong = weathered(town, ground, cis, seed, seconds, people=people, chromium=chromium)
            figures = count(town, cis)
        except Refused as silence:
            wrong = [*town.wrong, f"the sandbox could not be asked, so nothing is shown: {silence}"]
    report(seed, figures, [*town.remarks, *weakness(figures)], wrong)
    if wrong:
        keep(town, KEPT / str(seed))
    return bool(wrong)


def weathered(
    town: Town,
    ground: Ground,
    cis: BillingSystem,
    seed: int,
    seconds: float,
    *,
    people: int,
    chromium: bool,
) -> list[str]:
    """Runs the storm, lets everything recover, and returns what is wrong then."""
    customers = [Person(town, household) for household in town.settle(people)]
    cis.settle(town.biller)
    for account in UtilityAccount.objects.all():
        paid_by_phone(account)
    clerk = Clerk(town, staff("finance", town.biller).email)
    weather = Weather(town, ground, Random(f"{seed}:weather"), cis)
    weather.calls_come_otherwise()
    lives: list[Life] = [partial(live, person, seed) for person in customers]
    lives.append(partial(clerk.work, seed))
    lives.append(partial(bad_days, town, ground.machines, cis, Random(f"{seed}:cis")))
    if chromium:
        lives.append(partial(in_chromium, town, Random(f"{seed}:window")))
    live_through(seconds, lives, weather)
    customers += [helper for person in customers for helper in person.helpers]
    heal(town, ground.machines, customers, weather)
    eventually(lambda: not audit(town, customers))
    eventually(lambda: not posted(cis, clerk))
    return [*town.wrong, *audit(town, customers), *posted(cis, clerk), *leaks(town)]


def keep(town: Town, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, log in town.logs().items():
        shutil.copyfile(log, folder / name)
    print(f"  logs: {folder}", flush=True)


def build(stack: ExitStack) -> tuple[Town, Ground]:
    """Starts everything; the stack stops it."""
    stack.enter_context(POSTGRES)
    stack.enter_context(CACHE)
    call_command("migrate", verbosity=0)
    sandbox = stack.enter_context(SandboxProcess(demo=False))
    mail = Relay(("127.0.0.1", sandbox.smtp_port))
    environment = os.environ | {"EMAIL_URL": f"smtp://127.0.0.1:{mail.port}"}
    environment[VARIABLE] = str(NATURE)
    if HOSTS:
        environment |= stack.enter_context(pooled())
    town = Town(f"http://localhost:{PORT}", HOME, sandbox)
    machines = built(environment, town)
    for server in (*machines.webs, *machines.workers, *machines.schedulers):
        stack.enter_context(server)
    ground = Ground(
        town, machines, cache=CACHE, database_url=DATABASE_URL, mail=mail, nature=NATURE
    )
    return town, ground


@contextmanager
def pooled() -> Iterator[dict[str, str]]:
    """Starts PgBouncer; yields the portal's settings for it, as in docs/production.md."""
    program, home = services.demand_pooler(), HOME / "pgbouncer"
    with services.pooler(program, home, DATABASE_URL, connections=POOLED) as url:
        yield {"DATABASE_URL": url, "DATABASE_POOLER": "on", "DATABASE_DIRECT_URL": DATABASE_URL}


def built(environment: dict[str, str], town: Town) -> Machines:
    """Starts the portal's processes, on this machine or on the hosts in turn, with a relay to all
    of their web processes."""
    home, places = HOME / "portal", HOSTS or (None,)
    webs = [
        servers.gunicorn(
            "inhance.wsgi",
            home,
            environment | {"WEB_CONCURRENCY": str(len(range(n, PROCESSES, len(places))))},
            port=PORT,
            host=place,
        )
        for n, place in enumerate(places)
    ]
    workers = [
        servers.worker(queue, home, environment, places[n % len(places)])
        for n, queue in enumerate(("default", "emails"))
    ]
    schedulers = [
        servers.scheduler(n, home, environment, places[n % len(places)]) for n in range(2)
    ]
    if HOSTS:
        Relay(*((host.address, PORT) for host in HOSTS), port=PORT)
    return Machines(postgres=POSTGRES, webs=webs, workers=workers, schedulers=schedulers, town=town)


def live_through(seconds: float, lives: Sequence[Life], weather: Weather) -> None:
    ends_at = time.monotonic() + seconds
    with ThreadPoolExecutor(len(lives)) as pool:
        told = [pool.submit(life, ends_at) for life in lives]
        weather.blow(seconds)
        for each in told:
            each.result()


def live(person: Person, seed: int, ends_at: float) -> None:
    """What is drawn for a story depends only on its number, not on how earlier ones went."""
    for number in itertools.count():
        if time.monotonic() > ends_at:
            return
        random = Random(f"{seed}:{person.household.number}:{number}")
        tell(person, random)
        time.sleep(random.uniform(0, 0.5))


def bad_days(
    town: Town, machines: Machines, cis: BillingSystem, random: Random, ends_at: float
) -> None:
    """Disturbs the billing system and what posts to it, independently of the weather."""
    while time.monotonic() < ends_at:
        time.sleep(random.uniform(*PAUSES))
        try:
            if random.random() < 0.25:
                town.count("posting killed")
                machines.kill_scheduler(random)
            else:
                cis.change(random)
                next_day()
        except (OperationalError, InterfaceError):
            connection.close()
    connection.close()


def count(town: Town, cis: BillingSystem) -> dict[str, int]:
    state = town.state()
    attempts = [each for call in state["postbacks"] for each in call["attempts"]]
    payments = [payment for payment in state["payments"] if payment["hosted_payment"]]
    calls = Postback.objects.count()
    return {
        "stories": town.counts["stories"],
        "interrupted": town.counts["interrupted"],
        "in Chromium": town.counts["in Chromium"],
        "members": User.objects.exclude(biller=None).count(),
        "changes": town.counts["changes"],
        "approved": sum(payment["approved"] for payment in payments),
        "declined": sum(not payment["approved"] for payment in payments),
        "kills": town.counts["kills"],
        "posting killed": town.counts["posting killed"],
        "outages": town.counts["outages"],
        **{name: town.counts[name] for name in (*DISASTER_NAMES, *TOLD)},
        "faults": town.counts["faults"],
        "calls": calls,
        "repeats": Postback.objects.filter(verdict=Postback.Verdict.REPEATED).count(),
        "tried again": sum(attempt["status"] != 200 for attempt in attempts),
        "pages": sum(town.statuses.values()),
        "reversals": Reversal.objects.count(),
        "by lists": Reversal.objects.filter(source=Reversal.Source.LIST).count(),
        "files": PostingFile.objects.count(),
        "attempts at files": sum(PostingFile.objects.values_list("attempts", flat=True)),
        "lines posted": PostedLine.objects.count(),
        "webhooks": len(set(cis.hooks.ids)),
        "webhooks again": cis.repeated(),
        "reconnected": town.counts["reconnected"],
    }


def weakness(figures: dict[str, int]) -> list[str]:
    if not figures or (ended := figures["stories"] - figures["interrupted"]) >= FEW:
        return []
    return [f"only {ended} stories came to their end: this storm shows little"]


def report(
    seed: int, figures: dict[str, int], remarks: Sequence[str], wrong: Sequence[str]
) -> None:
    print("  " + ", ".join(f"{what} {number}" for what, number in figures.items()))
    print("  | " + " | ".join(str(each) for each in (seed, *figures.values(), len(wrong))) + " |")
    for sentence in remarks:
        print(f"  {sentence}")
    for sentence in wrong:
        print(f"  WRONG: {sentence}")
    print("  found wrong:", len(wrong), "" if not wrong else f"(again: make faults SEED={seed})")
    sys.stdout.flush()
