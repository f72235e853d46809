"""Emails a customer the pay link of an account, from its page."""

from typing import NamedTuple

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, UtilityAccount
from accounts.notifications.messages import pay_link
from accounts.ratelimit import allowed
from backoffice.audit.events import Event
from backoffice.object_actions import Facts, ObjectAction
from icsso.billers.pay_links.services import code_of, key_of
from payments.pay_links.addresses import address_of, site_at

MOST = 3  # members: a building's account can have many


class Recipient(NamedTuple):
    """member: None for the address in the CIS."""

    email: str
    member: Member | None = None


def recipients(account: UtilityAccount) -> list[Recipient]:
    """Returns the members who see the account and whose mailboxes are confirmed; if there are none,
    the address in the CIS, if it has one."""
    links = account.links.filter(member__is_active=True).select_related("member__biller")
    members = [link.member for link in links.order_by("pk")[:MOST]]
    if members:
        return [Recipient(member.email, member) for member in members]
    return [Recipient(account.email)] if account.email else []


def _facts(account: UtilityAccount) -> Facts:
    return [
        (_("to the member") if to.member else _("to the email in the CIS"), to.email)
        for to in recipients(account)
    ]


def _send(request: HttpRequest, account: UtilityAccount) -> bool:
    biller = account.biller
    if not allowed("pay_link_mail", request=request, key=str(account.pk), place=biller.slug):
        return False
    code = code_of(account.pk, key=key_of(biller))
    link = address_of(code, site=site_at(request, biller))
    with transaction.atomic():
        emails = [
            pay_link(account, to=to.email, member=to.member, link=link)
            for to in recipients(account)
        ]
    for send in emails:
        send()
    return True


SEND_PAY_LINK = ObjectAction[UtilityAccount](
    slug="send-pay-link",
    permission="icsso.send_paylink",
    label=_("Email a pay link"),
    consequence=_(
        "The email has a link to the payment page with this account filled in. It shows no "
        "balance, and customers still give the proof that you ask of guests."
    ),
    event=Event.MAIL_SENT,
    applies_to=lambda account: bool(recipients(account)),
    perform=_send,
    facts=_facts,
)
