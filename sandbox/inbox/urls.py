from django.urls import path

from . import views

urlpatterns = [
    path("", views.inbox),
    path("clear", views.clear),
    path("<int:pk>/", views.mail),
    path("<int:pk>/html", views.mail_html),
]
