"""The six billing pages in the customer's words (stories 3 to 8)."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from icsso.client import sso


@dataclass(frozen=True, eq=False)
class BillingPage:
    """title: of page and tab. sentence: its purpose. button: opens a separate window."""

    section: sso.Section
    title: Promise
    sentence: Promise
    button: Promise

    @property
    def name(self) -> str:
        return self.section.slug.replace("-", "_")

    @property
    def address(self) -> str:
        return reverse(f"billing:{self.name}")


BILLING_PAGES = (
    BillingPage(
        sso.BILLS,
        _("Your bills"),
        _("See what you owe and pay it."),
        _("Continue to your bills"),
    ),
    BillingPage(
        sso.PAPERLESS,
        _("Paperless"),
        _("Choose whether you get your bills by email or on paper."),
        _("Continue to Paperless"),
    ),
    BillingPage(
        sso.AUTOPAY,
        _("AutoPay"),
        _("Your bills are paid automatically on the due date."),
        _("Continue to AutoPay"),
    ),
    BillingPage(
        sso.PAYMENT_METHODS,
        _("Payment methods"),
        _("Add or remove a card or bank account."),
        _("Continue to payment methods"),
    ),
    BillingPage(
        sso.SCHEDULED_PAYMENTS,
        _("Scheduled payments"),
        _("See, change, or cancel payments you've scheduled."),
        _("Continue to scheduled payments"),
    ),
    BillingPage(
        sso.PAY_BY_TEXT,
        _("Pay by Text"),
        _("Get a text message when your bill is ready, and reply to pay."),
        _("Continue to Pay by Text"),
    ),
)
