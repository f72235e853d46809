"""What a page weighs on its way to a phone: at most 40 KB, all of it from the portal.

Counted as production sends it: style sheets, scripts, and drawings compressed with gzip, as
WhiteNoise keeps them; the page itself as it is, since the portal compresses no page (BREACH) and a
proxy need not. The browser has nothing kept. `WEIGHTS=1 pytest -s` prints a table.
"""

import gzip
import os
import sys
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Page, Response

from tests import cast as people
from tests.cast import Cast
from tests.journeys.pages.test_every_page import signed_in
from tests.journeys.walks import sign_in
from tests.payments.paying import opened, postback_fields, send_postback
from tests.sandbox_process import SandboxProcess

MOST_BYTES = 40 * 1024


class Weights:
    """The bytes of all that a page asks for until the network is quiet."""

    def __init__(self, page: Page, invoice_cloud: str) -> None:
        self.page, self.invoice_cloud = page, invoice_cloud
        self.sent: dict[str, int] = {}
        self.plain: dict[str, int] = {}
        self.others: set[str] = set()

    def of(self, address: str) -> int:
        answers: list[Response] = []

        def keep(answer: Response) -> None:
            answers.append(answer)

        self.page.on("response", keep)
        self.page.goto(address)
        self.page.wait_for_load_state("networkidle")
        self.page.remove_listener("response", keep)
        for answer in answers:
            self._note(answer)
        if os.environ.get("WEIGHTS"):
            sent, plain = sum(self.sent.values()), sum(self.plain.values())
            sys.stdout.write(f"\n{address}: {sent} bytes, {plain} before compression\n")
        return sum(self.sent.values())

    def _note(self, answer: Response) -> None:
        parts = urlsplit(answer.url)
        if answer.url.startswith(self.invoice_cloud):
            return  # what the frame shows is Invoice Cloud's
        if parts.scheme != "data" and parts.hostname != "localhost":
            self.others.add(answer.url)
        body = answer.body() if answer.status == 200 else b""
        is_kept_compressed = parts.path.startswith("/static/")
        self.plain[parts.path] = len(body)
        self.sent[parts.path] = len(gzip.compress(body, 9) if is_kept_compressed else body)


@pytest.fixture
def weights(page: Page, sandbox: SandboxProcess) -> Weights:
    return Weights(page, sandbox.url)


@pytest.mark.parametrize("address", ["/", "/pay/"])
def test_public_pages(weights: Weights, cast: Cast, address: str) -> None:
    assert weights.of(address) <= MOST_BYTES, weights.sent
    assert len(weights.sent) > 8
    assert weights.others == set()


@pytest.mark.parametrize("address", ["/", "/billing/bills/"])
def test_a_members_pages(weights: Weights, cast: Cast, live_server: object, address: str) -> None:
    weights.page.context.add_cookies([signed_in(str(live_server))])
    assert weights.of(address) <= MOST_BYTES, weights.sent
    assert weights.others == set()


def test_the_list_of_many_accounts(weights: Weights, cast: Cast) -> None:
    sign_in(weights.page, people.MANAGER_EMAIL, people.MANAGER_PASSWORD)
    weights.page.wait_for_url("/")
    told: Any = weights.page.context.new_cdp_session(weights.page)
    told.send("Network.clearBrowserCache")
    assert weights.of("/?all") <= MOST_BYTES, weights.sent
    assert weights.page.locator(".accounts tbody tr").count() == 25
    assert weights.others == set()


def test_a_receipt(weights: Weights, cast: Cast) -> None:
    checkout = opened(cast)
    send_postback(Client(), checkout, postback_fields(checkout))
    assert weights.of(f"/pay/{checkout.address}/receipt/") <= MOST_BYTES, weights.sent
    assert weights.others == set()
