"""What is done all day and every night, each with the queries that it really makes."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from django.core.management import call_command
from django.test import Client

from accounts.models import Member, StaffUser
from accounts.tokens import digest, new_secret
from bench.growth.measuring import Read, reads, taken_back
from bench.growth.rows import FIELDS
from icsso.billers.models import Biller
from inhance.retention.rules import RULES
from inhance.retention.services import _keys, _old
from payments.checkout.recent import recent_activities
from payments.models import Checkout, Payment
from payments.models.biller_reference import new_biller_reference
from payments.postbacks import services

NIGHT = ("age_checkouts", "post_payments", "take_up_mails")
Story = Callable[[], list[Read]]


class Stories:
    def __init__(self) -> None:
        self.biller = Biller.objects.get(pk=1)
        self.paid = Payment.objects.order_by("-pk")[1000]
        self.account, self.checkout = self.paid.account, self.paid.checkout
        self.member, self.staff = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost")
        member = Member.objects.filter(checkouts__payments__isnull=False).order_by("-pk")[0]
        for client, user in (self.member, member), (self.staff, StaffUser.objects.get()):
            client.force_login(user, backend="accounts.login.backends.BillerBackend")

    def of_the_day(self) -> Iterator[tuple[str, list[Read]]]:
        address = f"/pay/{self.guests_address()}/"
        day = f"{self.paid.paid_at:%Y-%m-%d}"
        pages = {
            "receipt": (self.member, f"{address}receipt/"),
            "dashboard": (self.member, "/"),
            "my payments": (self.member, "/pay/history/"),
            "yearly statement": (self.member, f"/pay/statement/{self.paid.paid_at:%Y}/"),
            "staff: payments": (self.staff, "/admin/payments/payment/"),
            "staff: payments of an account": (
                self.staff,
                f"/admin/payments/payment/?q={self.account.account_number}",
            ),
            "staff: payments of a day": (
                self.staff,
                f"/admin/payments/payment/?paid_at__gte={day}+00:00:00Z&paid_at__lt={day}+23:59:00Z",
            ),
            "staff: postbacks for review": (
                self.staff,
                "/admin/payments/postback/?verdict__exact=review",
            ),
            "staff: audit log": (self.staff, "/admin/auditlog/logentry/"),
            "staff: a customer": (
                self.staff,
                f"/admin/accounts/utilityaccount/{self.account.pk}/change/",
            ),
            "staff: reports of 30 days": (self.staff, "/admin/payments/payment/reports/"),
        }
        yield from self.postbacks()
        yield "paid lately?", self.done(lambda: recent_activities([self.account]))
        for name, (client, path) in pages.items():
            get(client, path)  # after this, everything that can be cached is cached
            yield name, self.done(lambda client=client, path=path: get(client, path))  # type: ignore[misc]
        yield "staff: where is my payment?", self.done(self.search)

    def of_the_night(self) -> Iterator[tuple[str, list[Read]]]:
        """Yields the nightly work: commands that find nothing to do, and the search for old rows,
        once for each kind of data."""
        for name in NIGHT:
            yield name, self.done(lambda name=name: call_command(name))  # type: ignore[misc]
        for rule in RULES:
            named = f"retention: {rule.kind} ({rule.model._meta.label})"
            yield named, self.done(lambda rule=rule: _keys(_old(rule)))  # type: ignore[misc]

    def done(self, work: Callable[[], object]) -> list[Read]:
        with taken_back():
            return reads(work)

    def guests_address(self) -> str:
        return Checkout.objects.filter(member=None, payments__isnull=False).latest("pk").address

    def search(self) -> None:
        told = {"term": self.account.account_number}
        answer = self.staff.post("/admin/payments/payment/where/", told, follow=True)
        assert answer.status_code == 200, answer.status_code

    def postbacks(self) -> Iterator[tuple[str, list[Read]]]:
        with taken_back():
            token, reference = new_secret(), new_biller_reference()
            Checkout.objects.begin(
                [self.account],
                biller=self.biller,
                kind=Checkout.Kind.GUEST,
                visitor=new_secret(),
                address=new_secret(),
                biller_reference=reference,
                postback_digest=digest(token),
                return_digest=digest(new_secret()),
            )
            told = {
                **FIELDS,
                "Approved": "True",
                "PaymentGUID": "0b8e3f6e-6f0d-4a57-8f6a-2f3f8d1c9a10",
                "InvoiceNumber": "NEW",
                "BillerReference": reference,
                "AccountNumber": self.account.account_number,
            }
            body = urlencode(told).encode()
            for name in "a postback, approved", "the same again":
                yield (
                    name,
                    reads(
                        lambda: services.receive(
                            services.checkout_of(token), method="POST", query=b"", body=body
                        )
                    ),
                )


def get(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
