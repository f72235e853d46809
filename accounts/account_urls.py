"""Addresses of My accounts; `accounts.urls` includes them. `pk` is that of the utility account."""

from django.urls import path

from accounts import account_views as views

urlpatterns = [
    path("", views.my_accounts, name="list"),
]
