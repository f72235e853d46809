"""An export and an erasure touch only what is the member's own: addresses change hands."""

import json
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.admin.models import CHANGE
from django.contrib.admin.models import LogEntry as AdminEntry
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django_tasks_db.models import DBTaskResult
from pytest_django.fixtures import Settings

from accounts.models import FailedSignIn, LinkedAccount, Member, SentEmail, Signup, UtilityAccount
from accounts.notifications import messages as notifications
from accounts.notifications.delivery import deliver
from accounts.privacy import export, services
from accounts.signup import services as signups
from tests.cast import LAUNDRY_EMAIL, LAUNDRY_PASSWORD, Cast, member, other_biller, staff
from tests.workers import WORKERS

FAMILY = "family@example.com"
NEVER = "new-me@example.com"


@pytest.fixture
def second(cast: Cast) -> Member:
    """A member who signed up with the laundry's former address."""
    laundry = cast.laundry
    for email in (FAMILY, LAUNDRY_EMAIL):
        laundry.email = email
        laundry.save()
    asked = signups.ask(
        account=cast.account("10000104"), email=FAMILY, password=LAUNDRY_PASSWORD, language="en"
    )
    notifications.finish_signup(asked, link="https://pay.example/accounts/")()
    found = signups.finish(asked)
    signups.ask(
        account=cast.account("10000104"), email=FAMILY, password=LAUNDRY_PASSWORD, language="en"
    )
    Client().post("/accounts/login/", {"username": FAMILY, "password": "not this one"})
    return found


def test_an_address_that_has_changed_hands(cast: Cast, second: Member) -> None:
    assert "10000104" not in "".join(export.as_json(cast.laundry))
    kept = (Signup.objects.count(), SentEmail.objects.get(), FailedSignIn.objects.get())
    assert services.erase(cast.laundry)
    assert (Signup.objects.count(), SentEmail.objects.get(), FailedSignIn.objects.get()) == kept
    assert kept[1].member == kept[2].member == second
    entry = LogEntry.objects.get_for_object(LinkedAccount.objects.get(member=second)).get()
    assert entry.object_repr == f"10000104 · {FAMILY}"
    assert len(json.loads("".join(export.as_json(second)))["emails_sent"]) == 1


def test_what_the_second_leaves_is_not_the_firsts(cast: Cast, second: Member) -> None:
    assert services.erase(second)
    assert Signup.objects.get().finished_at is None  # somebody asked, who has no account yet
    assert not SentEmail.objects.exists()
    assert not FailedSignIn.objects.exists()


def test_history_in_the_admin_of_the_same_address_elsewhere_stays(cast: Cast) -> None:
    other = other_biller()
    account = UtilityAccount.objects.create(biller=other, account_number="1", name="Twin")
    twin = LinkedAccount.objects.create(
        member=member(other, LAUNDRY_EMAIL, LAUNDRY_PASSWORD), account=account
    )
    own = cast.laundry.all_links.get()
    ended = cast.laundry.unlinked_accounts.create(account=cast.account("10000104"))
    boss = staff("administrator", other)
    for link in (twin, own, ended):
        AdminEntry.objects.create(
            user=boss,
            content_type=ContentType.objects.get_for_model(link),
            object_id=str(link.pk),
            object_repr=str(link),
            action_flag=CHANGE,
            change_message="note",
        )
    ended.delete()
    services.erase(cast.laundry)
    told = AdminEntry.objects.order_by("pk").values_list("object_repr", "change_message")
    assert list(told) == [(f"1 · {LAUNDRY_EMAIL}", "note"), ("erased", ""), ("erased", "")]


def test_addresses_of_changes_that_were_never_finished_go_too(cast: Cast) -> None:
    notifications.confirm_email(cast.laundry, new_email=NEVER, link="https://pay.example/")()
    assert SentEmail.objects.get().email == NEVER
    services.erase(cast.laundry)
    assert not SentEmail.objects.exists()


def test_a_notice_to_the_holder_of_an_address_is_the_holders(cast: Cast) -> None:
    notifications.email_in_use(cast.neighbour, language="en")()
    services.erase(cast.laundry)
    assert SentEmail.objects.get().member == cast.neighbour


@pytest.mark.parametrize("tried", [0, 1])
def test_an_email_queued_before_is_not_sent_after(
    cast: Cast, settings: Settings, mailoutbox: list[Any], tried: int
) -> None:
    settings.TASKS = WORKERS
    notifications.email_changed(cast.laundry, old_email=FAMILY)
    sealed = DBTaskResult.objects.earliest("enqueued_at").args_kwargs["args"][0]
    services.erase(cast.laundry)
    assert deliver.func(sealed, tried).startswith("dropped")
    assert not mailoutbox
    assert not SentEmail.objects.exists()


def test_an_email_to_a_staff_user_is_not_the_customers(cast: Cast) -> None:
    notifications.staff_invitation(
        to=LAUNDRY_EMAIL,
        biller=cast.biller,
        billers=["x"],
        language="en",
        link="https://a.example/",
    )()
    assert json.loads("".join(export.as_json(cast.laundry)))["emails_sent"] == []
    services.erase(cast.laundry)
    assert SentEmail.objects.exists()
