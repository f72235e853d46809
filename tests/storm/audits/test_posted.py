"""The audit of what was posted: silent if everything arrived, and a sentence where it did not."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from payments.models import PaymentLine
from posting.models import WebhookDelivery
from tests.cast import Cast
from tests.payments.reversals.happened import returned
from tests.sandbox_process import SandboxProcess
from tests.storm.audits.posted import posted
from tests.storm.billing_system import BillingSystem, billing_system, paid_by_phone
from tests.storm.healing import everything_is_posted
from tests.storm.people.clerk import Clerk
from tests.storm.town import Town


@pytest.fixture
def cis(cast: Cast, tmp_path: Path, settings: Settings) -> Iterator[BillingSystem]:
    """Everything is posted: three payments, and a return of one of them."""
    settings.POSTING_FOLDER = str(tmp_path / "folder")
    with billing_system(tmp_path) as system:
        system.settle(cast.biller)
        for number in ("10000101", "10000102", "10000103"):
            paid_by_phone(cast.account(number))
        returned(cast, PaymentLine.objects.earliest("pk").payment)
        post()
        yield system


@pytest.fixture
def clerk(tmp_path: Path, sandbox_process: SandboxProcess) -> Clerk:
    """A clerk who was told of the one reversal."""
    clerk = Clerk(Town("http://127.0.0.1:9", tmp_path, sandbox_process), "finance@example.com")
    clerk.confirmed = 1
    return clerk


def post() -> None:
    everything_is_posted()
    for command in ("post_payments", "send_webhooks"):
        call_command(command, verbosity=0)


def one_file(cis: BillingSystem) -> Path:
    return next(path for path in cis.folder.rglob("*") if path.is_file())


def test_all_of_it_arrived(cis: BillingSystem, clerk: Clerk) -> None:
    assert posted(cis, clerk) == []
    assert everything_is_posted()


def test_half_a_file_and_a_file_of_nobody(cis: BillingSystem, clerk: Clerk) -> None:
    file = one_file(cis)
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    assert posted(cis, clerk) == [f"{file.name} is not there, or not as it was built"]
    file.write_bytes(whole)
    (file.parent / "other.csv").write_bytes(whole)
    assert posted(cis, clerk) == ["nobody built other.csv"]


def test_a_line_that_no_file_has(cis: BillingSystem, clerk: Clerk) -> None:
    line = PaymentLine.objects.latest("pk")
    line.pk, line._state.adding = None, True
    line.invoice_number = "another"
    line.save()
    assert not everything_is_posted()
    assert posted(cis, clerk) == [
        f"not posted in the files, or not so: P{line.pk} 64.25",
        f"not posted by webhook, or not so: P{line.pk} 64.25",
    ]


def test_an_event_that_came_twice(cis: BillingSystem, clerk: Clerk) -> None:
    """A receiver recognizes it by its id; with another id, it is posted twice."""
    event = cis.hooks.received[0]
    cis.hooks.received.append(event)
    assert posted(cis, clerk) == []
    another = deepcopy(event.headers)
    another.replace_header("webhook-id", "msg_another")
    cis.hooks.received[-1] = event._replace(headers=another)
    wrong, twice = posted(cis, clerk)
    assert wrong == "msg_another has a wrong signature"
    assert twice.startswith("posted twice by webhook, or not so: P")


def test_an_event_that_is_not_known_to_be_delivered(cis: BillingSystem, clerk: Clerk) -> None:
    WebhookDelivery.objects.filter(pk=WebhookDelivery.objects.latest("pk").pk).update(
        state="pending"
    )
    assert posted(cis, clerk) == ["1 webhooks are not known to be delivered"]


def test_a_reversal_that_staff_were_told_of(cis: BillingSystem, clerk: Clerk) -> None:
    clerk.confirmed = 2
    assert posted(cis, clerk) == ["1 reversals by staff, who were told of 2"]
    clerk.confirmed, clerk.unknown = 0, 1
    assert posted(cis, clerk) == []
