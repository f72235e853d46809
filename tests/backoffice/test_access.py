"""Every address of the admin there is: who is kept out of it, whatever it is for."""

import re
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.admin import site
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from accounts.models import Signup, User
from accounts.models.second_factor import SecondFactor
from backoffice.admin_base import ScopedModelAdmin
from backoffice.roles import ROLES
from tests.backoffice.admin_addresses import OF_NOBODY, Page, one_of_everything, pages
from tests.cast import Cast, other_biller, staff

pytestmark = pytest.mark.any_database

# What may stand on no page of others: Springfield's names, numbers, people.
OF_CUSTOMERS = re.compile(r"1000010[1-6]|laundry@|rosa@|willows|mill street|delgado", re.I)
OURS = re.compile(OF_CUSTOMERS.pattern + "|springfield", re.I)
# Pieces of those, which a page may say again.
SEARCHED = ("1000010", "laundr", "Spring")

# How somebody comes in who is not staff yet, or not signed in: `tests.accounts.staff`.
FOR_THOSE_OUTSIDE = ("/admin/invitation/", "/admin/password/", "/admin/single-sign-on/")

records = pytest.fixture(one_of_everything)


def everything(cast: Cast) -> list[Any]:
    """All rows there are, to see that nothing was written."""
    models: list[type[Model]] = [m for m in site._registry if m._meta.app_label not in OF_NOBODY]
    rows = [list(m._default_manager.order_by("pk").values_list()) for m in models if m != LogEntry]
    return [*rows, list(cast.laundry.links.values_list()), SecondFactor.objects.count()]


def said(answer: HttpResponse) -> str:
    if answer.streaming:
        return b"".join(answer.streaming_content).decode(errors="replace")  # type: ignore[attr-defined]
    return answer.content.decode(errors="replace")


@pytest.fixture
def stranger(records: Cast) -> Client:
    """An administrator, whose role has all permissions, of another biller."""
    clerk = staff("administrator", other_biller())
    client = Client(headers={"host": "power.localhost"})
    client.force_login(clerk)
    return client


def has_object(page: Page) -> bool:
    return bool(re.search(r"<(\w+:)?(pk|id|object_id|postback_id|line)>", page[0]))


def test_every_address_leads_somewhere(records: Cast) -> None:
    """Otherwise, the tests below would request pages that do not exist."""
    client = Client()
    client.force_login(User.objects.create_superuser("boss@example.com"))
    lost = [
        page
        for page in pages(records)
        if has_object(page)
        and page[0].split("/")[2] not in {*OF_NOBODY, "r"}
        and client.get(page[1]).status_code == 404
    ]
    assert lost == []


def test_staff_of_another_biller_reach_nothing_of_ours(stranger: Client, records: Cast) -> None:
    before, faults = everything(records), []
    for page in filter(has_object, pages(records)):
        for answer in (
            stranger.get(page[1]),
            stranger.post(page[1], {"post": "yes", "note": "x", "decision": "rejected"}),
        ):
            kept_out = answer.status_code in {302, 403, 404, 405}
            leads_in = answer.status_code == 302 and OURS.search(answer.headers["Location"])
            if not kept_out or leads_in or OURS.search(said(answer)):
                faults.append((*page, answer.status_code))
    assert faults == []
    assert everything(records) == before


def test_staff_of_another_biller_see_nothing_of_ours_in_lists_searches_or_choices(
    stranger: Client, records: Cast
) -> None:
    faults = []
    for pattern, address in pages(records):
        if has_object((pattern, address)) or address.endswith(("/logout/", "/leave/")):
            continue
        questions = [{"q": word} for word in SEARCHED] if address.count("/") == 5 else []
        for question in ({}, {"biller__id__exact": records.biller.pk}, *questions):
            answer = stranger.get(address, question)
            if answer.status_code == 500 or OURS.search(said(answer)):
                faults.append((address, question, answer.status_code))
        answer = stranger.post(address) if "/export/" in address else None
        if answer and OURS.search(said(answer)):
            faults.append((address, "exported", answer.status_code))
    assert faults == []


