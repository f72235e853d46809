"""A staff user from finance, who records reversals one by one and from Invoice Cloud's lists."""

import itertools
import re
import time
from collections.abc import Callable
from random import Random

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from payments.models import Payment, Reversal
from tests.cast import STAFF_PASSWORD
from tests.payments.reconciliation.lists import csv_file, line_of
from tests.payments.reconciliation.reading.test_report_types import columns_of
from tests.storm.people.browser import Browser, Interrupted, Page
from tests.storm.town import Refused, Town

AMOUNT = re.compile(r'name="amount" value="([\d.]+)"')
LISTS = "/admin/payments/reconciliation/"
KINDS = ("returned", "refunded", "voided", "chargeback")


class Clerk:
    """confirmed: reversals that were shown as saved. unknown: those for which no page came."""

    def __init__(self, town: Town, email: str) -> None:
        self.town, self.email = town, email
        self.confirmed = self.unknown = 0
        self.browser = Browser(town.url, answered=town.answered, typed=town.typed)
        self.browser.forget(network="2001:db8:ffff::1")

    def work(self, seed: int, ends_at: float) -> None:
        acts: tuple[Callable[[Random], None], ...] = (
            *(self.take_back, self.withdraw, self.reinstate, self.upload),
        )
        for number in itertools.count():
            if time.monotonic() > ends_at:
                connection.close()
                return
            random = Random(f"{seed}:clerk:{number}")
            try:
                random.choices(acts, (6, 2, 3, 3))[0](random)
            except (Interrupted, Refused):
                time.sleep(random.uniform(0.5, 1.5))
            except (OperationalError, InterfaceError):  # looks up what to work on
                connection.close()
            time.sleep(random.uniform(0, 0.3))

    def open(self, path: str) -> Page | None:
        page = self.browser.get(path)
        if page.path.startswith("/admin/login/"):
            fields = {"username": self.email, "password": STAFF_PASSWORD, "next": path}
            page = self.browser.press(page.path, **fields)
        return page if page.path == path and page.status == 200 else None

    def take_back(self, random: Random) -> None:
        """Reverses all that is left, or a part of it."""
        if not (keys := list(Payment.objects.order_by("pk").values_list("pk", flat=True))):
            return
        page = self.open(f"/admin/payments/payment/{random.choice(keys)}/reverse/")
        left = AMOUNT.search(page.text) if page else None
        if page and left and left[1] != "0.00":
            amount = random.choice((left[1], left[1], "0.01"))
            today = timezone.localdate().isoformat()
            self.save(page, random, kind=random.choice(KINDS), amount=amount, day=today)

    def withdraw(self, random: Random) -> None:
        """Withdraws a payment that was added by mistake."""
        added = Payment.objects.filter(source=Payment.Source.RECONCILIATION).order_by("pk")
        key = random.choice(list(added.values_list("pk", flat=True)))
        if page := self.open(f"/admin/payments/payment/{key}/withdraw/"):
            self.save(page, random)

    def reinstate(self, random: Random) -> None:
        made = Reversal.objects.in_effect().exclude(kind=Reversal.Kind.REINSTATED)
        if rows := list(made.order_by("pk").values_list("payment_id", "pk")):
            payment, key = random.choice(rows)
            if page := self.open(f"/admin/payments/payment/{payment}/reinstate/{key}/"):
                self.save(page, random)

    def save(self, page: Page, random: Random, **fields: str) -> None:
        """Submits the form, sometimes twice, as a person does who gets no page."""
        seen = page.hidden().get("seen", "")
        self.unknown += 1
        saved = self.browser.press(page.path, **fields, note="As the bank says.", seen=seen)
        self.unknown -= 1
        self.confirmed += saved.path.endswith("/change/")
        if random.random() < 0.3:
            self.browser.press(page.path, **fields, note="As the bank says.", seen=seen)

    def upload(self, random: Random) -> None:
        """Uploads a list of chargebacks."""
        known = list(Payment.objects.with_net().select_related("account", "checkout"))
        page = self.open(f"{LISTS}add/")
        if not known or not page:
            return
        chosen = random.sample(known, min(len(known), random.choice((1, 2, 3))))
        content = csv_file(*(line_of(payment) for payment in chosen))
        today = timezone.localdate().isoformat()
        biller = str(self.town.biller.pk)
        page = self.browser.press(
            page.path,
            file=(f"chargebacks-{random.randrange(10**9)}.csv", content),
            biller=biller,
            first_day=today,
            last_day=today,
        )
        self.town.count("lists")
        if page.path.endswith("/columns/"):
            self.browser.press(page.path, **columns_of("chargebacks"))
