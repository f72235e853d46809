from django.http import HttpRequest, JsonResponse
from django.urls import path, re_path

from . import cloud_payments, customers, remote_authentication, soap


def not_found(request: HttpRequest, **captured: str) -> JsonResponse:
    message = f"No HTTP resource was found that matches the request URI '{request.path}'."
    return JsonResponse({"Message": message}, status=404)


REMOTE_AUTH = "api/v1/remoteauth/"

urlpatterns = [
    path("api/v1/biller/status", customers.biller_status),
    path(f"{REMOTE_AUTH}RetrieveUsers", remote_authentication.retrieve_users),
    path(f"{REMOTE_AUTH}RemoteAuthentication", remote_authentication.remote_authentication),
    path(f"{REMOTE_AUTH}RetrieveUserAccounts", remote_authentication.retrieve_user_accounts),
    path(f"{REMOTE_AUTH}RegisterAccounts", remote_authentication.register_accounts),
    path(f"{REMOTE_AUTH}UpdatePassword", remote_authentication.update_password),
    path(f"{REMOTE_AUTH}UpdateEmailAddress", remote_authentication.update_email_address),
    path("api/v1/customer/CreateCustomerRecord", customers.create_customer_record),
    path("api/v1/customer/RetrieveCustomerGuid", customers.retrieve_customer_guid),
    path("api/v1/cp/<str:customer_guid>/account", customers.account),
    path("cloudpaymentsapi/v2", cloud_payments.cloud_payments),
    path("portal/webservices/CloudManagement.asmx", soap.cloud_management),
    re_path(r"^(?:api|cloudpaymentsapi)/", not_found),
]
