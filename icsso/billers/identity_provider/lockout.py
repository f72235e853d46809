"""Staff users who lose access to a biller if single sign-on is required."""

from collections.abc import Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.roles import ROLES
from icsso.billers.identity_provider.models import IdentityProvider

MORE = _("has permissions beyond the roles")
DOMAIN = _("the domain of the email address is not allowed")
NEVER = _("has not signed in with it yet")


def locked_out(provider: IdentityProvider) -> Iterator[tuple[Any, Promise]]:
    """Yields each staff user with the reason. Superusers keep their password."""
    staff: Any = provider.biller.staff  # of accounts above this one
    people = staff.filter(is_active=True, is_superuser=False).order_by("email")
    known = set(people.filter(identities__issuer=provider.issuer).values_list("pk", flat=True))
    for person in people.prefetch_related("groups", "user_permissions"):
        has_other_roles = any(group.name not in ROLES for group in person.groups.all())
        if has_other_roles or person.user_permissions.all():
            yield person, MORE
        elif not provider.allows(person.email):
            yield person, DOMAIN
        elif person.pk not in known:
            yield person, NEVER
