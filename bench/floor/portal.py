"""The portal's rows beside the floor, as it runs in production: PostgreSQL, Redis, a log line for
each request. For `python -m bench.floor`."""

import os
from itertools import count
from uuid import uuid4

os.environ |= {
    "DJANGO_SETTINGS_MODULE": "inhance.settings",
    "DEBUG": "false",
    "PORTAL_PROCESS": "command",  # it fills its tables itself, which takes longer than a page may
    # All that a sign-in costs, though the member does not wait for all of it.
    "SYNCHRONISE_AFTERWARDS": "false",
}

import django

django.setup()

from django.contrib.auth.hashers import check_password
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import LinkedAccount, Member, UtilityAccount
from accounts.ratelimit import forget_attempts
from accounts.tokens import digest
from bench.floor.meter import Call, Row, request, serve
from bench.setup.measuring import sign_in
from icsso.billers.models import Biller
from icsso.billers.postback_samples.recording import MOST as SAMPLES
from inhance.wsgi import application
from payments.models import Checkout
from tests import cast as people

BILLERS = 50
MEMBERS = (1, 1_000, 5_000, 20_000)  # by the number of their accounts
OTHERS = int(os.environ.get("OTHERS", "20000"))  # accounts of members with one each
GOOD = {"username": people.LAUNDRY_EMAIL, "password": people.LAUNDRY_PASSWORD}
SECRET = "a" * 32  # of the browser's CSRF cookie
LINKS = """
    INSERT INTO accounts_linkedaccount (member_id, account_id, nickname, is_first, linked_at,
        origin, state, note, held_as, balance_cents, due_on, autopay, balance_at, asked_at)
    SELECT %s, id, '', row_number() OVER (ORDER BY id) = 1, now(), 'proof', 'registered', '', '',
        (id * 37) %% 20000, CASE WHEN (id * 37) %% 20000 > 0 THEN
            current_date - 10 + (id * 13 %% 60)::int END, id %% 3 = 0, now(), now()
    FROM accounts_utilityaccount WHERE account_number LIKE %s"""


def member(biller: Biller, number: int) -> Member:
    """Returns a member with this many accounts, of which the balances are known."""
    who = people.member(biller, f"member-{number}@example.com", people.LAUNDRY_PASSWORD)
    UtilityAccount.objects.bulk_create(
        UtilityAccount(
            biller=biller,
            account_number=f"{number}-{each}",
            name="Maple Court Management",
            address=f"{each} Maple Court",
        )
        for each in range(number)
    )
    with connection.cursor() as cursor:
        cursor.execute(LINKS, [who.pk, f"{number}-%"])
    return who


def others(biller: Biller) -> None:
    """Fills the tables with members who have one account each."""
    made = Member.objects.bulk_create(
        Member(biller=biller, email=f"other-{each}@example.com", password="!")
        for each in range(OTHERS)
    )
    accounts = UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=biller, account_number=str(30_000_000 + each), name="Other")
        for each in range(OTHERS)
    )
    LinkedAccount.objects.bulk_create(
        LinkedAccount(member=who, account=account, is_first=True)
        for who, account in zip(made, accounts, strict=True)
    )


def pages(address: str, who: Member | None = None) -> Row:
    """Returns the page, asked for by a browser that has seen it before."""
    client = Client(SERVER_NAME="localhost")
    if who:
        sign_in(client, who)
    client.get(address)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    return lambda times: [request(application, address, cookies=cookies) for _ in range(times)]


def health(address: str) -> Row:
    """Returns a probe, which comes to an IP address."""
    host = {"SERVER_NAME": "127.0.0.1"}
    return lambda times: [request(application, address, **host) for _ in range(times)]


def postbacks(biller: Biller, *, again: bool) -> Row:
    """Returns approved calls, each for its own checkout and account. again: made before."""
    numbers = count()

    def prepare(times: int) -> list[Call]:
        calls = [postbacks_of(biller, f"8{again:d}{next(numbers):06}") for _ in range(times)]
        for first, _ in calls if again else ():
            first()
        return [second if again else first for first, second in calls]

    return prepare


def postbacks_of(biller: Biller, number: str) -> list[Call]:
    """Returns the same call twice about a new checkout for a new account."""
    account = UtilityAccount.objects.create(biller=biller, account_number=number, name="Payer")
    Checkout.objects.begin(
        [account],
        biller=biller,
        kind=Checkout.Kind.GUEST,
        visitor=number,
        address=f"address-{number}",
        biller_reference=f"R{number}",
        postback_digest=digest(number),
        return_digest=digest(f"return-{number}"),
        launched_at=timezone.now(),
        hosted_url="https://invoicecloud.example/pay",
    )
    fields = {
        "BillerGUID": str(biller.biller_guid),
        "BillerReference": f"R{number}",
        "AccountNumber": number,
        "PaymentDate": "11/23/2026 3:04:05 PM",
        "InvoiceNumber": "5001",
        "Approved": "True",
        "CustomerName": "Willows Laundry",
        "PaymentGUID": str(uuid4()),
        "PaymentAmount": "84.20",
        "ConvenienceFee": "1.95",
        "PaymentTypeID": "1",
        "CardType": "Visa",
        "PaymentMessage": "Approved",
        "RemoteIP": "198.51.100.7",
    }
    return [request(application, f"/pay/postback/{number}/", data=fields) for _ in range(2)]


def sign_ins(times: int) -> list[Call]:
    """The limit of attempts allows a few."""
    forget_attempts()
    sent = {**GOOD, "csrfmiddlewaretoken": SECRET}
    cookies = {"csrftoken": SECRET}
    return [
        request(application, "/accounts/login/", data=sent, cookies=cookies, status=302)
        for _ in range(times)
    ]


def main() -> None:
    call_command("migrate", verbosity=0)
    biller = people.springfield(base_url=os.environ["SANDBOX"])
    biller.postbacks_sampled = SAMPLES  # as after its first day
    biller.save()
    for number in range(2, BILLERS + 1):
        Biller.objects.create(slug=f"biller-{number}", name=f"Biller {number}", is_active=True)
    laundry = people.member(biller, *GOOD.values(), "10000101")
    others(biller)
    members = {number: member(biller, number) for number in MEMBERS}
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    serve(
        {
            "home, signed out": pages("/"),
            "billing page": pages("/billing/bills/", members[1]),
            **{f"dashboard, {n:,}": pages("/", who) for n, who in members.items()},
            "postback, approved": postbacks(biller, again=False),
            "postback, same again": postbacks(biller, again=True),
            "healthz": health("/healthz"),
            "readyz": health("/readyz"),
            "sign-in": sign_ins,
            "Argon2": lambda times: [
                lambda: check_password(GOOD["password"], laundry.password) for _ in range(times)
            ],
        }
    )


if __name__ == "__main__":
    main()
