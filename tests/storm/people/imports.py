"""A staff user who uploads the utility's accounts again and again."""

import csv
from io import StringIO
from random import Random

from accounts.models import UtilityAccount
from cis.models import AccountImport
from tests.storm.people.browser import Interrupted
from tests.storm.people.clerk import Clerk
from tests.storm.town import Town, clerks_email

IMPORT = "cis.tasks.import_in_background"  # a killed import is uploaded again
PAGE = "/admin/cis/accountimport/"
FIRST, NUMBER = 39_000_000, 4_000  # accounts that nobody else has, for four batches of an import


class Registrar:
    def __init__(self, town: Town) -> None:
        self.clerk = Clerk(town, clerks_email(town))
        self.town = town

    def upload(self, random: Random) -> bool:
        """Returns whether the portal confirmed that it imports the file. Only a phone number
        changes, the same in all lines."""
        phone = f"217555{random.randrange(10_000):04}"
        try:
            page = self.clerk.open(f"{PAGE}add/")
            if page is None:
                return False
            biller = str(self.town.biller.pk)
            file = ("accounts.csv", content(phone))
            preview = self.clerk.browser.press(page.path, file=file, biller=biller)
            confirmed = self.clerk.browser.press(f"{PAGE}confirm/", **preview.hidden())
        except Interrupted:
            return False
        if not confirmed.path.endswith("/change/"):
            return False
        self.town.count("imports")
        self.town.last_import = phone
        return True


def content(phone: str) -> bytes:
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(("account_number", "name", "zip", "phone"))
    rows.writerows((FIRST + n, "Somebody", "62701", phone) for n in range(NUMBER))
    return text.getvalue().encode()


def is_over() -> bool:
    latest = AccountImport.objects.order_by("-started_at").first()
    return latest is None or latest.ended_at is not None or bool(latest.failure)


def imports(town: Town) -> list[str]:
    """Each line of the last file is an account with the values of the file."""
    if not town.last_import:
        return []
    own = UtilityAccount.objects.filter(account_number__startswith=str(FIRST)[:2])
    wrong = own.exclude(phone=town.last_import).count()
    sentences = [f"{own.count()} accounts of {NUMBER} in the last file"] * (own.count() != NUMBER)
    if wrong:
        sentences.append(f"{wrong} accounts are not as in the last file")
    return sentences if is_over() else [*sentences, "the last import has not ended"]
