"""The read-only SOAP service: ViewCustomerRecord, over HTTP."""

import pytest
import requests
from defusedxml.ElementTree import fromstring

from tests.cast import BILLER_GUID
from tests.sandbox_process import SandboxProcess

PATH = "/portal/webservices/CloudManagement.asmx"
SERVICE = "https://www.invoicecloud.com/portal/webservices/CloudManagement/"
SOAP12, SOAP11 = (
    "http://www.w3.org/2003/05/soap-envelope",
    "http://schemas.xmlsoap.org/soap/envelope/",
)


def view(
    sandbox: SandboxProcess,
    number: str,
    *,
    guid: str = str(BILLER_GUID),
    key: str = "demo-web-service-key",
    soap: str = SOAP12,
) -> requests.Response:
    said = f"<BillerGUID>{guid}</BillerGUID><WebServiceKey>{key}</WebServiceKey>"
    said += f"<AccountNumber>{number}</AccountNumber>"
    body = f'<s:Envelope xmlns:s="{soap}"><s:Body><ViewCustomerRecord xmlns="{SERVICE}">{said}'
    body += "</ViewCustomerRecord></s:Body></s:Envelope>"
    headers = {"Content-Type": "application/soap+xml"}
    return requests.post(sandbox.url + PATH, data=body, headers=headers, timeout=10)


def fields(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 200
    result = fromstring(answer.content).find(f".//{{{SERVICE}}}ViewCustomerRecordResult")
    return {one.tag.rpartition("}")[2]: one.text or "" for one in result}


def test_it_says_who_registered_an_account(sandbox: SandboxProcess) -> None:
    record = fields(view(sandbox, "10000101"))
    assert record["AccountNumber"] == "10000101"
    assert (record["Registered"], record["LoginName"]) == ("true", "laundry@example.com")
    nobody = fields(view(sandbox, "10000102"))
    assert (nobody["Registered"], nobody["LoginName"]) == ("false", "")
    assert len(record) == 15


def test_an_unknown_account_has_an_empty_result(sandbox: SandboxProcess) -> None:
    assert fields(view(sandbox, "no-such-account")) == {}


@pytest.mark.parametrize("guid", [f"{{{str(BILLER_GUID).upper()}}}", str(BILLER_GUID)])
@pytest.mark.parametrize("soap", [SOAP11, SOAP12])
def test_it_takes_both_versions_and_any_guid(sandbox: SandboxProcess, soap: str, guid: str) -> None:
    assert fields(view(sandbox, "10000101", soap=soap, guid=guid))["Registered"] == "true"


def test_a_wrong_key_or_guid_is_a_fault_and_no_secret_is_kept(sandbox: SandboxProcess) -> None:
    for wrong in ({"key": "wrong"}, {"key": ""}, {"guid": "00000000-0000-4000-8000-000000000001"}):
        answer = view(sandbox, "10000101", **wrong)
        assert answer.status_code == 500
        assert "Fault" in answer.text
    calls = sandbox.control("GET", "/_control/api/calls")
    assert {call["operation"] for call in calls} == {"view_customer_record"}
    assert "demo-web-service-key" not in str(calls)


def test_what_is_no_message_is_a_fault(sandbox: SandboxProcess) -> None:
    for body in ("", "{}", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'):
        answer = requests.post(sandbox.url + PATH, data=body, timeout=10)
        assert (answer.status_code, "Fault" in answer.text) == (500, True)


def test_faults_apply_to_it(sandbox: SandboxProcess) -> None:
    for operation in ("*", "view_customer_record"):
        fault = {"operation": operation, "kind": "unavailable", "times": 1}
        sandbox.control("POST", "/_control/api/faults", fault)
        assert view(sandbox, "10000101").status_code == 503
    assert view(sandbox, "10000101").status_code == 200
