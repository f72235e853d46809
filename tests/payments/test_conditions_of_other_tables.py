"""Conditional updates that ask something of other tables, while another connection changes it.

PostgreSQL waits for a row that is locked, and then asks its conditions again only of the row
itself, and only if it has changed. So what stands in other tables is asked under the row's lock.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections, transaction

from payments.models import Checkout, Payment
from payments.models.reconciliation import Reconciliation
from payments.postbacks.services import conclude, store
from payments.reconciliation.resolution import resolve
from tests.cast import Cast
from tests.payments.paying import HOSTED, opened, postback_fields
from tests.payments.reconciliation.lists import finance, matched, strange

pytestmark = pytest.mark.django_db(transaction=True)
LONGEST = 20  # seconds until a connection waits for a lock


def during(changing: Callable[[], Any], asking: Callable[[], bool]) -> bool:
    """Returns what `asking` finds, on a connection of its own, that began before `changing` was
    committed and went on after it."""

    def on_its_own() -> bool:
        try:
            return asking()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            changing()
            answer = other.submit(on_its_own)
            _until_it_waits(answer)
        return answer.result(LONGEST)


def _until_it_waits(answer: "Future[bool]") -> None:
    if connection.vendor != "postgresql":
        return  # SQLite has one writer: it begins when the other has ended
    ends_at = time.monotonic() + LONGEST
    while not answer.done() and time.monotonic() < ends_at:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
            if cursor.fetchone():
                return
        time.sleep(0.01)


def test_a_page_that_opens_while_its_payment_is_recorded_stays_closed(cast: Cast) -> None:
    """Else the customer could pay again on it."""
    checkout = opened(cast, launched_at=None, hosted_url="")
    launching = Checkout.objects.get(pk=checkout.pk)
    store(checkout, {name: [text] for name, text in postback_fields(checkout).items()})
    is_open = during(lambda: conclude(checkout), lambda: launching.mark_opened(HOSTED))
    assert Payment.objects.count() == 1
    assert not is_open
    assert Checkout.objects.get(pk=checkout.pk).hosted_url == ""


def test_a_list_is_not_matched_again_while_a_line_is_resolved(cast: Cast) -> None:
    """Else the line could change after the decision about it."""
    made = matched(cast.biller, strange(cast))
    line, by = made.lines.get(), finance(cast.biller)
    claiming = Reconciliation.objects.get(pk=made.pk)
    is_claimed = during(
        lambda: resolve(line, kind="explained", note="By phone.", by=by), claiming.claim
    )
    assert made.has_resolutions()
    assert not is_claimed
    assert Reconciliation.objects.get(pk=made.pk).matched_at
