from django.urls import path

from payments.checkout import return_view, views
from payments.postbacks.views import postback

app_name = "payments"
urlpatterns = [
    path("", views.guest, name="guest"),
    path("quick/", views.quick, name="quick"),
    path("history/", views.payment_history, name="history"),
    path("return/<token>/", return_view.return_page, name="return"),
    path("postback/<token>/", postback, name="postback"),
    # Invoice Cloud may drop the last slash, and follows no redirect with what it posts.
    path("postback/<token>", postback),
    path("<slug:address>/", views.checkout, name="checkout"),
    path("<slug:address>/receipt/", views.receipt, name="receipt"),
    path("<slug:address>/status/", views.receipt_status, name="receipt_status"),
]
