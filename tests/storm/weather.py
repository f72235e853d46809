"""What goes wrong during the storm, drawn from the seed: faults, outages, kills, late postbacks."""

import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from random import Random

from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F
from django.utils import timezone

from accounts.models.second_factor import SecondFactor
from accounts.notifications import requeue as abandoned
from accounts.ratelimit import forget_attempts
from tests.storm.billing_system import BillingSystem, a_while_passes
from tests.storm.disasters import TEN_MINUTES, Ground, deck
from tests.storm.town import Refused, Town

# Wrong answers ("refused", "wrong password") are not included: Invoice Cloud's answers are
# authoritative.
FAULTS = ("slow", "unavailable", "too_many", "bad_gateway", "gateway_timeout", "server_error")
FAULTS += ("html", "redirect", "reset", "hang", "reset_after", "hang_after", "truncated", "empty")
FAULTS += ("wrong_type", "wrapped", "stringly")
OUTAGES = ("unavailable", "reset", "hang", "gateway_timeout")
PAUSES = 0.3, 2.0  # seconds between two events
DISASTER_EVERY = 7.0  # minimum seconds from the start of one to the start of the next
STEPS = 30  # half minutes in fifteen
PERIODIC = ("age_checkouts", "settle_changes", "take_up_mails", "apply_retention")
OPERATIONS = ("retrieve_users", "remote_authentication", "retrieve_user_accounts")
OPERATIONS += ("register_accounts", "update_password", "update_email_address")
OPERATIONS += ("create_customer_record", "retrieve_customer_guid", "account", "cloud_payments")


class Weather:
    def __init__(self, town: Town, ground: Ground, random: Random, cis: BillingSystem) -> None:
        self.town, self.ground, self.random, self.cis = town, ground, random, cis
        self.machines, self.disasters = ground.machines, deck(random)

    def blow(self, seconds: float) -> None:
        """Runs one event after the other. The database crashes once in every minute, and a disaster
        happens every few seconds."""
        ends_at = time.monotonic() + seconds
        crash_every = min(60.0, seconds)
        crash_at = time.monotonic() + crash_every * self.random.uniform(0.3, 0.7)
        disaster_at = time.monotonic() + DISASTER_EVERY
        while time.monotonic() < ends_at:
            time.sleep(self.random.uniform(*PAUSES))
            event = self.random.choices(*EVENTS)[0]
            if time.monotonic() > disaster_at:
                event, disaster_at = Weather.disaster, time.monotonic() + DISASTER_EVERY
            if time.monotonic() > crash_at:
                event, crash_at = Weather.database_crashes, crash_at + crash_every
            try:
                event(self)
            except (OperationalError, InterfaceError):
                connection.close()  # our own connection broke as well
            except Refused:  # the email has changed in the meantime, or the machine is very busy
                self.town.count("unheard")
            self.machines.start_what_has_ended()

    def disaster(self) -> None:
        disaster = next(self.disasters)
        self.town.count("disasters")
        self.town.count(disaster.__name__)
        disaster(self.ground, self.random)

    def fault(self) -> None:
        self.town.count("faults")
        kind, operation = self.random.choice(FAULTS), self.random.choice(OPERATIONS)
        row = {"operation": operation, "kind": kind, "times": self.random.randint(1, 4)}
        self.town.control("POST", "faults", **row, seconds=0.4 if kind == "slow" else 5)

    def outage(self) -> None:
        self.town.count("outages")
        kind = self.random.choice(OUTAGES)
        self.town.control("POST", "faults", operation="*", kind=kind, seconds=5)
        time.sleep(self.random.uniform(1, 5))
        self.town.control("DELETE", "faults")

    def calls_come_otherwise(self) -> None:
        """Changes how postbacks are sent from now on."""
        self.town.control(
            "POST",
            "postback-settings",
            delay_seconds=self.random.choice((0, 0, 0.5, 3)),
            copies=self.random.choice((1, 2, 3)),
            place=self.random.choice(("body", "query", "both")),
            shuffle=self.random.random() < 0.7,
            per_invoice=self.random.random() < 0.5,
            return_method=self.random.choice(("GET", "POST")),
            retries=8,
        )

    def tokens_end(self) -> None:
        if users := self.town.state("users"):
            email = self.random.choice(users)["email"]
            self.town.control("POST", "users/expire-tokens", email=email)

    def web_process_dies(self) -> None:
        self.town.count("kills")
        self.random.choice(self.machines.webs).kill_child(self.random)

    def web_dies(self) -> None:
        self.town.count("kills")
        self.machines.restart(self.random.choice(self.machines.webs))

    def worker_dies(self) -> None:
        self.town.count("kills")
        self.machines.restart(self.random.choice(self.machines.workers))

    def database_crashes(self) -> None:
        self.town.count("kills")
        self.machines.crash_database()

    def clock_strikes(self) -> None:
        for command in PERIODIC:
            call_command(command, stdout=StringIO())

    def quarter_of_an_hour_passes(self) -> None:
        """Makes everything due, because nobody waits that long in a storm of a minute."""
        forget_attempts()
        SecondFactor.objects.update(last_step=F("last_step") - STEPS)
        a_while_passes()
        # A worker may have been killed while its clock was ahead: what it ran began in the future.
        abandoned.take_up(timezone.now() + timedelta(minutes=15, seconds=TEN_MINUTES))


Event = Callable[[Weather], None]
EVENTS: tuple[tuple[Event, ...], tuple[int, ...]] = tuple(
    zip(
        (Weather.fault, 8),
        (Weather.outage, 3),
        (Weather.calls_come_otherwise, 4),
        (Weather.tokens_end, 1),
        (Weather.web_process_dies, 4),
        (Weather.web_dies, 1),
        (Weather.worker_dies, 2),
        (Weather.quarter_of_an_hour_passes, 2),
        strict=True,
    )
)  # type: ignore[assignment]
