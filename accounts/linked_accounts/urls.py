"""URLs of “My accounts”; `accounts.urls` includes them. `pk` is that of the utility account."""

from django.urls import path

from accounts.linked_accounts import dashboard, export, views

urlpatterns = [
    path("", views.my_accounts, name="list"),
    path("link/", views.link, name="link"),
    path("<int:pk>/", views.account, name="account"),
    path("<int:pk>/first/", views.make_first, name="make_first"),
    path("<int:pk>/unlink/", views.unlink, name="unlink"),
    path("<int:pk>/prove/", views.prove_again, name="prove_again"),
    path("<int:pk>/balance/", dashboard.balance, name="balance"),
    path("balances/", dashboard.refresh_balances, name="refresh_balances"),
    path("export/", export.export, name="export"),
]
