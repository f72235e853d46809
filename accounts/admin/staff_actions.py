"""What administrators and superusers can do for staff users (see `backoffice.object_actions`)."""

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import SecondFactor, StaffUser
from backoffice.object_actions import ObjectAction
from icsso.billers.models import Biller


def _works_with(request: HttpRequest, person: StaffUser) -> bool:
    return person.pk != request.user.pk and _shared(request, person).exists()


def _shared(request: HttpRequest, person: StaffUser) -> QuerySet[Biller]:
    """Returns the billers that both work for."""
    return Biller.objects.filter(staff=request.user.pk).filter(staff=person.pk)


@transaction.atomic
def _remove_from_billers(request: HttpRequest, person: StaffUser) -> bool:
    person.billers.remove(*_shared(request, person))
    person.sign_out_everywhere()
    return True


def _remove_second_factor(request: HttpRequest, person: StaffUser) -> bool:
    SecondFactor.objects.get(user=person).delete()
    return True


# Also for people whom an administrator can't change, because they work for other billers or have
# more roles.
NO_LONGER_OURS = ObjectAction[StaffUser](
    slug="no-longer-ours",
    permission="accounts.change_staffuser",
    label=_("Remove access to our billers"),
    consequence=_(
        "This person loses access to every biller you work for and is signed out everywhere. "
        "Access to other billers stays the same. Only a superuser can add them back."
    ),
    event=None,
    applies_to=lambda person: person.is_staff,
    perform=_remove_from_billers,
    is_allowed=_works_with,
)
# For superusers: no role has this permission.
TAKE_SECOND_FACTOR = ObjectAction[StaffUser](
    slug="take-second-factor",
    permission="accounts.delete_secondfactor",
    label=_("Reset two-step verification"),
    consequence=_(
        "Use this when someone has lost both their phone and their recovery codes. First make "
        "sure the request really comes from this person. They will set up two-step verification "
        "again the next time they sign in."
    ),
    event=None,
    applies_to=lambda person: hasattr(person, "second_factor"),
    perform=_remove_second_factor,
)
