"""URLs of helpers; `accounts.urls` includes them. `pk` is that of the helper's record."""

from django.urls import path

from accounts.helpers import views
from accounts.helpers.invitation_views import invitation

urlpatterns = [
    path("", views.helpers, name="helpers"),
    path("invite/", views.invite, name="invite_helper"),
    path("invitation/<secret>/", invitation, name="helper_invitation"),
    path("<int:pk>/", views.helper, name="helper"),
    path("<int:pk>/again/", views.send_again, name="helper_again"),
    path("<int:pk>/end/", views.end, name="end_helper"),
    path("<int:pk>/accept/", views.accept, name="accept_to_help"),
    path("<int:pk>/stop/", views.stop, name="stop_helping"),
]
