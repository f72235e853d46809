from django.urls import URLPattern, URLResolver, include, path

from . import bills, checkout, connect, control, enrolments, home, inbox, invoices, methods

visit = [
    path("bills", bills.bills),
    path("bills/pay", bills.pay),
    path("receipt/<uuid:guid>", bills.receipt),
    path("paperless", enrolments.paperless),
    path("paperless/save", enrolments.save_paperless),
    path("paperless/all", enrolments.all_paperless),
    path("autopay", enrolments.autopay),
    path("autopay/<str:number>/start", enrolments.start_autopay),
    path("autopay/<str:number>/stop", enrolments.stop_autopay),
    path("pay-by-text", enrolments.pay_by_text),
    path("pay-by-text/confirm", enrolments.confirm_text),
    path("pay-by-text/<str:number>/stop", enrolments.stop_text),
    path("payment-options", methods.methods),
    path("payment-options/add", methods.add_method),
    path("payment-options/<int:pk>/remove", methods.remove_method),
    path("scheduled-payments", methods.scheduled),
    path("scheduled-payments/add", methods.add_scheduled),
    path("scheduled-payments/<int:pk>", methods.change_scheduled),
    path("scheduled-payments/<int:pk>/cancel", methods.cancel_scheduled),
    path("sign-out", connect.sign_out),
]

hosted = [
    path("", checkout.page),
    path("/pay", checkout.pay),
    path("/approve", checkout.pay_by_test, {"approve": True}),
    path("/decline", checkout.pay_by_test, {"approve": False}),
    path("/result", checkout.result),
    path("/return", checkout.leave),
    path("/statement", invoices.statement),
    path("/related", invoices.related),
    path("/remind", invoices.remind),
    path("/register", invoices.register),
]

controls = [
    path("", control.panel),
    path("reset", control.reset),
    path("faults", control.add_fault),
    path("faults/clear", control.clear_faults),
    path("postback-settings", control.save_postback_settings),
    path("billers/<int:pk>/setting-129", control.save_setting_129),
    path("postbacks/<int:pk>/send", control.send_postback),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home),
    path("cloudssoconnect", connect.connect),
    path("portal/(S(<slug:key>))/", include(visit)),
    path("cloudpayments/<slug:key>", include(hosted)),
    path("_control/", include(controls)),
    path("_inbox/", inbox.inbox),
    path("_inbox/clear", inbox.clear),
    path("_inbox/<int:pk>/", inbox.mail),
    path("_inbox/<int:pk>/html", inbox.mail_html),
]
