from django.urls import path

from . import bills, enrollments, payment_methods, sso

urlpatterns = [
    path("bills", bills.bills),
    path("bills/pay", bills.pay),
    path("receipt/<uuid:guid>", bills.receipt),
    path("paperless", enrollments.paperless),
    path("paperless/save", enrollments.save_paperless),
    path("paperless/all", enrollments.all_paperless),
    path("autopay", enrollments.autopay),
    path("autopay/<str:number>/start", enrollments.start_autopay),
    path("autopay/<str:number>/stop", enrollments.stop_autopay),
    path("pay-by-text", enrollments.pay_by_text),
    path("pay-by-text/confirm", enrollments.confirm_text),
    path("pay-by-text/<str:number>/stop", enrollments.stop_text),
    path("payment-options", payment_methods.methods),
    path("payment-options/add", payment_methods.add_method),
    path("payment-options/<int:pk>/remove", payment_methods.remove_method),
    path("scheduled-payments", payment_methods.scheduled),
    path("scheduled-payments/add", payment_methods.add_scheduled),
    path("scheduled-payments/<int:pk>", payment_methods.change_scheduled),
    path("scheduled-payments/<int:pk>/cancel", payment_methods.cancel_scheduled),
    path("sign-out", sso.sign_out),
]
