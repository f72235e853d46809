"""What administrators and superusers can do for staff users (see `backoffice.object_actions`)."""

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.durations import in_words_lazy
from accounts.models import SecondFactor, StaffIdentity, StaffUser
from accounts.models.user import deactivate_without_biller
from accounts.ratelimit import allowed
from accounts.requests import staff_user
from accounts.staff import password_links
from backoffice import roles
from backoffice.audit.events import Event
from backoffice.object_actions import ObjectAction
from icsso.billers.models import Biller


def _works_with(request: HttpRequest, person: StaffUser) -> bool:
    return person.pk != request.user.pk and _shared(request, person).exists()


def _shared(request: HttpRequest, person: StaffUser) -> QuerySet[Biller]:
    """Returns the billers that both work for."""
    return staff_user(request).managed_billers().filter(pk__in=person.billers.all())


@transaction.atomic
def _remove_from_billers(request: HttpRequest, person: StaffUser) -> bool:
    person.billers.remove(*_shared(request, person))
    person.sign_out_everywhere()
    if deactivate_without_biller([person.pk]):
        words = _("This was their last biller, so they can no longer sign in.")
        messages.warning(request, words)
    return True


def _remove_second_factor(request: HttpRequest, person: StaffUser) -> bool:
    SecondFactor.objects.get(user=person).delete()
    return True


def _identities(request: HttpRequest, person: StaffUser) -> QuerySet[StaffIdentity]:
    """Returns the person's identities at the providers of billers that both work for."""
    issuers = _shared(request, person).values("identity_provider__issuer")
    return StaffIdentity.objects.filter(user=person, issuer__in=issuers)


def _forget_identities(request: HttpRequest, person: StaffUser) -> bool:
    for identity in _identities(request, person):
        identity.delete()  # one by one: each is an entry in the audit log
    return True


def can_do_no_more(person: StaffUser, *, than: StaffUser) -> bool:
    """Returns whether `than` may safely change the person's email: anyone who can do that can sign
    in as the person, and must not gain any permission."""
    if than.is_superuser:
        return True
    elsewhere = Biller.objects.filter(staff=person).exclude(pk__in=than.managed_billers())
    more = person.groups.exclude(pk__in=roles.given_by(than))
    has_more = more.exists() or person.user_permissions.exists()
    return not (person.is_superuser or has_more or elsewhere.exists())


def _send_password_link(request: HttpRequest, person: StaffUser) -> bool:
    if not allowed("resend", request=request, key=person.email):
        return False
    password_links.send_link(request, person)()
    return True


SEND_PASSWORD_LINK = ObjectAction[StaffUser](
    slug="send-password-link",
    permission="accounts.change_staffuser",
    label=_("Send password link"),
    consequence=format_lazy(
        _(
            "The link goes to this person's email address and works once, for {life}. The present "
            "password stays valid until a new one is chosen."
        ),
        life=in_words_lazy(password_links.LIFE),
    ),
    event=Event.MAIL_SENT,
    applies_to=lambda person: person.is_active and person.billers.exists(),
    perform=_send_password_link,
    is_allowed=lambda request, person: can_do_no_more(person, than=staff_user(request)),
)
FORGET_IDENTITY = ObjectAction[StaffUser](
    slug="forget-identity",
    permission="accounts.change_staffuser",
    label=_("Forget single sign-on identity"),
    consequence=_(
        "Use this when this person has got another account at the identity provider. The next "
        "sign-in with their email address links the new one."
    ),
    event=None,
    applies_to=lambda person: person.identities.exists(),
    perform=_forget_identities,
    is_allowed=lambda request, person: _identities(request, person).exists(),
)
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
