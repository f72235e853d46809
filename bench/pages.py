"""What the main pages cost the CPU, beside a view that does nothing in a new Django project.

None of them calls Invoice Cloud, so nothing else has to run. Figures from different machines can't
be compared; the ratios can, roughly.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.setup import on_sqlite

on_sqlite()

from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import timezone

from accounts.models import LinkedAccount, User, UtilityAccount
from accounts.tokens import digest, new_secret
from bench.floor.project import MIDDLEWARE
from bench.setup.measuring import sign_in
from icsso.billers.models import Biller
from payments.models import Checkout
from payments.models.biller_reference import new_biller_reference

REQUESTS = 200
WARM_UP = 10
Request = Callable[[], HttpResponse]


class Cost(NamedTuple):
    milliseconds: float
    queries: int


def browser() -> Client:
    return Client(SERVER_NAME="localhost")


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nothing")


# This module is also the URLconf of the bare view.
urlpatterns = [path("", nothing)]


def cost(request: Request) -> Cost:
    """CPU of one request, the median of many; and its queries."""
    for _ in range(WARM_UP):
        answer = request()
        assert answer.status_code == 200, answer.status_code
    spent = []
    for _ in range(REQUESTS):
        started = time.process_time()
        request()
        spent.append(time.process_time() - started)
    with CaptureQueriesContext(connection) as queries:
        request()
    return Cost(median(spent) * 1000, len(queries))


def bare() -> Cost:
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=MIDDLEWARE):
        client = browser()
        return cost(lambda: client.get("/"))


def springfield() -> Biller:
    return Biller.objects.create(
        slug="springfield-water",
        name="Springfield Water",
        is_active=True,
        base_url="http://127.0.0.1:9",
        biller_guid=uuid4(),
        support_phone="(217) 555-0100",
    )


def accounts(biller: Biller, number: int) -> list[UtilityAccount]:
    return UtilityAccount.objects.bulk_create(
        UtilityAccount(
            biller=biller,
            account_number=str(20_000_000 + each),
            name="Maple Court Management",
            address=f"{each} Maple Court",
        )
        for each in range(number)
    )


def signed_in(biller: Biller, linked: list[UtilityAccount]) -> Client:
    member = User(email=f"member-{len(linked)}@example.com", biller=biller)
    member.set_unusable_password()
    member.save()
    LinkedAccount.objects.bulk_create(
        LinkedAccount(member=member, account=account, is_first=place == 0)
        for place, account in enumerate(linked)
    )
    client = browser()
    sign_in(client, member)
    return client


def postbacks(account: UtilityAccount) -> Request:
    """Declined calls, each different from the one before, so that each is kept and decided."""
    token = new_secret()
    checkout = Checkout.objects.begin(
        [account],
        biller=account.biller,
        kind=Checkout.Kind.GUEST,
        visitor="bench",
        address=new_secret(),
        biller_reference=new_biller_reference(),
        postback_digest=digest(token),
        return_digest=digest(new_secret()),
        launched_at=timezone.now(),
    )
    client = browser()

    def call() -> HttpResponse:
        fields = {
            "BillerGUID": str(account.biller.biller_guid),
            "BillerReference": checkout.biller_reference,
            "AccountNumber": account.account_number,
            "PaymentDate": "11/23/2026 3:04:05 PM",
            "InvoiceNumber": "5001",
            "Approved": "False",
            "PaymentGUID": str(uuid4()),
            "PaymentAmount": "84.20",
            "ConvenienceFee": "1.95",
            "CardType": "Visa",
            "PaymentMessage": "Declined by the bank",
        }
        body, form = urlencode(fields), "application/x-www-form-urlencoded"
        answer: HttpResponse = client.post(f"/pay/postback/{token}/", body, content_type=form)
        return answer

    return call


def measured() -> dict[str, Cost]:
    biller = springfield()
    thousand = accounts(biller, 1000)
    guest = browser()
    one, many = signed_in(biller, thousand[:1]), signed_in(biller, thousand)
    return {
        "a view that does nothing": bare(),
        "home, signed out": cost(lambda: guest.get("/")),
        "dashboard, 1 account": cost(lambda: one.get("/")),
        "dashboard, 1,000 accounts": cost(lambda: many.get("/")),
        "billing page": cost(lambda: one.get("/billing/bills/")),
        "postback": cost(postbacks(thousand[0])),
    }


def main() -> None:
    call_command("migrate", verbosity=0)
    costs = measured()
    unit = next(iter(costs.values())).milliseconds
    print(f"{'page':34}{'CPU ms':>8}{'ratio':>8}{'queries':>9}")
    for name, (milliseconds, queries) in costs.items():
        print(f"{name:34}{milliseconds:8.2f}{milliseconds / unit:8.1f}{queries:9}")


if __name__ == "__main__":
    main()
