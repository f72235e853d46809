from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User
from icsso.models import Biller


class BillerBackend(ModelBackend):
    """Members sign in at their own biller only; staff (who have no biller) at the admin.

    Every attempt costs one Argon2 computation, whether the address is known or not; a second
    one, at a success, renews a hash with other parameters.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        biller: Biller | None = None,
        **kwargs: Any,
    ) -> User | None:
        email = (username or kwargs.get("email") or "").strip().lower()
        if not email or password is None:
            return None
        user = User.objects.filter(email=email, biller=biller).first()
        if user is None:
            User().set_password(password)  # the same time as for a known address
            return None
        user.biller = biller  # known: not to be asked for again
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
