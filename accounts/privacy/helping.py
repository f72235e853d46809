"""What happens to helpers in an erasure: the access ends, and the other person is notified."""

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
    """Also deletes invitations to the person's address that were never accepted, and the records of
    emails about them that are kept with those who sent the invitations."""
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
