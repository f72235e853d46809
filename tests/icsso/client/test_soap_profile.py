"""The SOAP service of an Invoice Cloud that differs: its place and names stand in the profile."""

from typing import Any

import pytest
import responses

from icsso.billers.clients import soap_reader_of
from icsso.billers.models import Biller
from icsso.billers.onboarding.wire_table import wire_table
from icsso.client.connection import Options
from icsso.client.soap import SoapReader
from icsso.client.wire.profile import WireProfile, WireProfileError
from tests.cast import BILLER_GUID
from tests.icsso.client.test_soap import KEY, envelope
from tests.icsso.client.wire import BASE

ELSEWHERE = {
    "host": "https://soap.example.com",
    "path": "/v2/Records.asmx",
    "send": {
        "ViewCustomerRecord": "GetRecord",
        "AccountNumber": "Filter.AcctNo",
        "WebServiceKey": "Key",
    },
    "set": {"Version": 2, "Full": True},
    "read": {
        "AccountNumber": "AcctNo",
        "LoginName": "Login.Mail",
        "Registered": "!Guest",
        "CustomerID": "Id",
    },
}


def profile(**operation: Any) -> WireProfile:
    return WireProfile.parse({"operations": {"view_customer_record": operation}})


def elsewhere() -> SoapReader:
    options = Options(wire=profile(**ELSEWHERE))
    return SoapReader(base_url=BASE, biller_guid=BILLER_GUID, web_service_key=KEY, options=options)


def record(inside: str) -> str:
    return envelope(
        f"<GetRecordResponse><GetRecordResult>{inside}</GetRecordResult></GetRecordResponse>"
    )


@responses.activate
def test_place_and_names_are_those_of_the_profile() -> None:
    inside = (
        "<Id>77</Id><AcctNo>10000101</AcctNo><Guest>false</Guest>"
        "<Login><Mail>laundry@example.com</Mail></Login>"
    )
    responses.add("POST", "https://soap.example.com/v2/Records.asmx", body=record(inside))
    reader = elsewhere()
    found = reader.view_customer_record("10000101")
    assert found
    assert (found.account_number, found.registered) == ("10000101", True)
    assert found.as_user().email == "laundry@example.com"
    said = str(responses.calls[0].request.body.decode())
    assert f"<BillerGUID>{BILLER_GUID}</BillerGUID>" in said
    assert f"<Key>{KEY}</Key>" in said
    assert "<Filter><AcctNo>10000101</AcctNo></Filter>" in said
    assert "<Version>2</Version>\n<Full>true</Full>" in said
    assert "<GetRecord xmlns=" in said
    assert said.count("ViewCustomerRecord") == said.count("WebServiceKey") == 0


@responses.activate
def test_an_unknown_account_is_unknown_by_other_names_too() -> None:
    responses.add("POST", "https://soap.example.com/v2/Records.asmx", body=record("<Id>0</Id>"))
    reader = elsewhere()
    assert reader.view_customer_record("10000101") is None


def test_the_billers_profile_is_used_and_a_new_one_at_once(biller: Biller) -> None:
    biller.reads_customer_records, biller.web_service_key = True, KEY
    biller.biller_guid = BILLER_GUID
    for path in ("/one.asmx", "/two.asmx"):
        biller.wire_profile = {"operations": {"view_customer_record": {"path": path}}}
        reader = soap_reader_of(
            Biller(**{f.name: getattr(biller, f.name) for f in Biller._meta.fields})
        )
        assert reader
        assert reader.wire.operation("view_customer_record").path == path


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ({"method": "GET"}, "method: is always the same with SOAP"),
        ({"succeeded": {"A": "b"}}, "succeeded: is always the same with SOAP"),
        ({"path": "/a/{CustomerGuid}"}, "path: must contain no placeholder"),
        ({"send": {"Account": "A"}}, "Account is not a name of the contract"),
        ({"send": {"AccountNumber": "a><b"}}, "must be names of XML elements"),
        ({"set": {"1st": 1}}, "must be names of XML elements"),
        ({"send": {"ViewCustomerRecord": None}}, "send.ViewCustomerRecord: must be one name"),
        ({"send": {"ViewCustomerRecord": "A.B"}}, "send.ViewCustomerRecord: must be one name"),
    ],
)
def test_a_profile_that_does_not_fit_is_refused(operation: dict[str, Any], said: str) -> None:
    with pytest.raises(WireProfileError) as refused:
        profile(**operation)
    assert said in " ".join(refused.value.faults)


def test_another_server_for_it_needs_the_key_again_and_is_shown() -> None:
    wire = profile(**ELSEWHERE)
    assert wire.secret_servers == {"https://soap.example.com"}
    parts = {part.key: part for part in wire_table(wire, base_url=BASE)}
    assert parts["operations.view_customer_record"].differences > 5
    assert parts["operations.account"].differences == 0
