from django.urls import path

from payments.checkout import return_view, views
from payments.helping import views as helping
from payments.postbacks.views import postback
from payments.statements import views as statements

app_name = "payments"
urlpatterns = [
    path("", views.guest, name="guest"),
    path("quick/", views.quick, name="quick"),
    path("history/", views.payment_history, name="history"),
    path("history/csv/", statements.history_file, name="history_file"),
    path("statement/", statements.statements, name="statements"),
    path("statement/<int:year>/", statements.statement, name="statement"),
    path("statement/<int:year>/csv/", statements.statement_file, name="statement_file"),
    path("return/<token>/", return_view.return_page, name="return"),
    path("postback/<token>/", postback, name="postback"),
    # Invoice Cloud may drop the last slash, and follows no redirect with what it posts.
    path("postback/<token>", postback),
    path("helping/", helping.helped_accounts, name="helped_accounts"),
    path("helping/<int:pk>/", helping.helped_account, name="helped_account"),
    path("helping/<int:pk>/balance/", helping.helped_balance, name="helped_balance"),
    path("helping/<int:pk>/<int:payment>/", helping.helped_receipt, name="helped_receipt"),
    path("<slug:address>/", views.checkout, name="checkout"),
    path("<slug:address>/receipt/", views.receipt, name="receipt"),
    path("<slug:address>/status/", views.receipt_status, name="receipt_status"),
]
