"""What the preview of an account file says about names as proof."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from icsso.billers.models import Biller
from tests import cast as people
from tests.accounts.linked_accounts.names.test_names import FIRST_NAMES
from tests.cast import Cast

HEADER = "account_number,name\n"
WEAK = "900,OCCUPANT\n901,JOHN\n"
GUESSED = "The file looks like this: Last name first: SMITH JOHN (from "


def last_name_first() -> str:
    return "".join(
        f"{place},LINDQVIST {name}\n" for place, name in enumerate(FIRST_NAMES[:40], 100)
    )


@pytest.fixture(autouse=True)
def staff(cast: Cast, client: Client) -> None:
    client.force_login(people.staff("administrator", cast.biller))


def preview(cast: Cast, client: Client, content: str, **fields: str) -> str:
    Biller.objects.filter(pk=cast.biller.pk).update(name_order="", signup_proof="name")
    Biller.objects.filter(pk=cast.biller.pk).update(**fields)
    entered = {"biller": cast.biller.pk, "file": SimpleUploadedFile("cis.csv", content.encode())}
    answer = client.post("/admin/cis/accountimport/add/", entered)
    return " ".join(answer.content.decode().split())


def test_the_order_is_guessed_and_not_taken_over(cast: Cast, client: Client) -> None:
    shown = preview(cast, client, HEADER + last_name_first())
    assert GUESSED in shown
    assert "This is not confirmed yet" in shown
    assert Biller.objects.get(pk=cast.biller.pk).name_order == Biller.NameOrder.UNKNOWN


def test_an_order_unlike_the_billers_is_a_warning(cast: Cast, client: Client) -> None:
    shown = preview(cast, client, HEADER + last_name_first(), name_order="first_last")
    assert GUESSED in shown
    assert "The biller's setting is different: First name first: JOHN SMITH" in shown
    shown = preview(cast, client, HEADER + last_name_first(), name_order="last_first")
    assert "setting is different" not in shown
    assert "not confirmed" not in shown


def test_a_file_in_no_order_says_so(cast: Cast, client: Client) -> None:
    shown = preview(cast, client, HEADER + "100,ANNA TORRES\n101,TORRES ANNA\n")
    assert "The file doesn't show clearly" in shown
    assert "proves nothing" not in shown


def test_accounts_that_no_name_proves_are_counted_with_what_to_do(
    cast: Cast, client: Client
) -> None:
    cast.biller.accounts.create(account_number="902", name="TRUSTEE")
    content = HEADER + last_name_first() + WEAK + "902,TRUSTEE\n"
    shown = preview(cast, client, content, signup_proof="name")
    assert "<strong>3</strong> accounts have a name that proves nothing" in shown
    assert "Account numbers: 900, 901, 902" in shown
    assert "ask for the ZIP code as proof" in shown
    shown = preview(cast, client, content, signup_proof="both")
    assert "exactly as in the billing system, and the ZIP code" in shown


def test_the_operator_confirms_the_order_where_the_biller_goes_live(
    cast: Cast, client: Client
) -> None:
    page = reverse("admin:icsso_biller_going_live", args=[cast.biller.pk])
    assert "The order of names in the billing system is not confirmed" in text(client, page)
    Biller.objects.filter(pk=cast.biller.pk).update(name_order="last_first")
    assert "Names in the billing system: Last name first" in text(client, page)


def text(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())
