"""What a biller needs before it opens to customers: the steps of the page “Going live”.

A step lists what is still missing; an empty list means that it is done. Only `Biller.is_active`
decides whether the site is open, and it can be switched on once nothing is missing.
"""

from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.http.request import validate_host
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from icsso.billers.models import Biller
from icsso.billers.onboarding.models import SettingCheck

Setting = SettingCheck.Setting
Words = list[str]


class Step(NamedTuple):
    """explanation: why the step is needed, for someone who does this for the first time.
    can_be_missing: whether the page marks it as ready or missing."""

    slug: str
    title: Promise
    explanation: Promise
    missing: Callable[[Biller], Words]
    can_be_missing: bool = True


def missing(biller: Biller) -> Words:
    """Returns all requirements that are missing, in the order of the steps."""
    return [words for step in STEPS for words in step.missing(biller)]


def _names(biller: Biller) -> Words:
    hosts = sorted(host.host for host in biller.hosts.all())
    if not hosts:
        return [_("host name")]
    shut_out = [host for host in hosts if not validate_host(host, settings.ALLOWED_HOSTS)]
    return [_("%(host)s in ALLOWED_HOSTS") % {"host": host} for host in shut_out]


def _credentials(biller: Biller) -> Words:
    wanted = {_("API key"): biller.api_key, _("biller GUID"): biller.biller_guid}
    return [what for what, there in wanted.items() if not there]


def _connection(biller: Biller) -> Words:
    return [] if biller.connection_works else [_("successful connection test")]


def setting_check(biller: Biller, setting: str) -> SettingCheck | None:
    """Returns the latest confirmation of this setting, if there is one."""
    return {check.setting: check for check in biller.setting_checks.all()}.get(setting)


def _setting_129(biller: Biller) -> Words:
    check = setting_check(biller, Setting.SETTING_129)
    return [] if check and check.is_right else [_("setting 129 confirmed")]


def _password_pages(biller: Biller) -> Words:
    check = setting_check(biller, Setting.PASSWORD_PAGES)
    words = _("confirmation that customers can't change their password at Invoice Cloud")
    return [] if check and check.is_right else [words]


def _customers(biller: Biller) -> Words:
    return (
        []
        if biller.accounts.filter(closed_at=None).exists()
        else [_("customers from the billing system")]
    )


def _support(biller: Biller) -> Words:
    has_contact = biller.support_phone or biller.support_email
    return [] if has_contact else [_("support phone or email")]


def _nothing(biller: Biller) -> Words:
    """For steps with a good default, and steps that can wait."""
    return []


STEPS = (
    Step(
        "names",
        gettext_lazy("Name, time zone, and host names"),
        gettext_lazy(
            "The name at the top of every customer page, the time zone of its dates, and the web "
            "addresses customers use. Each address must also be listed in the server's "
            "ALLOWED_HOSTS setting and point here in DNS."
        ),
        _names,
    ),
    Step(
        "credentials",
        gettext_lazy("Invoice Cloud credentials"),
        gettext_lazy(
            "The utility gets these from Invoice Cloud. Keys are stored encrypted and never shown "
            "again."
        ),
        _credentials,
    ),
    Step(
        "connection",
        gettext_lazy("Connection test"),
        gettext_lazy(
            "Asks Invoice Cloud which biller the key belongs to, and compares the biller GUID."
        ),
        _connection,
    ),
    Step(
        "probe",
        gettext_lazy("Probe"),
        gettext_lazy(
            "Asks Invoice Cloud everything that the portal will ask, says what differs from what "
            "the portal expects, and suggests the differences to enter in the next step."
        ),
        _nothing,
        can_be_missing=False,
    ),
    Step(
        "wire",
        gettext_lazy("Invoice Cloud's API"),
        gettext_lazy(
            "What the portal sends to Invoice Cloud and how it reads the answers. If this biller's "
            "Invoice Cloud differs from the contract, its differences are entered here. Changing "
            "them clears the result of the connection test."
        ),
        _nothing,
        can_be_missing=False,
    ),
    Step(
        Setting.SETTING_129.value,
        gettext_lazy("Biller setting 129"),
        gettext_lazy(
            "“Display latest $0 or negative balances in Open Invoices and CPV2.” Without it, "
            "customers who owe nothing see an empty list. Invoice Cloud turns it on. Check it at "
            "Invoice Cloud and record here what you saw. Your name and the time are saved."
        ),
        _setting_129,
    ),
    Step(
        Setting.PASSWORD_PAGES.value,
        gettext_lazy("No password change at Invoice Cloud"),
        gettext_lazy(
            "Customers change their password here, and the portal passes it on. If they changed it "
            "on Invoice Cloud's own pages, the two would differ, and their bills would stay closed "
            "until they enter both. Invoice Cloud turns this off. Look at the billing pages of a "
            "test customer and record here what you saw. Your name and the time are saved."
        ),
        _password_pages,
    ),
    Step(
        "look",
        gettext_lazy("Appearance"),
        gettext_lazy(
            "The logo, and the color of links and buttons. Dark mode uses a lighter shade of the "
            "color where needed."
        ),
        _nothing,
    ),
    Step(
        "proof",
        gettext_lazy("Proof from customers"),
        gettext_lazy(
            "Compared with the billing system, ignoring capitalization, spaces, and punctuation."
        ),
        _nothing,
    ),
    Step(
        "support",
        gettext_lazy("Help for customers"),
        gettext_lazy(
            "Shown at the bottom of every page and wherever something goes wrong. Replies to the "
            "portal's emails go to the support email."
        ),
        _support,
    ),
    Step(
        "customers",
        gettext_lazy("Customers"),
        gettext_lazy("The accounts from the billing system (CIS)."),
        _customers,
    ),
    Step(
        "maintenance",
        gettext_lazy("Announcements"),
        gettext_lazy(
            "Invoice Cloud maintenance and other notices. Customers see a maintenance announcement "
            "from three days before until it ends."
        ),
        _nothing,
    ),
    Step(
        "postbacks",
        gettext_lazy("First payment"),
        gettext_lazy(
            "After each payment, Invoice Cloud calls the portal (a postback). Once the site is "
            "open, pay a small bill as a guest: this shows that postbacks arrive and can be read. "
            "Of a biller's first 20 postbacks, the names and the kinds of values are recorded, but "
            "no values."
        ),
        _nothing,
        can_be_missing=False,
    ),
)
