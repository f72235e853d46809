from django.urls import path

from payments.checkout import views
from payments.postbacks import views as callbacks

app_name = "payments"
urlpatterns = [
    path("", views.guest, name="guest"),
    path("quick/", views.quick, name="quick"),
    path("history/", views.payment_history, name="history"),
    path("return/<token>/", callbacks.come_back, name="return"),
    path("postback/<token>/", callbacks.postback, name="postback"),
    path("<slug:address>/", views.checkout, name="checkout"),
    path("<slug:address>/receipt/", views.receipt, name="receipt"),
    path("<slug:address>/status/", views.receipt_status, name="receipt_status"),
]
