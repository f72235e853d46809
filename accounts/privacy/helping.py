"""What an erasure makes of helpers: the access ends, and the other one is told."""

from django.db import transaction

from accounts.models import Helper, Member, SentEmail, UndeliveredEmail
from accounts.models.undelivered_email import Notification
from accounts.notifications.messages import helper_gone


def erase_helpers(owner: Member) -> None:
    """Their records are deleted together with the owner."""
    mine = owner.helpers.open().exclude(person=None).select_related("owner__biller", "person")
    for helper in mine:
        if helper.person and not helper.is_over:
            transaction.on_commit(helper_gone(helper, to=helper.person))


def erase_helping(person: Member) -> None:
    """Also the invitations to the person's address, of which nothing came, and what was recorded
    of their emails with those who invited."""
    helped = Helper.objects.filter(person=person).select_related("owner__biller")
    for helper in helped.open():
        if not helper.is_over:
            transaction.on_commit(helper_gone(helper, to=helper.owner))
    at_biller = Helper.objects.filter(owner__biller=person.biller_id)
    emails = {person.email, *helped.values_list("email", flat=True)}
    at_biller.filter(person=None, email=person.email).delete()
    for model in (SentEmail, UndeliveredEmail):
        model.objects.filter(
            biller=person.biller_id,
            email__in=emails,
            notification=Notification.HELPER_INVITATION,
        ).delete()
