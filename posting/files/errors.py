"""Why a file is not delivered."""

from django.utils.translation import gettext as _


class DeliveryError(Exception):
    """The text is for staff users, in their language, and has no secret."""


class AnotherFileThere(DeliveryError):
    """The place has a file with this name that is not known to have this content."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Another file with this name is already there, and it was not replaced. Once it "
                "has been moved away, this file is delivered."
            )
        )
