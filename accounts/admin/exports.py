"""Columns of exported files about people: addresses are masked."""

from django.utils.translation import gettext_lazy as _

from accounts.masks import masked_email
from backoffice.exports.files import Column

SIGNUPS = (
    Column(_("requested"), lambda signup: signup.asked_at),
    Column(_("biller"), lambda signup: signup.biller),
    Column(
        _("account number"), lambda signup: signup.account.account_number if signup.account else ""
    ),
    Column(_("email"), lambda signup: masked_email(signup.email)),
    Column(_("finished"), lambda signup: signup.finished_at),
    # Last, so that files of earlier versions have the same columns before it.
    Column(_("signed up with"), lambda signup: signup.get_kind_display()),
)
