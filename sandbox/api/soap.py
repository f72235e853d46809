"""The read-only SOAP service CloudManagement.asmx: ViewCustomerRecord.

Takes SOAP 1.1 and 1.2, and answers with 1.2. A wrong key gets a fault, an unknown account an empty
result.
"""

from xml.etree.ElementTree import Element, ParseError  # nosec B405  (types; defusedxml parses)

from defusedxml.ElementTree import fromstring
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.html import escape

from sandbox import faults
from sandbox.models import Biller, Customer

from . import call_log

NAME = "view_customer_record"
# These rewrite a JSON answer.
KINDS = [kind for kind in faults.KINDS if kind not in {"wrapped", "stringly"}]
SERVICE = "https://www.invoicecloud.com/portal/webservices/CloudManagement/"
ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body>'
    "{}</soap:Body></soap:Envelope>"
)
RESPONSE = (
    f'<ViewCustomerRecordResponse xmlns="{SERVICE}"><ViewCustomerRecordResult>{{}}'
    "</ViewCustomerRecordResult></ViewCustomerRecordResponse>"
)
FAULT = (
    "<soap:Fault><soap:Code><soap:Value>soap:Receiver</soap:Value></soap:Code>"
    '<soap:Reason><soap:Text xml:lang="en">{}</soap:Text></soap:Reason></soap:Fault>'
)


def cloud_management(request: HttpRequest) -> HttpResponse:
    call = call_log.record_request(request, NAME)
    fault = faults.take(NAME, kinds=KINDS)
    response = faults.apply(fault, request, lambda: respond(request))
    call_log.record_response(call, response, fault)
    return response


def respond(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        root = fromstring(request.body, forbid_dtd=True)
    except (ParseError, ValueError):
        return envelope(FAULT.format("The request is not a SOAP message."), status=500)
    fields = {local_name(one): (one.text or "").strip() for one in root.iter()}
    biller = Biller.objects.filter(web_service_key=fields.get("WebServiceKey") or None).first()
    if biller is None or not is_guid_of(biller, fields.get("BillerGUID", "")):
        return envelope(
            FAULT.format("The biller GUID or web service key is not valid."), status=500
        )
    number = fields.get("AccountNumber", "")
    customer = biller.customers.filter(account_number=number).first()
    record = record_of(customer) if customer else ""
    result = f"<ViewCustomerRecordResult>{record}</ViewCustomerRecordResult>"
    response = (
        f'<ViewCustomerRecordResponse xmlns="{SERVICE}">{result}</ViewCustomerRecordResponse>'
    )
    return envelope(response)


def record_of(customer: Customer) -> str:
    registration = getattr(customer, "registration", None)
    fields = {
        "CustomerID": customer.pk,
        "AccountNumber": customer.account_number,
        "CustomerName": customer.name,
        "Address1": customer.address1,
        "Address2": customer.address2,
        "City": customer.city,
        "State": customer.state,
        "Zip": customer.zip,
        "Phone": customer.phone,
        "EmailAddress": customer.email,
        "AutoPay": str(customer.autopay).lower(),
        "PaperInvoices": str(not customer.paperless).lower(),
        "Registered": str(bool(registration)).lower(),
        # .NET's empty date: the sandbox does not keep when an account was registered.
        "RegistrationDate": "0001-01-01T00:00:00",
        "LoginName": registration.user.email if registration else "",
    }
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())


def is_guid_of(biller: Biller, text: str) -> bool:
    return text.strip("{} ").lower() == str(biller.biller_guid)


def envelope(content: str, *, status: int = 200) -> HttpResponse:
    content_type = "application/soap+xml; charset=utf-8"
    return HttpResponse(ENVELOPE.format(content), content_type=content_type, status=status)


def local_name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
