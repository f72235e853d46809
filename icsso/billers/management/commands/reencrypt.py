"""Re-encrypts everything with the first of ENCRYPTION_KEYS, so that older keys can be removed."""

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction

from icsso.billers.encryption import EncryptedTextField


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        for model in apps.get_models():
            names = [f.name for f in model._meta.fields if isinstance(f, EncryptedTextField)]
            if names:
                written = sum(_encrypt_anew(model, names, pk=pk) for pk in _holding(model, names))
                self.stdout.write(f"{model._meta.label}: {written}")


def _holding(model: type[models.Model], names: list[str]) -> Iterator[Any]:
    """Returns the records with a value: of millions of checkouts, few still have an address."""
    holds = reduce(or_, (~models.Q(**{name: ""}) for name in names))
    return model._base_manager.filter(holds).values_list("pk", flat=True).iterator()


@transaction.atomic
def _encrypt_anew(model: type[models.Model], names: list[str], *, pk: Any) -> int:
    """Re-encrypts one record under a lock, so that an old value never overwrites a new one."""
    record = model._default_manager.select_for_update().only("pk", *names).filter(pk=pk).first()
    held = {name: getattr(record, name) for name in names if getattr(record, name, "")}
    return model._default_manager.filter(pk=pk).update(**held) if held else 0
