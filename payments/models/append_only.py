"""Records of staff decisions: added once, never changed or deleted."""

from typing import Any, NoReturn

from django.db import models

NEVER_CHANGED = "This record can't be changed. Add a new one."
NEVER_DELETED = "This record can't be deleted. Add a new one."


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError(NEVER_CHANGED)

    def delete(self) -> NoReturn:
        raise TypeError(NEVER_DELETED)


class AppendOnly(models.Model):
    """Subclasses must use a manager made from `AppendOnlyQuerySet`."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(NEVER_CHANGED)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(NEVER_DELETED)
