from django.contrib import admin
from django.urls import include, path

from inhance import health, languages, pages

handler400 = "inhance.errors.bad_request"
handler403 = "inhance.errors.permission_denied"
handler404 = "inhance.errors.page_not_found"
handler500 = "inhance.errors.server_error"

urlpatterns = [
    path("", pages.home, name="home"),
    path("accounts/", include("accounts.urls")),
    path("billing/", include("icsso.billing.urls")),
    path("pay/", include("payments.urls")),
    path("language/setlang/", languages.switch, name="set_language"),
    path("brand.css", pages.brand, name="brand"),
    path(".well-known/change-password", pages.change_password),
    path("robots.txt", pages.robots),
    path("favicon.ico", pages.favicon),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("admin/", admin.site.urls),
]
