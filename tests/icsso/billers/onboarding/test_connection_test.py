"""What the connection test says about each answer to the biller's status."""

from uuid import UUID

import pytest

from icsso.billers.models import Biller
from icsso.billers.onboarding import connection_test as connection
from icsso.billers.onboarding.connection_test import Finding, judge, try_connection
from icsso.client.contract import BillerStatus

OURS, ANOTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("entered", "guid", "name", "active", "works", "said"),
    [
        (OURS, OURS, "Power", True, True, "The connection works. The address, API key, and biller"),
        (OURS, None, "", True, True, "Invoice Cloud doesn't say which biller it belongs to."),
        (OURS, None, "Power", True, True, "but names the biller: Power."),
        (OURS, ANOTHER, "Gas", True, False, f"belongs to another biller: {ANOTHER} (Gas)."),
        (OURS, ANOTHER, "", True, False, f"belongs to another biller: {ANOTHER}."),
        (OURS, OURS, "Power", False, False, "The key and GUID are correct, but the biller is in"),
        (OURS, None, "", False, False, "The key works, but the biller is inactive"),
        (None, OURS, "Power", True, False, f"At Invoice Cloud, it's {OURS} (Power)."),
        (None, None, "", True, False, "Now enter the biller GUID that the utility got from"),
    ],
)
def test_each_answer(
    *, entered: UUID | None, guid: UUID | None, name: str, active: bool, works: bool, said: str
) -> None:
    said_there = {"BillerGUID": guid, "BillerName": name, "Active": active}
    status = BillerStatus.model_validate(said_there)
    finding = judge(Biller(biller_guid=entered), status)
    assert finding.works is works
    assert said in finding.words


def test_a_finding_about_another_wire_profile_is_not_kept(
    new: Biller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody changes the profile while Invoice Cloud is answering."""
    tested = Biller.objects.get()
    new.wire_profile = {"sso": {"method": "GET"}}
    monkeypatch.setattr(connection, "_tried", lambda biller: new.save() or Finding(True, "Yes."))
    assert not try_connection(tested).works
    new.refresh_from_db()
    assert not new.connection_works
