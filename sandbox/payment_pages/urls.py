from django.urls import path

from . import invoice_views, views

urlpatterns = [
    path("", views.page),
    path("/pay", views.pay),
    path("/approve", views.pay_by_test, {"approve": True}),
    path("/decline", views.pay_by_test, {"approve": False}),
    path("/result", views.result),
    path("/return", views.return_to_biller),
    path("/statement", invoice_views.statement),
    path("/related", invoice_views.related),
    path("/remind", invoice_views.remind),
    path("/register", invoice_views.register),
]
