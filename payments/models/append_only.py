"""Records of what staff decided: added once, never changed and never deleted."""

from typing import Any, NoReturn

from django.db import models

NEVER_CHANGED = "This record is never changed: add another one."
NEVER_DELETED = "This record is never deleted: add another one."


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError(NEVER_CHANGED)

    def delete(self) -> NoReturn:
        raise TypeError(NEVER_DELETED)


class AppendOnly(models.Model):
    """A subclass takes its manager from `AppendOnlyQuerySet`."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(NEVER_CHANGED)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(NEVER_DELETED)
