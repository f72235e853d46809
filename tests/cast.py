"""The people of the tests: the demo's cast, each with a part to play.

The laundry is a member with one account, the manager has forty, the neighbour must not see
what is the laundry's, the stranger is a member of another biller, and each biller has staff.
"""

from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.contrib.auth.hashers import get_hasher, make_password
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import LinkedAccount, Member, User, UtilityAccount
from icsso.billers.models import Biller, BillerHost
from tests.rows import Rows

API_KEY = "demo-api-key-springfield-water"
BILLER_GUID = UUID("5f0c1d7e-3b52-4c1e-9a44-0d1f6c2b8e10")
LAUNDRY_EMAIL = "laundry@example.com"
LAUNDRY_PASSWORD = "copper kettle on the porch"
MANAGER_EMAIL = "manager@example.com"
MANAGER_PASSWORD = "forty front doors to paint"
NEIGHBOUR_EMAIL = "neighbour@example.com"
NEIGHBOUR_PASSWORD = "green bicycle by the fence"
STAFF_PASSWORD = "quiet lanterns along the pier"
ACCOUNTS, LINKS = Rows(UtilityAccount), Rows(LinkedAccount)

# account number, name, address: what the CIS knows. The sandbox knows all but 10000105.
CIS = (
    ("10000101", "Willows Laundry", "12 Mill Street"),
    ("10000102", "Ana Torres", "14 Mill Street"),
    ("10000103", "George Lindqvist", "16 Mill Street"),
    ("10000104", "Rosa Delgado", "18 Mill Street"),
    ("10000105", "Harold Becker", "20 Mill Street"),
    ("10000106", "Mei Chen", "22 Mill Street"),
    *((f"10000{200 + n}", "Maple Court Management", f"{n} Maple Court") for n in range(1, 41)),
)


def springfield(*, base_url: str = "http://127.0.0.1:9") -> Biller:
    """The demo biller. Without a sandbox its Invoice Cloud is a port where nobody answers."""
    biller = Biller.objects.create(
        slug="springfield-water",
        name="Springfield Water",
        is_active=True,
        base_url=base_url,
        api_key=API_KEY,
        web_service_key="demo-web-service-key",
        biller_guid=BILLER_GUID,
        css_url="",
        support_phone="(217) 555-0100",
        support_email="help@springfield-water.example",
        support_hours="Monday to Friday, 8 am to 5 pm",
    )
    for host in ("localhost", "testserver"):
        BillerHost.objects.create(biller=biller, host=host)
    ACCOUNTS.insert(
        lambda: [
            UtilityAccount(
                biller=biller,
                account_number=number,
                name=name,
                address=address,
                city="Springfield",
                state="IL",
                zip="62701",
            )
            for number, name, address in CIS
        ],
        biller=[biller.pk] * len(CIS),
    )
    return biller


def other_biller() -> Biller:
    """Another utility of the same installation, reached by its own host name."""
    biller = Biller.objects.create(
        slug="shelbyville-power",
        name="Shelbyville Power",
        is_active=True,
        base_url="http://127.0.0.1:9",
    )
    BillerHost.objects.create(biller=biller, host="power.localhost")
    return biller


def member(biller: Biller, email: str, password: str, *account_numbers: str) -> Member:
    hashed = _hashed(password, get_hasher().algorithm)
    user = Member.objects.create(email=email, password=hashed, biller=biller)
    found = UtilityAccount.objects.filter(biller=biller, account_number__in=account_numbers)
    if accounts := list(found.values_list("pk", flat=True)):
        LINKS.insert(
            lambda: [
                LinkedAccount(member=user, account_id=account, is_first=number == 0)
                for number, account in enumerate(accounts)
            ],
            member=[user.pk] * len(accounts),
            account=accounts,
            linked_at=[timezone.now() for _ in accounts],
        )
    return user


@cache
def _hashed(password: str, _hasher: str) -> str:
    """Once for all tests and each hasher they set: the hash is meant to be slow."""
    return make_password(password)


def staff(role: str, *billers: Biller) -> User:
    """Who works for these billers in that role, at an address of the first one's."""
    domain = billers[0].slug if billers else "nobody"
    hashed = _hashed(STAFF_PASSWORD, get_hasher().algorithm)
    email = f"{role}@{domain}.example"
    user = User.objects.create(email=email, password=hashed, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    user.billers.set(billers)
    return user


@dataclass(frozen=True)
class Cast:
    biller: Biller
    laundry: Member
    manager: Member
    neighbour: Member

    def account(self, number: str) -> UtilityAccount:
        return UtilityAccount.objects.get(biller=self.biller, account_number=number)


def assemble(biller: Biller) -> Cast:
    forty = [number for number, _name, _address in CIS if number.startswith("100002")]
    return Cast(
        biller=biller,
        laundry=member(biller, LAUNDRY_EMAIL, LAUNDRY_PASSWORD, "10000101"),
        manager=member(biller, MANAGER_EMAIL, MANAGER_PASSWORD, *forty),
        neighbour=member(biller, NEIGHBOUR_EMAIL, NEIGHBOUR_PASSWORD, "10000102"),
    )
