"""Using the page “Going live” without a browser."""

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import Client

from accounts.models import User, UtilityAccount
from icsso.billers.models import Biller, BillerHost
from icsso.billers.onboarding.models import SettingCheck
from tests import cast as people


def signed_in(user: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client


def page(client: Client, biller: Biller) -> str:
    answer = client.get(f"/admin/icsso/biller/{biller.pk}/going-live/")
    assert answer.status_code == 200
    return answer.content.decode()


def act(client: Client, biller: Biller, path: str, **entered: str) -> HttpResponse:
    posted = {f"{path}-{name}": value for name, value in entered.items()}
    return client.post(f"/admin/icsso/biller/{biller.pk}/going-live/{path}/", posted)


def saw(client: Client, biller: Biller, setting: str, seen: str) -> HttpResponse:
    address = f"/admin/icsso/biller/{biller.pk}/going-live/settings/{setting}/"
    return client.post(address, {"seen": seen})


def make_ready(biller: Biller, operator: User) -> None:
    BillerHost.objects.get_or_create(biller=biller, host="localhost")
    Biller.objects.filter(pk=biller.pk).update(
        api_key="a-key", biller_guid=people.BILLER_GUID, support_phone="(217) 555-0199"
    )
    UtilityAccount.objects.get_or_create(biller=biller, account_number="1", name="Ana Torres")
    biller.refresh_from_db()
    biller.connection_tested(works=True, finding="The connection works.")
    for setting in SettingCheck.Setting:
        SettingCheck.record(biller, setting, is_right=True, by=operator.email)


def all_of_billers() -> QuerySet[Permission]:
    return Permission.objects.filter(content_type__app_label="icsso")
