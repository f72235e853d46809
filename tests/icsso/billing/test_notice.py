"""The notice above the dashboard: silent unless there is something to do."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from icsso.billing.session import BillingSession, State


def notice(billing: BillingSession | None) -> str:
    return " ".join(render_to_string("icsso/notice.html", {"billing": billing}).split())


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.AWAY, "Billing pages aren't available right now."),
        (State.RECONNECT, "Your billing pages need to be reconnected."),
        (State.ELSEWHERE, "Your account is already online with a different email."),
        (State.REFUSED, "We couldn't open the billing pages for your account."),
        (State.FAULT, "We can't open your billing pages yet."),
    ],
)
def test_trouble_leads_to_the_page_that_says_more(state: State, said: str) -> None:
    shown = notice(BillingSession(state=state))
    assert said in shown
    assert 'href="/billing/bills/"' in shown


def test_every_trouble_is_told() -> None:
    silent = [one for one in State if not notice(BillingSession(state=one))]
    assert silent == [State.CONNECTED]


def test_nothing_is_said_when_there_is_nothing_to_do() -> None:
    expires_at = timezone.now() + timedelta(minutes=20)
    usable = BillingSession(state=State.CONNECTED, token="t", expires_at=expires_at)
    assert notice(usable) == ""
    assert notice(BillingSession(state=State.CONNECTED)) == ""
    assert notice(None) == ""
