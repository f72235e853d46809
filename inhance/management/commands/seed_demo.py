"""The demo: fixed data, for a developer's machine only."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import LinkedAccount, Member, StaffUser, UtilityAccount
from backoffice.tables.files import opened
from cis.importer import import_accounts
from cis.models import AccountImport
from cis.rows.problems import Reject
from icsso.billers.hosts.models import BillerHost
from icsso.billers.models import Biller
from icsso.billers.onboarding.models import SettingCheck

CIS_FILE = settings.BASE_DIR / "demo" / "springfield-water.csv"
SLUG = "springfield-water"
FACTS = {
    "name": "Springfield Water",
    "is_active": True,
    "api_key": "demo-api-key-springfield-water",
    "web_service_key": "demo-web-service-key",
    "biller_guid": UUID("5f0c1d7e-3b52-4c1e-9a44-0d1f6c2b8e10"),
    "signup_proof": Biller.Proof.NAME,
    "support_phone": "(217) 555-0100",
    "support_email": "help@springfield-water.example",
    "support_hours": "Monday to Friday, 8 am to 5 pm",
    "support_hours_es": "De lunes a viernes, de 8 a. m. a 5 p. m.",
}
OPERATOR = ("operator@example.com", "quiet lanterns along the pier")
# Registered in the sandbox with the same passwords; the portal finds out at their first sign-in.
MEMBERS = (
    ("laundry@example.com", "copper kettle on the porch", ["10000101"]),
    (
        "manager@example.com",
        "forty front doors to paint",
        [str(number) for number in range(10000201, 10000241)],
    ),
)


class Command(BaseCommand):
    help = "Loads the demo: Springfield Water with accounts, two members, a superuser. Repeatable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sandbox", metavar="URL", default="http://127.0.0.1:8001")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo's passwords are public: don't load it in production.")
        with transaction.atomic():
            biller = _biller(base_url=options["sandbox"].rstrip("/"))
            run = AccountImport(biller=biller, file_name=CIS_FILE.name)
            with opened(CIS_FILE) as table:
                import_accounts(table, run, reject=self._reject)
            for email, password, numbers in MEMBERS:
                _member(biller, email, password, numbers)
            _operator(*OPERATOR)
        self.stdout.write(
            f"{biller.name} at {biller.base_url}: {run.created} new accounts, "
            f"{run.unchanged} known ones."
        )

    def _reject(self, reject: Reject) -> None:
        raise CommandError(f"{CIS_FILE.name}, line {reject.row.number}: {reject.reason}")


def _biller(*, base_url: str) -> Biller:
    """Created once. After that, only the sandbox's address is updated."""
    biller, _ = Biller.objects.update_or_create(
        slug=SLUG, defaults={"base_url": base_url}, create_defaults={**FACTS, "base_url": base_url}
    )
    for setting in SettingCheck.Setting:
        if not biller.setting_checks.filter(setting=setting).exists():
            SettingCheck.record(biller, setting, is_right=True, by=OPERATOR[0])
    # Set explicitly, so that the demo stays at localhost when a second biller is added.
    BillerHost.objects.get_or_create(host="localhost", defaults={"biller": biller})
    return biller


def _member(biller: Biller, email: str, password: str, account_numbers: list[str]) -> None:
    """Accounts are linked once, with the member: what a developer unlinks stays unlinked."""
    if Member.objects.filter(biller=biller, email=email).exists():
        return
    member = Member.objects.create_user(email, password, biller=biller)
    accounts = UtilityAccount.objects.filter(biller=biller, account_number__in=account_numbers)
    LinkedAccount.objects.bulk_create(
        LinkedAccount(member=member, account=account, is_first=place == 0)
        for place, account in enumerate(accounts)
    )


def _operator(email: str, password: str) -> None:
    if not StaffUser.objects.filter(email=email).exists():
        StaffUser.objects.create_superuser(email, password)
