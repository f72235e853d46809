from django.urls import include, path

urlpatterns = [
    path("", include("sandbox.pages.urls")),
]
