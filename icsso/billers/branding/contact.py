"""Where customers get help, and in which languages a biller speaks to them."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from icsso.billers.branding import languages
from icsso.billers.branding.languages import Words

FEWEST_DIGITS = 3  # of a phone number


def check_phone(number: str) -> None:
    """Accepts what somebody can dial: (217) 555-0100, 1-800-GET-HELP, or 311."""
    if sum(sign.isdigit() for sign in number) < FEWEST_DIGITS:
        raise ValidationError(gettext("Enter a phone number, like (217) 555-0100."))


class HasContact(models.Model):
    support_phone = models.CharField(
        _("support phone"), max_length=40, blank=True, validators=[check_phone]
    )
    support_email = models.EmailField(_("support email"), blank=True)
    support_hours = models.CharField(_("support hours"), max_length=100, blank=True)
    support_hours_es = models.CharField(
        _("support hours in Spanish"),
        max_length=100,
        blank=True,
        help_text=_("If blank, customers who read Spanish see them in English."),
    )
    pages_in_spanish = models.BooleanField(
        _("Invoice Cloud's pages exist in Spanish"),
        default=False,
        help_text=_("Otherwise, billing pages say in Spanish that they may be in English."),
    )

    class Meta:
        abstract = True

    @property
    def hours(self) -> Words:
        """Returns the support hours in the language of the page, or else in English."""
        return languages.readable({"en": self.support_hours, "es": self.support_hours_es})

    @property
    def pages_may_be_english(self) -> bool:
        """Returns whether Invoice Cloud's pages may be in another language than this page."""
        exist = {languages.ENGLISH: True, "es": self.pages_in_spanish}
        return not exist.get(languages.of_page(), False)
