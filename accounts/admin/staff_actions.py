"""What administrators and superusers do for a staff user (see `backoffice.object_actions`)."""

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


# Also for somebody who works for other billers, or has more roles, and whom an administrator
# therefore cannot change.
NO_LONGER_OURS = ObjectAction[StaffUser](
    slug="no-longer-ours",
    permission="accounts.change_staffuser",
    label=_("No longer works for us"),
    consequence=_(
        "They no longer see anything of the billers that you work for, and are signed out "
        "everywhere. Work for other billers stays. Only a superuser can take them on again."
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
    label=_("Take the second factor away"),
    consequence=_(
        "For who has lost the phone and the recovery codes. Be sure that it is this person who "
        "asks. They set up another app at the next sign-in."
    ),
    event=None,
    applies_to=lambda person: hasattr(person, "second_factor"),
    perform=_remove_second_factor,
)
