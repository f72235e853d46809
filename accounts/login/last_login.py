"""Records when somebody last signed in. Django's own receiver saves the user, and the audit log
would then read the user again to compare it at each sign-in, although it does not log this
field."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.utils import timezone

from accounts.models import User

user_logged_in.disconnect(dispatch_uid="update_last_login")


@receiver(user_logged_in)
def _signed_in(sender: object, user: User, **kwargs: Any) -> None:
    user.last_login = timezone.now()
    User.objects.filter(pk=user.pk).update(last_login=user.last_login)
