from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from inhance import health, languages, pages
from inhance.monitoring.endpoint import metrics
from payments.pay_links.views import pay_link

handler400 = "inhance.errors.bad_request"
handler403 = "inhance.errors.permission_denied"
handler404 = "inhance.errors.page_not_found"
handler500 = "inhance.errors.server_error"

urlpatterns = [
    path("", pages.home, name="home"),
    path("accounts/", include("accounts.urls")),
    path("billing/", include("icsso.billing.urls")),
    path("pay/", include("payments.urls")),
    # Short and in capitals, for QR codes on paper; typed by hand in either case.
    path("P/<path:code>", pay_link, name="pay_link"),
    path("p/<path:code>", pay_link),
    path("reminders/", include("reminders.urls")),
    path("api/", include("api.urls")),
    path("language/setlang/", languages.switch, name="set_language"),
    path("logo/<slug:digest>.png", pages.logo, name="logo"),
    path("brand.css", pages.brand, name="brand"),
    path(".well-known/change-password", pages.change_password),
    path("robots.txt", pages.robots),
    path("favicon.ico", pages.favicon),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics),
    path("admin/", admin.site.urls),
]
if settings.DEBUG or settings.TESTING:
    urlpatterns.append(path("components/", pages.components))  # for developers
