"""After the storm: everything runs, every call arrives, everybody comes back once."""

import time
from collections.abc import Callable, Iterable
from random import Random

from django.db import connection
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.models.credential_change import CredentialChange
from payments.models import PaymentLine, ReversalLine
from posting.models import PostingFile, WebhookDelivery
from tests.storm.billing_system import a_while_passes, next_day
from tests.storm.browser import Interrupted
from tests.storm.imports import IMPORT, is_over
from tests.storm.person import Person
from tests.storm.town import Machines, Town
from tests.storm.weather import Weather

LONGEST = 60.0  # seconds that anything may take to come right
UNFINISHED = (TaskResultStatus.READY, TaskResultStatus.RUNNING)


def heal(town: Town, machines: Machines, people: Iterable[Person], weather: Weather) -> None:
    connection.close()
    weather.ground.recover()
    town.control("DELETE", "faults")
    for web in machines.webs:
        machines.restart(web)
    machines.restart_workers()
    machines.start_what_has_ended()
    weather.cis.recover()
    time.sleep(2)  # the breaker's rest
    deliver_calls(town)
    weather.quarter_of_an_hour_passes()
    weather.clock_strikes()
    for person in people:
        weather.quarter_of_an_hour_passes()
        come_back(person)
    weather.clock_strikes()
    import_once_more(weather)
    eventually(background_work_is_done)
    eventually(lambda: not CredentialChange.objects.open().exists())
    eventually(everything_is_posted)
    for scheduler in machines.schedulers:
        scheduler.stop()  # so that nothing new is under way when all is counted


def import_once_more(weather: Weather) -> None:
    """Whoever was not told that a file was imported imports it again."""
    registrar = weather.ground.registrar()
    if not eventually(lambda: registrar.upload(weather.random)) or not eventually(is_over):
        weather.town.found("accounts cannot be imported in calm weather")


def background_work_is_done() -> bool:
    """Each time it is asked, what waits for a later attempt waits no longer."""
    a_while_passes()
    tasks = DBTaskResult.objects.exclude(task_path=IMPORT)
    return not tasks.filter(status__in=UNFINISHED).exists()


def everything_is_posted() -> bool:
    """Each time it is asked, another day begins and all pauses are over."""
    next_day()
    a_while_passes()
    is_open = PaymentLine.objects.filter(posted_line=None).exists()
    is_open |= ReversalLine.objects.filter(posted_line=None).exists()
    is_open |= PostingFile.objects.exclude(state=PostingFile.State.DELIVERED).exists()
    return not is_open and not WebhookDelivery.objects.pending().exists()


def deliver_calls(town: Town) -> None:
    """Invoice Cloud repeats them by itself, with longer and longer pauses; we are in a hurry."""
    for call in town.state("postbacks"):
        if call["status"] != 200:
            again = town.control("POST", f"postbacks/{call['id']}/send")
            if again["status"] != 200:
                town.found(f"a call about a payment is answered {again['status']} in calm weather")


def come_back(person: Person) -> None:
    """Signs in, or else finishes registering, and follows the mail when billing asks for it."""
    person.patience = LONGEST
    try:
        if not person.sign_in() and not person.is_member and person.household.accounts:
            person.register(Random(0))
        if not person.is_at_home and (person.is_member or person.household.accounts):
            person.town.found(f"{person.household.email} cannot come back")
            return
        if not person.is_member:
            return
        if "Reconnect your billing pages" in person.browser.get("/billing/bills/").text:
            person.reconnect()
            person.sign_in()
    except Interrupted:
        person.town.found(f"{person.household.email} got no page in calm weather")


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.5)
    return False
