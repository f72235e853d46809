from django.urls import path

from reminders import views

app_name = "reminders"
urlpatterns = [
    path("", views.choices, name="choices"),
    path("close/", views.close, name="close"),
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/<secret>.ics", views.feed, name="feed"),
    path("emails/", views.emails, name="emails"),
    path("stop/<token>/", views.stop, name="stop"),
]