def test_no_field_offers_anything_while_typing() -> None:
    """Django's own autocomplete does not tell screen readers the name of the field."""
    assert [each for each in site._registry.values() if each.autocomplete_fields] == []


def test_what_is_not_shown_cannot_be_guessed_by_filtering(stranger: Client, records: Cast) -> None:
    """Letter by letter: a hash, a digest, a key."""
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss@example.com"))
    for lookup in (
        "accounts/member/?password__startswith=argon2",
        "accounts/staffuser/?password__startswith=argon2",
        "accounts/signup/?password__startswith=argon2",
        "accounts/signup/?link_digest__startswith=a",
        "accounts/credentialchange/?link_digest__startswith=a",
        "accounts/linkedaccount/?member__password__startswith=argon2",
        "payments/checkout/?address__startswith=a",
        "payments/checkout/?postback_digest__startswith=a",
    ):
        assert boss.get(f"/admin/{lookup}").status_code in {302, 400}, lookup


def test_no_list_can_be_filtered_by_a_field_it_leaves_out(rf: RequestFactory) -> None:
    """Asked of each list directly: Django allows a filter by any field of the model's own."""
    request = rf.get("/admin/")
    request.user = User(is_superuser=True, is_staff=True)
    left_out = [
        (model_admin, f"{field}{lookup}")
        for model_admin in site._registry.values()
        if isinstance(model_admin, ScopedModelAdmin)
        for field in model_admin.exclude or ()
        for lookup in ("", "__startswith", "__regex", "__isnull")
    ]
    assert ("accounts.Signup", "link_digest") in {(a.opts.label, f) for a, f in left_out}
    assert [each for each in left_out if each[0].lookup_allowed(each[1], "a", request)] == []
    registrations = site._registry[Signup]
    assert registrations.lookup_allowed("email__startswith", "a", request)


@pytest.mark.parametrize("who", ["nobody", "a member", "staff without a code"])
def test_who_is_not_signed_in_as_staff_sees_no_page(
    who: str, records: Cast, settings: Settings
) -> None:
    client, faults = Client(), []
    if who == "a member":
        client.force_login(records.laundry)
    if who == "staff without a code":
        settings.STAFF_SECOND_FACTOR = True
        clerk = staff("finance", records.biller)
        clerk.groups.set([])
        client.force_login(clerk)
    before = everything(records)
    for pattern, address in pages(records):
        if address in {"/admin/login/", "/admin/logout/", "/admin/second-factor/leave/"}:
            continue
        if address.startswith(FOR_THOSE_OUTSIDE):
            continue
        for answer in (client.get(address), client.post(address)):
            own = address.startswith("/admin/second-factor/") and who == "staff without a code"
            shown = OF_CUSTOMERS.search(said(answer))  # the biller's name is on every page of it
            if shown or (answer.status_code not in {302, 404, 405} and not own):
                faults.append((pattern, address, answer.status_code))
    assert faults == []
    assert everything(records) == before


@pytest.mark.parametrize("role", ROLES)
def test_no_role_reaches_what_is_of_no_biller(role: str, records: Cast) -> None:
    client = Client()
    clerk = User.objects.filter(email=f"{role}@springfield-water.example").first()
    client.force_login(clerk or staff(role, records.biller))
    for pattern, address in pages(records):
        if pattern.split("/")[2] in OF_NOBODY:
            assert client.get(address).status_code in {302, 403}, address
    assert client.get("/admin/icsso/biller/add/").status_code == 403
    assert client.get(f"/admin/icsso/biller/{records.biller.pk}/delete/").status_code == 403


def test_every_list_of_a_billers_rows_is_bound_to_the_biller() -> None:
    """`ScopedModelAdmin` is all that does it: a list without it shows everybody's."""
    loose = [
        model._meta.label
        for model, model_admin in site._registry.items()
        if not isinstance(model_admin, ScopedModelAdmin) and model._meta.app_label not in OF_NOBODY
    ]
    assert loose == []
