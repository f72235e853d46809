"""Records of what somebody decided: written once, never changed and never deleted."""

from typing import Any, NoReturn

from django.db import models


class WrittenOnceQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("A record is never changed: another one is written.")

    def delete(self) -> NoReturn:
        raise TypeError("A record is never deleted: another one is written.")


class WrittenOnce(models.Model):
    """Its manager is to be of `WrittenOnceQuerySet`."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A record is never changed: another one is written.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("A record is never deleted: another one is written.")
