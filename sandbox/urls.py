from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views.static import serve

from sandbox.api import routing, soap
from sandbox.control.views import home
from sandbox.portal_pages.sso import connect
from sandbox.settings import STATIC_ROOT
from sandbox.variants.services import current_wire


def on_the_wire(request: HttpRequest) -> HttpResponse:
    """Cloud SSO Connect and the REST operations, at the addresses that they have now."""
    wire = current_wire()
    return connect(request, wire) if request.path == wire.sso.path else routing.call(request, wire)


urlpatterns = [
    path("", home),
    path("portal/(S(<slug:key>))/", include("sandbox.portal_pages.urls")),
    path("cloudpayments/<slug:key>", include("sandbox.payment_pages.urls")),
    path("portal/webservices/CloudManagement.asmx", soap.cloud_management),
    path("_control/", include("sandbox.control.urls")),
    path("_inbox/", include("sandbox.inbox.urls")),
    re_path(r"^static/(?P<path>.+)$", serve, {"document_root": STATIC_ROOT}),
    re_path(r"^", on_the_wire),
]
