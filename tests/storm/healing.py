"""After the storm: everything runs, every postback arrives, and everybody comes back once."""

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
from tests.storm.people.browser import Interrupted
from tests.storm.people.imports import IMPORT, is_over
from tests.storm.people.person import Person
from tests.storm.town import Machines, Town
from tests.storm.weather import Weather

LONGEST = 60.0  # seconds in which everything must recover
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
        scheduler.stop()  # so that nothing new is in progress during the audit


def import_once_more(weather: Weather) -> None:
    """Imports a file again if its upload was not confirmed."""
    registrar = weather.ground.registrar()
    if not eventually(lambda: registrar.upload(weather.random)) or not eventually(is_over):
        weather.town.found("accounts cannot be imported in calm weather")


def background_work_is_done() -> bool:
    """With each call, tasks that wait for a later attempt become due."""
    a_while_passes()
    tasks = DBTaskResult.objects.exclude(task_path=IMPORT)
    return not tasks.filter(status__in=UNFINISHED).exists()


def everything_is_posted() -> bool:
    """With each call, another day begins and all pauses end."""
    next_day()
    a_while_passes()
    is_open = PaymentLine.objects.filter(posted_line=None).exists()
    is_open |= ReversalLine.objects.filter(posted_line=None).exists()
    is_open |= PostingFile.objects.exclude(state=PostingFile.State.DELIVERED).exists()
    return not is_open and not WebhookDelivery.objects.pending().exists()


def deliver_calls(town: Town) -> None:
    """Sends the remaining postbacks, which Invoice Cloud would repeat more slowly."""
    for call in town.state("postbacks"):
        if call["status"] != 200:
            again = town.control("POST", f"postbacks/{call['id']}/send")
            if again["status"] != 200:
                town.found(f"a call about a payment is answered {again['status']} in calm weather")


def come_back(person: Person) -> None:
    """Signs in, or else finishes signing up, and follows the email if billing asks for it."""
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
