"""What administrators do about a colleague: see `backoffice.object_actions` for how it is asked."""

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import StaffUser
from backoffice.object_actions import Act
from icsso.billers.models import Biller


def _is_colleague(request: HttpRequest, person: StaffUser) -> bool:
    return person.pk != request.user.pk and _shared(request, person).exists()


def _shared(request: HttpRequest, person: StaffUser) -> QuerySet[Biller]:
    """The billers that both work for."""
    return Biller.objects.filter(staff=request.user.pk).filter(staff=person.pk)


@transaction.atomic
def _let_go(request: HttpRequest, person: StaffUser) -> bool:
    person.billers.remove(*_shared(request, person))
    person.sign_out_everywhere()
    return True


# Also of who works elsewhere too, or has more roles: whom an administrator cannot change.
NO_LONGER_OURS = Act(
    slug="no-longer-ours",
    permission="accounts.change_user",
    label=_("No longer works for us"),
    consequence=_(
        "They no longer see anything of the billers that you work for, and are signed out "
        "everywhere. Work for other billers stays. Only a superuser can take them on again."
    ),
    event=None,
    fits=lambda person: person.is_staff and not person.biller_id,
    do=_let_go,
    is_theirs=_is_colleague,
)
