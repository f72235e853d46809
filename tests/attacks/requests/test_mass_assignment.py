"""A form takes what it shows: fields that somebody adds to it change nothing."""

from typing import Any

from django.test import Client

from accounts.models import LinkedAccount, Signup, User
from tests.cast import BILLER_GUID, LAUNDRY_PASSWORD, Cast, other_biller, staff
from tests.icsso.billers.test_admin import ENTERED

POWERS = {"is_staff": "on", "is_superuser": "on", "is_active": "on", "groups": "1", "billers": "1"}
SECRETS = {"api_key": "stolen", "web_service_key": "stolen", "api_key_set_at": "2020-01-01"}


def facts(row: Any) -> dict[str, Any]:
    row.refresh_from_db()
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_form_takes_what_it_shows_and_nothing_else(laundry: Client, cast: Cast) -> None:
    link = cast.laundry.links.get()
    before = facts(link)
    more = {
        "nickname": "Shop",
        "member": cast.neighbour.pk,
        "account": cast.account("10000102").pk,
        "state": LinkedAccount.State.REGISTERED,
        "note": "mine",
        "is_first": "",
    }
    laundry.post(f"/accounts/{link.account_id}/", more)
    assert facts(link) == before | {"nickname": "Shop"}


def test_nobody_registers_with_powers_or_at_another_biller(client: Client, cast: Cast) -> None:
    form = {"account_number": "10000104", "name": "Rosa Delgado", "email": "rosa@example.com"}
    form |= {"password": "seven quiet herons at dawn", "biller": str(other_biller().pk)}
    client.post("/accounts/register/", form | POWERS | {"finished_at": "2020-01-01"})
    asked = Signup.objects.get()
    assert asked.biller == cast.biller
    assert asked.finished_at is None


def test_a_member_gets_no_powers_with_a_new_address(laundry: Client, cast: Cast) -> None:
    before = facts(cast.laundry)
    form = {"email": "willow@example.com", "current": LAUNDRY_PASSWORD, "biller": "99"}
    laundry.post("/accounts/sign-in/email/", form | POWERS)
    laundry.post("/language/setlang/", {"language": "en"} | POWERS)
    assert facts(cast.laundry) == before | {"language": "en"}


def test_a_guest_does_not_choose_what_is_sent_about_the_account(client: Client, cast: Cast) -> None:
    form = {"account_number": "10000101", "biller_reference": "mine", "kind": "quick"}
    client.post("/pay/", form | {"member": cast.laundry.pk, "hosted_url": "https://evil.example"})
    (checkout,) = cast.account("10000101").checkouts.all()
    assert checkout.is_guest
    assert checkout.member is None
    assert checkout.biller_reference != "mine"
    assert "evil" not in str(checkout.hosted_url)


def test_what_invoice_cloud_told_is_changed_by_no_hand(client: Client, cast: Cast) -> None:
    client.force_login(staff("administrator", cast.biller))
    account, link = cast.account("10000101"), cast.laundry.links.get()
    known, before = facts(account), facts(link)
    nothing = dict.fromkeys(("address", "city", "state", "zip", "email", "phone"), "")
    told = {"customer_guid": str(BILLER_GUID), "closed_at_0": "2020-01-01", "closed_at_1": "00:00"}
    own = {
        "name": "Willows Laundry LLC",
        "biller": other_biller().pk,
        "account_number": "10000102",
    }
    address = f"/admin/accounts/utilityaccount/{account.pk}/change/"
    assert client.post(address, told | own).status_code == 302
    named = {"name": "Willows Laundry LLC", "name_key": "willows laundry llc"}
    assert facts(account) == known | named | nothing
    stands = {"state": LinkedAccount.State.REGISTERED, "note": "mine", "is_first": "on"}
    address = f"/admin/accounts/linkedaccount/{link.pk}/change/"
    assert client.post(address, stands | {"nickname": "Mine"}).status_code == 403
    assert facts(link) == before


def test_an_operators_form_takes_no_secret_by_another_name(client: Client, cast: Cast) -> None:
    operator = User.objects.create_superuser("operator@example.com", "quiet lanterns by the pier")
    client.force_login(operator)
    # Where keys stay as they are: with another address the form asks for them again.
    cast.biller.base_url = ENTERED["base_url"]
    cast.biller.save()
    before = facts(cast.biller)
    kept = {name: before[name] for name in ("slug", "biller_guid", "support_phone")}
    entered = {**ENTERED, **kept, "name": "Springfield Rivers"}
    answer = client.post(f"/admin/icsso/biller/{cast.biller.pk}/change/", entered | SECRETS)
    assert answer.status_code == 302
    after = facts(cast.biller)
    assert after["name"] == "Springfield Rivers"
    assert {name: after[name] for name in SECRETS} == {name: before[name] for name in SECRETS}
