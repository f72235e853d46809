from django.urls import path

from api import accounts, openapi, payments

app_name = "api"
urlpatterns = [
    path("v1/payments", payments.payments, name="payments"),
    path("v1/accounts", accounts.accounts, name="accounts"),
    path("v1/openapi.json", openapi.openapi, name="openapi"),
]
