from django.urls import include, path, re_path
from django.views.static import serve

from sandbox.settings import STATIC_ROOT

urlpatterns = [
    path("", include("sandbox.api.urls")),
    path("_control/api/", include("sandbox.control.urls")),
    re_path(r"^static/(?P<path>.+)$", serve, {"document_root": STATIC_ROOT}),
    path("", include("sandbox.pages.urls")),
]
