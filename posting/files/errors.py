"""Why a file is not delivered."""

from django.utils.translation import gettext as _


class DeliveryError(Exception):
    """The text is in the staff user's language and contains no secret."""


class AnotherFileThere(DeliveryError):
    """A file with this name exists, and it is not known to have the same content."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Another file with this name is already there, and it was not replaced. Once it "
                "has been moved away, this file is delivered."
            )
        )
