"""Columns of exported files about people: addresses are masked."""

from django.utils.translation import gettext_lazy as _

from accounts.email_addresses import masked_email
from backoffice.exports.files import Column

REGISTRATIONS = (
    Column(_("asked"), lambda registration: registration.asked_at),
    Column(_("biller"), lambda registration: registration.biller),
    Column(_("account number"), lambda registration: registration.account.account_number),
    Column(_("email"), lambda registration: masked_email(registration.email)),
    Column(_("finished"), lambda registration: registration.finished_at),
)
