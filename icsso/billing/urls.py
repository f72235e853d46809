from django.urls import path

from icsso.billing import views
from icsso.billing.sections import BILLING_PAGES

app_name = "billing"
urlpatterns = [
    path("", views.bills),
    # bills, paperless, autopay, payment_methods, scheduled_payments, pay_by_text
    *(
        path(f"{page.section.slug}/", views.billing_page, {"page": page}, name=page.name)
        for page in BILLING_PAGES
    ),
]
