from django.urls import include, path, re_path
from django.views.static import serve

from sandbox.control.views import home
from sandbox.portal_pages.sso import connect
from sandbox.settings import STATIC_ROOT

urlpatterns = [
    path("", home),
    path("", include("sandbox.api.urls")),
    path("cloudssoconnect", connect),
    path("portal/(S(<slug:key>))/", include("sandbox.portal_pages.urls")),
    path("cloudpayments/<slug:key>", include("sandbox.payment_pages.urls")),
    path("_control/", include("sandbox.control.urls")),
    path("_inbox/", include("sandbox.inbox.urls")),
    re_path(r"^static/(?P<path>.+)$", serve, {"document_root": STATIC_ROOT}),
]
