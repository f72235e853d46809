from functools import partial
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.credentials.password_change import adopt_new_password, password_changed
from accounts.models import Member, StaffUser, User
from icsso.billers.identity_provider.models import without_required
from icsso.billers.models import Biller
from icsso.client.parsing import email_address, normal_password
from icsso.queries import MadeOnce


class BillerBackend(ModelBackend):
    """Members sign in at their own biller only; staff (who have no biller) in the admin.

    Every attempt costs one Argon2 computation, whether the email is known or not. After a success,
    a second one may renew a hash that has other parameters.
    """

    def get_user(self, user_id: int) -> Member | StaffUser | None:
        """Loads the second factor in the same query, because every page checks for one."""
        user = next(iter(_of_key(pk=user_id)), None)
        return user.as_proxy() if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Returns the permissions with one query: the person's own, and those of roles."""
        found: set[str] = self._get_permissions(user_obj, obj, "all")  # type: ignore[attr-defined]
        return found

    def _get_all_permissions(self, user_obj: User) -> QuerySet[Permission]:
        of_roles = Permission.objects.filter(group__in=user_obj.groups.all())
        return user_obj.user_permissions.order_by().union(of_roles.order_by())

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        biller: Biller | None = None,
        **kwargs: Any,
    ) -> Member | StaffUser | None:
        email = email_address(username or kwargs.get("email") or "")
        if not email or password is None:
            return None
        if biller is not None and biller.pk is None:  # would be the staff's address
            raise ValueError("A biller that was not saved has no members.")
        password = normal_password(password)  # also from forms that are not ours: the admin's
        user = next(iter(_of_address(email=email, biller_id=biller and biller.pk)), None)
        if user is None:
            User().set_password(password)  # takes the same time as for a known email
        else:
            user.biller = biller  # known, so don't query it again
            if user.check_password(password):
                known = user.as_proxy()
                return known if self.user_can_authenticate(user) and _opens(known) else None
        if biller is None or request is None:
            return None
        # Maybe it is a new password that only Invoice Cloud has so far. An unknown email costs the
        # same query.
        tell = partial(password_changed, request)
        return adopt_new_password(email=email, biller=biller, password=password, tell=tell)


def _known(**values: Any) -> QuerySet[User]:
    """Finds one at most: an address belongs to one person at a biller."""
    with_factor = User.objects.select_related("second_factor").defer("second_factor__key")
    return with_factor.filter(**values)


_of_key = MadeOnce(_known, pk=User._meta.pk)
_of_address = MadeOnce(
    _known, email=User._meta.get_field("email"), biller_id=User._meta.get_field("biller")
)


def _opens(user: Member | StaffUser) -> bool:
    """Returns whether a password gives access to anything: not for staff whose billers all require
    single sign-on, or who have no biller. It always does for superusers, in case the provider is
    unavailable."""
    if not isinstance(user, StaffUser) or user.is_superuser:
        return True
    return Biller.objects.filter(without_required(), staff=user.pk).exists()
