"""Which commands `manage.py run_periodic` runs, and when."""

from datetime import timedelta
from typing import NamedTuple


class Command(NamedTuple):
    """every: from the start of one run to the start of the next. at_most: a run that takes longer
    hangs and is stopped."""

    name: str
    every: timedelta
    at_most: timedelta


def _command(name: str, *, minutes: int, at_most: int) -> Command:
    return Command(name, timedelta(minutes=minutes), timedelta(minutes=at_most))


COMMANDS = (
    _command("age_checkouts", minutes=5, at_most=30),
    _command("settle_changes", minutes=5, at_most=30),
    _command("post_payments", minutes=5, at_most=30),
    _command("take_up_mails", minutes=5, at_most=30),
    _command("refresh_balances", minutes=5, at_most=30),
    _command("send_webhooks", minutes=1, at_most=10),
    _command("send_reminders", minutes=15, at_most=60),
    _command("mail_work", minutes=60, at_most=60),
    _command("end_helpers", minutes=60, at_most=60),
    _command("apply_retention", minutes=60, at_most=240),
)
